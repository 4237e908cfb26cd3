// Who answers for an address that is being checked: another machine that has it, or one that answers for anything. From its
// first answer on nothing is said of the address: it is never fought over.
import { arpClaimedAddress, arpSenderMac, noTarget } from '../arp/answer.ts'
import { advertisedMac, advertisementKey, noKey } from '../ndp/answer.ts'
import { uint16At, uint32At } from '../net/bytes.ts'
import { formatMac } from '../net/ethernet.ts'
import { EtherType } from '../net/iana.ts'
import { formatIpv4 } from '../net/ipv4.ts'
import { formatIpv6 } from '../net/ipv6.ts'
import { isOnHold, withCheck } from './check.ts'
import type { Check } from './check.ts'
import { controlsOf } from './control.ts'
import { macKey, macKeyOf } from './link.ts'
import type { Effect, Event, HeldClaim, Millis, Session, Step } from './session.ts'
import { wakeNoLaterThan } from './session.ts'
import { itemAt, withItems } from './vector.ts'

type FrameEvent = Extract<Event, { readonly type: 'frame' }>

export type Answer = {
  readonly event: FrameEvent
  readonly place: number // of the claim
  readonly mac: Uint8Array // of who says that the address is his
  readonly now: Millis
}

/** Undefined: the claim is not being checked, or it is a node of the cluster that speaks. */
export function hearDuringCheck(session: Session, { event, place, mac, now }: Answer): Step | undefined {
  const claim = itemAt(session.claims, place)
  const check = claim?.check
  if (claim === undefined || check === undefined || check.state === 'over') return undefined
  const key = macKey(mac, 0)
  if (session.ownMacs.has(key) || session.nodeMacs.has(key)) return undefined
  const heard = formatMac(mac)
  const ignored: Effect = { type: 'ignore', reason: 'foreign-announcement' }
  if (session.proxyMacs.has(key)) {
    const noted: HeldClaim = check.proxy === heard ? claim : { ...claim, check: { ...check, proxy: heard } }
    return { session: withClaim(session, place, noted), effects: [ignored] }
  }
  if (check.state !== 'asking' || check.dueAt === undefined || heard === check.proxy)
    return { session, effects: [ignored] }
  const suspect = { mac: heard, link: event.link, seenAt: event.capturedAt, asked: 0 }
  const suspected = withCheck(claim, { ...check, state: 'suspecting', suspect, dueAt: now }, now)
  const next = withClaim(session, place, suspected)
  const step = { ...next, controls: controlsOf(next) }
  return wakeNoLaterThan({ session: step, effects: [ignored, { type: 'report', why: 'suspect' }] }, now)
}

function withClaim(session: Session, place: number, claim: HeldClaim): Session {
  return { ...session, claims: withItems(session.claims, new Map([[place, claim]])) }
}

/**
 * Somebody asks for what is on hold. RFC 5227 §2.1.1, RFC 4862 §5.4.3: whoever probes for an address that we probe for is
 * about to take it, and is not told that we have it. Undefined: the claim is not on hold.
 */
export function askedOnHold(session: Session, { event, place, now }: Omit<Answer, 'mac'>): Step | undefined {
  const claim = itemAt(session.claims, place)
  if (claim === undefined || !isOnHold(claim)) return undefined
  const mac = event.frame.subarray(6, 12)
  const heard = isProbe(event.frame) ? hearDuringCheck(session, { event, place, mac, now }) : undefined
  return heard ?? { session, effects: [{ type: 'ignore', reason: 'in-use-check', address: claim.address }] }
}

/** Of a request or solicitation: it names no sender. */
function isProbe(frame: Uint8Array): boolean {
  if (uint16At(frame, 12) === EtherType.arp) return uint32At(frame, 28) === 0
  return frame.subarray(22, 38).every((byte) => byte === 0)
}

/** Answers for what nobody has clear those that were suspected of using an address. Undefined: it is no such answer. */
export function hearControl(
  session: Session,
  { event, now }: Pick<Answer, 'event' | 'now'>,
): Step | undefined {
  if (session.controls.size === 0) return undefined
  const heard = claimed(event.frame)
  const claims = heard === undefined ? undefined : session.controls.get(heard.address)
  if (heard === undefined || claims === undefined) return undefined
  const changes = new Map<number, HeldClaim>()
  for (const address of claims) {
    const place = session.index.byAddress.get(address)
    const claim = place === undefined ? undefined : itemAt(session.claims, place)
    const cleared = claim === undefined ? undefined : withoutSuspect(claim, heard.mac, now)
    if (place !== undefined && cleared !== undefined) changes.set(place, cleared)
  }
  const ignored: Effect = { type: 'ignore', reason: 'not-ours' }
  if (changes.size === 0) return { session, effects: [ignored] }
  const next: Session = { ...session, claims: withItems(session.claims, changes) }
  const step = { session: { ...next, controls: controlsOf(next) }, effects: [ignored] }
  return wakeNoLaterThan(step, now)
}

function withoutSuspect(claim: HeldClaim, mac: string, now: Millis): HeldClaim | undefined {
  const { check } = claim
  if (check?.state !== 'suspecting' || check.suspect?.mac !== mac) return undefined
  const { suspect: _, ...rest } = check
  return withCheck(claim, { ...rest, state: 'asking', proxy: mac, dueAt: now }, now)
}

/**
 * More nodes of the cluster are known, or more machines that answer for anything: what one of them answered says nothing,
 * and its address is asked for again.
 */
export function withoutKnown(
  claims: readonly HeldClaim[],
  { nodeMacs, proxyMacs }: Pick<Session, 'nodeMacs' | 'proxyMacs'>,
  now: Millis,
): readonly HeldClaim[] {
  return claims.map((claim) => {
    const { check } = claim
    const heard = check?.suspect ?? check?.usedBy
    if (check === undefined || heard === undefined) return claim
    const isProxy = proxyMacs.has(macKeyOf(heard.mac))
    if (!isProxy && !nodeMacs.has(macKeyOf(heard.mac))) return claim
    const { suspect: _, usedBy: __, ...rest } = check
    const known: Check = { ...rest, ...(isProxy ? { proxy: heard.mac } : {}) }
    return withCheck(claim, { ...known, state: 'asking', sent: 0, dueAt: now }, now)
  })
}

function claimed(frame: Uint8Array): { readonly address: string; readonly mac: string } | undefined {
  if (arpClaimedAddress(frame) !== noTarget)
    return { address: formatIpv4(frame.subarray(28, 32)), mac: formatMac(arpSenderMac(frame)) }
  if (advertisementKey(frame) === noKey) return undefined
  return { address: formatIpv6(frame.subarray(62, 78)), mac: formatMac(advertisedMac(frame)) }
}
