// What the session says of itself, without the counters, which whoever carries out the effects keeps (observed.ts).
import type { Check } from './check.ts'
import type { HeldClaim, Millis, Rival, Session } from './session.ts'
import { objectionTo, objectionToIPv6 } from './link.ts'
import { kernelAnswers } from './kernel-answers.ts'
import type { KernelAddress } from './kernel-answers.ts'
import type { Link } from './link.ts'
import type { ObservedCheck, ObservedClaim, ObservedInterface, ObservedRival } from './observed.ts'

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
    ...(link.permanentMac === undefined ? {} : { permanentMac: link.permanentMac }),
    candidate: objection === undefined,
    ...(objection === undefined ? {} : { objection }),
    ...(objectionIPv6 === undefined ? {} : { objectionIPv6 }),
    addresses: link.addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
  }
}

/** Undefined for what is handed over and no longer asked for. */
export function claimFacts(
  claim: HeldClaim,
  session: Session,
  kernel: ReadonlyMap<string, readonly KernelAddress[]>,
): ClaimFacts | undefined {
  if (!claim.listed && claim.yieldBy === undefined) return undefined
  const { address, rival } = claim
  const announced = claim.posts.filter((post) => post.announced !== undefined).map(({ link }) => link)
  const interfaces = announced.map((index) => session.links.get(index)?.name ?? String(index))
  const links = announced.flatMap((index) => session.links.get(index) ?? [])
  const holder = kernel
    .get(address)
    ?.find((held) => links.some((link) => kernelAnswers(claim.family, held, link)))
  const heldBy = holder?.link.name
  return {
    address,
    interfaces,
    ...(claim.announcedAt === undefined ? {} : { announcedAt: claim.announcedAt / 1000 }),
    ...(rival === undefined ? {} : { rival: rivalFacts(rival, claim.toldAt) }),
    ...(heldBy === undefined ? {} : { heldBy }),
    ...(claim.yielded ? { yielded: true } : {}),
    ...(claim.check === undefined || isAwaitingLink(claim.check)
      ? {}
      : { check: checkFacts(claim.check, session) }),
  }
}

/** It stands on no link, so there is nobody to ask. */
function isAwaitingLink({ state, dueAt }: Check): boolean {
  return state === 'asking' && dueAt === undefined
}

function checkFacts({ state, usedBy, proxy }: Check, session: Session): ObservedCheck {
  const known = proxy === undefined ? {} : { proxy }
  if (state === 'over') return { state: 'free', ...known }
  if (usedBy === undefined) return { state: 'under-way', ...known }
  const interfaceName = session.links.get(usedBy.link)?.name ?? String(usedBy.link)
  return {
    state: 'in-use',
    mac: usedBy.mac,
    interfaceName,
    seenAt: Math.floor(usedBy.seenAt / 1000),
    ...known,
  }
}

/** Both by the clock of the capture: what lies between them is known by a clock that does not jump. */
function rivalFacts({ mac, seenAt, heardAt }: Rival, toldAt: Millis | undefined): ObservedRival {
  const seenAtMs = Math.floor(seenAt / 1000)
  const told = toldAt === undefined ? {} : { toldAt: seenAtMs + Math.round(toldAt - heardAt) }
  return { mac, seenAt: seenAtMs, ...told }
}
