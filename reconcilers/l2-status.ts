// What a speaker tells of what it announces: one ServiceL2Status per Service, and what it sees of its addresses on the
// wire and in the kernel of its node.
import { hash } from 'node:crypto'
import { serviceStatusLabels } from '../crds/service-status.ts'
import type { ServiceL2Status } from '../crds/service-l2-status.ts'
import { serviceL2StatusKind } from '../crds/service-l2-status.ts'
import type { L2Observed, ObservedClaim } from '../protocols/l2/observed.ts'
import { parseAddress, parseCidr, rangeContains } from '../protocols/net/address.ts'
import { condition, joinVerdicts } from './conditions.ts'
import type { L2Outcome, SpeakerPlan } from './plan.ts'
import type { DesiredCondition, StatusObject } from './status.ts'
import type { Verdict } from './verdict.ts'

/** Only what the engine really does: a claim that it answers for on some interface. */
export function l2Statuses(
  plan: SpeakerPlan,
  observed: L2Observed,
  namespace: string,
): readonly StatusObject[] {
  const answered = answeredClaims(observed)
  return [...plan.services].flatMap(([key, outcome]) => {
    if (outcome.state !== 'announced' || !outcome.addresses.some((address) => answered.has(address)))
      return []
    return [l2Status({ node: plan.node, key, outcome, namespace })]
  })
}

function answeredClaims({ claims }: L2Observed): ReadonlyMap<string, ObservedClaim> {
  return new Map(
    claims
      .filter(({ interfaces, yielded }) => interfaces.length > 0 && yielded !== true)
      .map((claim) => [claim.address, claim]),
  )
}

type Announced = L2Outcome & { readonly state: 'announced' }

function l2Status({
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
  const interfaces = outcome.interfaces === 'all' ? [] : outcome.interfaces
  return {
    kind: serviceL2StatusKind,
    namespace,
    name: l2StatusName(node, key),
    part: 'object',
    urgent: false,
    labels: {
      [serviceStatusLabels.node]: node,
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

/** Objects that are no longer true: own ones that are not wished, and those of other nodes for what this node announces. */
export function staleL2Statuses(
  standing: readonly ServiceL2Status[],
  wished: readonly StatusObject[],
  node: string,
): readonly ServiceL2Status[] {
  const names = new Set(wished.map(({ name }) => name))
  const announced = new Set(
    wished.map(({ labels = {} }) =>
      serviceOf(labels[serviceStatusLabels.serviceNamespace], labels[serviceStatusLabels.serviceName]),
    ),
  )
  return standing.filter((one) =>
    one.node === node
      ? !names.has(one.name)
      : announced.has(serviceOf(one.serviceNamespace, one.serviceName)),
  )
}

function serviceOf(namespace = '', name = ''): string {
  return `${namespace}/${name}`
}

/** What disturbs an address that this node announces, by address. */
export function addressWarnings(observed: L2Observed): ReadonlyMap<string, readonly Verdict[]> {
  const claims = observed.claims.toSorted((a, b) => (a.address < b.address ? -1 : 1))
  const subnets = onLinkSubnets(observed)
  return new Map(
    claims.flatMap((claim): [string, readonly Verdict[]][] => {
      const warnings = [...heldByKernel(claim), ...claimedByOther(claim), ...offLink(claim, subnets)]
      return warnings.length === 0 ? [] : [[claim.address, warnings]]
    }),
  )
}

type Subnet = { readonly interfaceName: string; readonly range: ReturnType<typeof parseCidr> }

function onLinkSubnets({ interfaces }: L2Observed): readonly Subnet[] {
  return interfaces.flatMap(({ name, addresses }) =>
    addresses.map((text) => ({ interfaceName: name, range: parseCidr(text) })),
  )
}

function heldByKernel({ address, heldBy }: ObservedClaim): readonly Verdict[] {
  if (heldBy === undefined) return []
  const message = `${address} is an address of interface ${heldBy} of this node: its kernel answers for it by itself`
  return [{ reason: 'AddressHeldByKernel', message }]
}

function claimedByOther({ address, rival }: ObservedClaim): readonly Verdict[] {
  if (rival === undefined) return []
  return [{ reason: 'AddressClaimedByOther', message: `${rival.mac} announces ${address} too` }]
}

// An interface without any address of the family says nothing about its subnet: the node may only forward there.
function offLink({ address, interfaces }: ObservedClaim, subnets: readonly Subnet[]): readonly Verdict[] {
  const parsed = parseAddress(address)
  if (parsed === undefined || interfaces.length === 0) return []
  const known = subnets.flatMap(({ interfaceName, range }) =>
    range?.family === parsed.family && interfaces.includes(interfaceName) && !isLinkLocal(range.first)
      ? [range]
      : [],
  )
  if (known.length === 0 || known.some((range) => rangeContains(range, parsed))) return []
  const message = `${address} is in no subnet of ${interfaces.toSorted().join(', ')}`
  return [{ reason: 'AddressOffLink', message }]
}

/** fe80::/10: every IPv6 interface has one, and it says nothing about the subnet. */
function isLinkLocal(first: bigint): boolean {
  return first >> 118n === 0x3fan
}

/** In the ConfigurationState of the speaker: what it sees, in one condition. */
export function undisturbedCondition(warnings: ReadonlyMap<string, readonly Verdict[]>): DesiredCondition {
  const worst = joinVerdicts([...warnings.values()].flat())
  return worst === undefined
    ? condition('addressesUndisturbed', 'True', { reason: 'Valid', message: '' })
    : condition('addressesUndisturbed', 'False', worst)
}
