// What the controller would write for a snapshot.
import type { ServiceL2Status } from '../../crds/service-l2-status.ts'
import { announcementsIn } from '../../reconcilers/announced.ts'
import { l2StatusName } from '../../reconcilers/l2-status.ts'
import { planController } from '../../reconcilers/plan.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import type { StatusObject } from '../../reconcilers/status.ts'
import { controllerStatuses } from '../../reconcilers/status.ts'
import { epoch } from './snapshots.ts'

export const later = Date.parse(epoch) + 60_000

export function report(
  node: string,
  key = 'default/web',
  interfaces: readonly string[] = [],
): ServiceL2Status {
  const [serviceNamespace = '', serviceName = ''] = key.split('/')
  return {
    name: l2StatusName(node, key),
    namespace: 'metallb-system',
    node,
    serviceName,
    serviceNamespace,
    interfaces,
  }
}

export function statuses(of: Snapshot, reports: readonly ServiceL2Status[] = []): readonly StatusObject[] {
  const plan = planController(of)
  return controllerStatuses(of, plan, announcementsIn(of, plan, reports))
}

export function statusOf(
  of: Snapshot,
  name: string,
  reports: readonly ServiceL2Status[] = [],
): StatusObject | undefined {
  return statuses(of, reports).find((one) => one.name === name)
}

export function conditionsOf(status: StatusObject | undefined): readonly string[] {
  return (status?.conditions ?? []).map(({ type, status: is, reason }) => `${type}=${is} ${reason}`)
}
