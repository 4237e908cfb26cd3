// What the session says of itself, without the counters, which whoever carries out the effects keeps (observed.ts).
import type { HeldClaim, Millis, Rival, Session } from './session.ts'
import { objectionTo, objectionToIPv6 } from './link.ts'
import type { Link } from './link.ts'
import type { ObservedClaim, ObservedInterface, ObservedRival } from './observed.ts'

/** A claim without its counters. */
export type ClaimFacts = Omit<ObservedClaim, 'requestsReceived' | 'responsesSent' | 'gratuitousSent'>

export function interfaceFacts(session: Session): readonly ObservedInterface[] {
  return [...session.links.values()]
    .toSorted((a, b) => a.index - b.index)
    .map((link) => interfaceFactsOf(link, session))
}

function interfaceFactsOf(link: Link, session: Session): ObservedInterface {
  const objection = objectionTo(link, session.exclusion)
  const objectionIPv6 = objection === undefined ? objectionToIPv6(link) : undefined
  return {
    name: link.name,
    index: link.index,
    mac: link.mac,
    candidate: objection === undefined,
    ...(objection === undefined ? {} : { objection }),
    ...(objectionIPv6 === undefined ? {} : { objectionIPv6 }),
    addresses: link.addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
  }
}

/** Where the kernel itself has an address: by address, the name of the interface. */
export function kernelAddresses(session: Session): ReadonlyMap<string, string> {
  const holders = new Map<string, string>()
  for (const { name, addresses } of session.links.values())
    for (const { address } of addresses) holders.set(address, name)
  return holders
}

/** Undefined for what is handed over and no longer asked for. */
export function claimFacts(
  claim: HeldClaim,
  session: Session,
  holders: ReadonlyMap<string, string>,
): ClaimFacts | undefined {
  if (!claim.listed && claim.yieldBy === undefined) return undefined
  const { address, rival } = claim
  const interfaces = claim.posts
    .filter(({ announced }) => announced !== undefined)
    .map(({ link }) => session.links.get(link)?.name ?? String(link))
  const heldBy = holders.get(address)
  return {
    address,
    interfaces,
    ...(claim.announcedAt === undefined ? {} : { announcedAt: claim.announcedAt / 1000 }),
    ...(rival === undefined ? {} : { rival: rivalFacts(rival, claim.toldAt) }),
    ...(heldBy === undefined ? {} : { heldBy }),
    ...(claim.yielded ? { yielded: true } : {}),
  }
}

/** Both by the clock of the capture: what lies between them is known by a clock that does not jump. */
function rivalFacts({ mac, seenAt, heardAt }: Rival, toldAt: Millis | undefined): ObservedRival {
  const seenAtMs = Math.floor(seenAt / 1000)
  const told = toldAt === undefined ? {} : { toldAt: seenAtMs + Math.round(toldAt - heardAt) }
  return { mac, seenAt: seenAtMs, ...told }
}
