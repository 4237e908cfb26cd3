// What disturbs an address that this node announces: another machine, the kernel of the node, a foreign subnet. Each claim
// is judged once for as long as nothing of it changes: a speaker may hold thousands, and looks at them at each pass.
import type { L2Observed, ObservedClaim, ObservedInterface } from '../protocols/l2/observed.ts'
import { parseAddress, parseCidr, rangeContains } from '../protocols/net/address.ts'
import { rememberLast, rememberPerObject } from './once.ts'
import type { Verdict } from './verdict.ts'

/** By address, in the order of addresses; those that are disturbed. */
export function addressWarnings({ claims, interfaces }: L2Observed): ReadonlyMap<string, readonly Verdict[]> {
  return warningsAmong(claims, interfaces)
}

const warningsAmong = rememberLast(
  (
    claims: readonly ObservedClaim[],
    interfaces: readonly ObservedInterface[],
  ): ReadonlyMap<string, readonly Verdict[]> => {
    const disturbed = claims.flatMap((claim): [string, readonly Verdict[]][] => {
      const warnings = warningsOf(claim, interfaces)
      return warnings.length === 0 ? [] : [[claim.address, warnings]]
    })
    return new Map(disturbed.sort(([a], [b]) => (a < b ? -1 : 1)))
  },
)

type Subnet = { readonly interfaceName: string; readonly range: ReturnType<typeof parseCidr> }

const onLinkSubnets = rememberPerObject((interfaces: readonly ObservedInterface[]): readonly Subnet[] =>
  interfaces.flatMap(({ name, addresses }) =>
    addresses.map((text) => ({ interfaceName: name, range: parseCidr(text) })),
  ),
)

type Known = { readonly subnets: readonly Subnet[]; readonly warnings: readonly Verdict[] }

const known = new WeakMap<ObservedClaim, Known>()

export function warningsOf(
  claim: ObservedClaim,
  interfaces: readonly ObservedInterface[],
): readonly Verdict[] {
  const subnets = onLinkSubnets(interfaces)
  const last = known.get(claim)
  if (last?.subnets === subnets) return last.warnings
  const warnings = [
    ...heldByKernel(claim),
    ...usedByOther(claim),
    ...answeredByProxy(claim),
    ...claimedByOther(claim),
    ...offLink(claim, subnets),
  ]
  known.set(claim, { subnets, warnings })
  return warnings
}

function heldByKernel({ address, heldBy }: ObservedClaim): readonly Verdict[] {
  if (heldBy === undefined) return []
  const message = `${address} is an address of interface ${heldBy} of this node: its kernel answers for it by itself`
  return [{ reason: 'AddressHeldByKernel', message }]
}

function usedByOther({ address, check }: ObservedClaim): readonly Verdict[] {
  if (check?.state !== 'in-use') return []
  const message = `${check.mac ?? 'another machine'} uses ${address}: it is not announced until it is free`
  return [{ reason: 'AddressInUse', message }]
}

function answeredByProxy({ address, check }: ObservedClaim): readonly Verdict[] {
  if (check?.proxy === undefined) return []
  const message = `${check.proxy} answers for ${address}, and for others that are not its own, too`
  return [{ reason: 'AnsweredByProxy', message }]
}

function claimedByOther({ address, rival }: ObservedClaim): readonly Verdict[] {
  if (rival === undefined) return []
  return [{ reason: 'AddressClaimedByOther', message: `${rival.mac} announces ${address} too` }]
}

// An interface without any address of the family says nothing about its subnet: the node may only forward there.
function offLink({ address, interfaces }: ObservedClaim, subnets: readonly Subnet[]): readonly Verdict[] {
  const parsed = parseAddress(address)
  if (parsed === undefined || interfaces.length === 0) return []
  const near = subnets.flatMap(({ interfaceName, range }) =>
    range?.family === parsed.family && interfaces.includes(interfaceName) && !isLinkLocal(range.first)
      ? [range]
      : [],
  )
  if (near.length === 0 || near.some((range) => rangeContains(range, parsed))) return []
  const message = `${address} is in no subnet of ${interfaces.toSorted().join(', ')}`
  return [{ reason: 'AddressOffLink', message }]
}

/** fe80::/10: every IPv6 interface has one, and it says nothing about the subnet. */
function isLinkLocal(first: bigint): boolean {
  return first >> 118n === 0x3fan
}
