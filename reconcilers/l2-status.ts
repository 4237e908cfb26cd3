// What a speaker tells of what it announces: one ServiceL2Status per Service. What stays as it was stays the same object:
// whoever writes it knows by that that it is done.
import { hash } from 'node:crypto'
import { serviceStatusLabels } from '../crds/service-status.ts'
import type { ServiceL2Status } from '../crds/service-l2-status.ts'
import { serviceL2StatusKind } from '../crds/service-l2-status.ts'
import type { L2Observed, ObservedClaim } from '../protocols/l2/observed.ts'
import { condition, joinVerdicts } from './conditions.ts'
import { nodeLabel } from './node-label.ts'
import { rememberLast, rememberPerObject } from './once.ts'
import type { L2Outcome, SpeakerPlan } from './plan.ts'
import type { Snapshot } from './snapshot.ts'
import type { DesiredCondition, StatusObject } from './status.ts'
import type { Verdict } from './verdict.ts'

/** Only what the engine really does: a claim that it answers for on some interface. */
export function l2Statuses(
  plan: SpeakerPlan,
  observed: L2Observed,
  namespace: string,
): readonly StatusObject[] {
  const answered = answeredAddresses(observed.claims)
  const statuses: StatusObject[] = []
  for (const [key, outcome] of plan.services)
    if (outcome.state === 'announced' && outcome.addresses.some((address) => answered.has(address)))
      statuses.push(l2Status(outcome, { node: plan.node, key, namespace }))
  return statuses
}

const answeredAddresses = rememberPerObject(
  (claims: readonly ObservedClaim[]): ReadonlySet<string> =>
    new Set(
      claims.flatMap(({ address, interfaces, yielded }) =>
        interfaces.length > 0 && yielded !== true ? address : [],
      ),
    ),
)

type Announced = L2Outcome & { readonly state: 'announced' }

type Telling = { readonly node: string; readonly key: string; readonly namespace: string }

const told = new WeakMap<Announced, Telling & { readonly status: StatusObject }>()

function l2Status(outcome: Announced, telling: Telling): StatusObject {
  const { node, key, namespace } = telling
  const last = told.get(outcome)
  if (last?.key === key && last.node === node && last.namespace === namespace) return last.status
  const status = makeStatus(outcome, telling)
  told.set(outcome, { ...telling, status })
  return status
}

function makeStatus(outcome: Announced, { node, key, namespace }: Telling): StatusObject {
  const [serviceNamespace = '', serviceName = ''] = key.split('/')
  const interfaces = outcome.interfaces === 'all' ? [] : outcome.interfaces
  return {
    kind: serviceL2StatusKind,
    namespace,
    name: l2StatusName(node, key),
    part: 'object',
    urgent: false,
    labels: {
      [serviceStatusLabels.node]: nodeLabel(node),
      [serviceStatusLabels.serviceName]: serviceName,
      [serviceStatusLabels.serviceNamespace]: serviceNamespace,
    },
    status: { node, serviceName, serviceNamespace, interfaces: interfaces.map((name) => ({ name })) },
  }
}

/** The same for the same node and Service, so that a restart finds its own objects again. */
export function l2StatusName(node: string, key: string): string {
  return `l2-${hash('sha256', `${node}#${key}`).slice(0, 20)}`
}

/** Own objects that are no longer true. */
export const staleL2Statuses = rememberLast(
  (
    standing: readonly ServiceL2Status[],
    wished: readonly StatusObject[],
    node: string,
  ): readonly ServiceL2Status[] => {
    const names = new Set(wished.map(({ name }) => name))
    return standing.filter((one) => one.node === node && !names.has(one.name))
  },
)

/**
 * What speakers that are no more said of Services that another one announces now, or that are gone. The controller
 * clears it away, who sees the objects of all nodes: a speaker sees its own.
 */
export function abandonedL2Statuses(
  standing: readonly ServiceL2Status[],
  { speakers, services, flawedServices }: Snapshot,
): readonly ServiceL2Status[] {
  return abandoned(standing, speakers, services, flawedServices)
}

const abandoned = rememberLast(
  (
    standing: readonly ServiceL2Status[],
    speakers: Snapshot['speakers'],
    services: Snapshot['services'],
    flawedServices: Snapshot['flawedServices'],
  ): readonly ServiceL2Status[] => {
    const living = new Set(speakers.map(({ node }) => node))
    // Without a node: its speaker is just writing it, the object first and its status after it.
    const silent = standing.filter(({ node }) => node !== '' && !living.has(node))
    if (silent.length === 0) return silent
    const announced = new Set(standing.filter(({ node }) => living.has(node)).map(serviceOf))
    const known = new Set([
      ...services.map(({ key }) => key),
      ...flawedServices.map(({ namespace, name }) => `${namespace}/${name}`),
    ])
    return silent.filter((one) => announced.has(serviceOf(one)) || !known.has(serviceOf(one)))
  },
)

function serviceOf({ serviceNamespace, serviceName }: ServiceL2Status): string {
  return `${serviceNamespace}/${serviceName}`
}

/** In the ConfigurationState of the speaker: what it sees, in one condition. */
export function undisturbedCondition(warnings: ReadonlyMap<string, readonly Verdict[]>): DesiredCondition {
  const worst = joinVerdicts([...warnings.values()].flat())
  return worst === undefined
    ? condition('addressesUndisturbed', 'True', { reason: 'Valid', message: '' })
    : condition('addressesUndisturbed', 'False', worst)
}
