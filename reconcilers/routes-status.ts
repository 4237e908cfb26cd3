// What a speaker tells of its routes: one ServiceBGPStatus per Service that it announces by BGP, with the peers that are
// told, as MetalLB's. They are Services × nodes: beyond a limit only those of the oldest Services are written.
import { hash } from 'node:crypto'
import { serviceStatusLabels } from '../crds/service-status.ts'
import type { ServiceBGPStatus } from '../crds/service-bgp-status.ts'
import { serviceBGPStatusKind } from '../crds/service-bgp-status.ts'
import { condition } from './conditions.ts'
import { nodeLabel } from './node-label.ts'
import type { BgpOutcome, SpeakerPlan } from './plan.ts'
import type { Snapshot } from './snapshot.ts'
import type { DesiredCondition, StatusObject } from './status.ts'

/** In the whole cluster, whatever its size; each is about a kilobyte of etcd. */
const mostObjects = 20_000

type Announced = BgpOutcome & { readonly state: 'announced' }

type Written = { readonly objects: readonly StatusObject[]; readonly condition?: DesiredCondition }

/** The condition says where statuses are left out: nothing that is missing here is therefore not announced. */
export function bgpStatuses(snapshot: Snapshot, { node, bgp: { services } }: SpeakerPlan): Written {
  const announced = [...services].flatMap(([key, outcome]): [string, Announced][] =>
    outcome.state === 'announced' ? [[key, outcome]] : [],
  )
  if (announced.length === 0) return { objects: [] }
  const { serviceBGPStatuses = true } = snapshot.settings
  const limit = serviceBGPStatuses ? Math.floor(mostObjects / Math.max(1, snapshot.speakers.length)) : 0
  const objects = announced
    .slice(0, limit)
    .map(([key, outcome]) => bgpStatus({ node, key, outcome, namespace: snapshot.namespace }))
  return { objects, condition: completeness(announced.length, objects.length, serviceBGPStatuses) }
}

function completeness(announced: number, written: number, wanted: boolean): DesiredCondition {
  const type = 'serviceBGPStatusesWritten'
  if (!wanted) {
    const message = 'no ServiceBGPStatus is written: the process was started so'
    return condition(type, 'False', { reason: 'StatusesSwitchedOff', message })
  }
  if (written === announced) return condition(type, 'True', { reason: 'Valid', message: '' })
  const message = `of ${announced} Services announced the oldest ${written} have a ServiceBGPStatus: there would be more than ${mostObjects} in the cluster`
  return condition(type, 'False', { reason: 'TooManyStatuses', message })
}

function bgpStatus({
  node,
  key,
  outcome,
  namespace,
}: {
  readonly node: string
  readonly key: string
  readonly outcome: Announced
  readonly namespace: string
}): StatusObject {
  const [serviceNamespace = '', serviceName = ''] = key.split('/')
  return {
    kind: serviceBGPStatusKind,
    namespace,
    name: bgpStatusName(node, key),
    part: 'object',
    urgent: false,
    labels: {
      [serviceStatusLabels.node]: nodeLabel(node),
      [serviceStatusLabels.serviceName]: serviceName,
      [serviceStatusLabels.serviceNamespace]: serviceNamespace,
    },
    status: { node, serviceName, serviceNamespace, peers: outcome.peers },
  }
}

/** The same for the same node and Service, so that a restart finds its own objects again. */
export function bgpStatusName(node: string, key: string): string {
  return `bgp-${hash('sha256', `${node}#${key}`).slice(0, 20)}`
}

/** Own objects that are no longer true. */
export function staleBgpStatuses(
  standing: readonly ServiceBGPStatus[],
  wished: readonly StatusObject[],
  node: string,
): readonly ServiceBGPStatus[] {
  const names = new Set(wished.map(({ name }) => name))
  return standing.filter((one) => one.node === node && !names.has(one.name))
}
