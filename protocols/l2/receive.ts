// A frame from the wire: a request for a claim is answered, an announcement of one is heard, the rest is counted.
import { arpClaimedAddress, arpRequestTarget, arpSenderMac, noTarget, patchArpReply } from '../arp/answer.ts'
import {
  advertisedMac,
  advertisementKey,
  noKey,
  patchAdvertisement,
  solicitationKey,
  targetIs,
} from '../ndp/answer.ts'
import { concatBytes, uint16At, uint32At } from '../net/bytes.ts'
import { formatMac, frameIsFor } from '../net/ethernet.ts'
import { EtherType } from '../net/iana.ts'
import { announceOn, spend } from './announce.ts'
import { hearAnnouncement } from './handover.ts'
import { unreadableReason } from './ignored.ts'
import type { IgnoredReason } from './ignored.ts'
import { macKey } from './link.ts'
import { fullBudget, refill } from './schedule.ts'
import type { Effect, Event, HeldClaim, Millis, Post, Session, Step } from './session.ts'
import { wakeNoLaterThan } from './session.ts'
import { askedOnHold, hearControl, hearDuringCheck } from './suspect.ts'
import { itemAt, withItems } from './vector.ts'

type FrameEvent = Extract<Event, { readonly type: 'frame' }>

/**
 * Frames wait in the capture ring for milliseconds at most; a clock that jumped back must not silence a claim
 * for longer than this after its announcement.
 */
const ringMs = 1000

export function receive(session: Session, tagged: FrameEvent, now: Millis): Step {
  const event = withoutPriorityTag(tagged)
  const { frame } = event
  const mac = session.stations.get(event.link)
  if (mac === undefined) return ignore(session, 'interface-not-used')
  if (session.ownMacs.has(macKey(frame, 6))) return ignore(session, 'own-frame')
  if (frame.length >= 6 && !frameIsFor(frame, mac)) return ignore(session, 'other-machine')
  return uint16At(frame, 12) === EtherType.arp
    ? receiveArp(session, event, now)
    : receiveNdp(session, event, now)
}

/**
 * IEEE 802.1Q §6.9.1: a tag of VLAN 0 gives a priority and belongs to no VLAN: such a frame counts as untagged. Blade
 * fabrics tag everything so; the kernel answers them, and libpcap shows the tag that it took away.
 */
function withoutPriorityTag(event: FrameEvent): FrameEvent {
  const { frame } = event
  if (uint16At(frame, 12) !== EtherType.vlan || (uint16At(frame, 14) & 0xfff) !== 0) return event
  return { ...event, frame: concatBytes(frame.subarray(0, 12), frame.subarray(16)) }
}

function ignore(session: Session, reason: IgnoredReason, address?: string): Step {
  const effect: Effect =
    address === undefined ? { type: 'ignore', reason } : { type: 'ignore', reason, address }
  return { session, effects: [effect] }
}

function receiveArp(session: Session, event: FrameEvent, now: Millis): Step {
  const { frame } = event
  const sender = arpClaimedAddress(frame)
  const rivalOf = sender === noTarget ? undefined : session.index.byIPv4.get(sender)
  const target = arpRequestTarget(frame)
  if (rivalOf !== undefined) {
    const suspected = hearDuringCheck(session, { event, place: rivalOf, mac: arpSenderMac(frame), now })
    if (suspected !== undefined) return suspected
    const isAnnouncement = target === noTarget || target === sender // a reply, or a request for his own address
    if (!isAnnouncement) return ignore(session, 'spoofed')
    return hear(session, event, { place: rivalOf, mac: arpSenderMac(frame), now })
  }
  const cleared = sender === noTarget ? undefined : hearControl(session, { event, now })
  if (cleared !== undefined) return cleared
  if (target === noTarget) return ignore(session, unreadableReason(frame))
  const place = session.index.byIPv4.get(target)
  return place === undefined ? ignore(session, 'not-ours') : asked(session, { event, place, now })
}

function receiveNdp(session: Session, event: FrameEvent, now: Millis): Step {
  const { frame } = event
  const solicited = solicitationKey(frame)
  if (solicited !== noKey) {
    const place = placeOf(session, frame, solicited)
    if (place === undefined) return ignore(session, 'not-ours')
    return comesFromClaim(session, frame) ? ignore(session, 'spoofed') : asked(session, { event, place, now })
  }
  const advertised = advertisementKey(frame)
  if (advertised === noKey) return ignore(session, unreadableReason(frame))
  const place = placeOf(session, frame, advertised)
  if (place === undefined) return hearControl(session, { event, now }) ?? ignore(session, 'not-ours')
  const suspected = hearDuringCheck(session, { event, place, mac: advertisedMac(frame), now })
  if (suspected !== undefined) return suspected
  return hear(session, event, { place, mac: advertisedMac(frame), now })
}

function placeOf(session: Session, frame: Uint8Array, key: number): number | undefined {
  return session.index.byIPv6.get(key)?.find((place) => {
    const claim = itemAt(session.claims, place)
    return claim !== undefined && targetIs(frame, claim.bytes)
  })
}

/** Whether the source address of an IPv6 packet is one that is ours. */
function comesFromClaim(session: Session, frame: Uint8Array): boolean {
  const source = frame.subarray(22, 38)
  const places = session.index.byIPv6.get(uint32At(source, 12)) ?? []
  return places.some((place) => {
    const bytes = itemAt(session.claims, place)?.bytes
    return bytes !== undefined && bytes.every((byte, index) => byte === source[index])
  })
}

type Heard = { readonly place: number; readonly mac: Uint8Array; readonly now: Millis }

/** An announcement that names a MAC of ours is our own, told back by somebody. */
function hear(session: Session, event: FrameEvent, { place, mac, now }: Heard): Step {
  if (session.ownMacs.has(macKey(mac, 0))) return ignore(session, 'own-frame')
  return hearAnnouncement(session, { place, mac: formatMac(mac), seenAt: event.capturedAt, now })
}

type Asked = { readonly event: FrameEvent; readonly place: number; readonly now: Millis }

function asked(session: Session, question: Asked): Step {
  const { event, place, now } = question
  const claim = itemAt(session.claims, place)
  if (claim === undefined) return ignore(session, 'not-ours')
  const { address } = claim
  if (claim.yielded) return ignore(session, 'handed-over', address)
  const post = claim.posts.find((each) => each.link === event.link)
  if (post === undefined) return ignore(session, 'not-on-this-interface', address)
  if (event.isLate === true) return ignore(session, 'too-late', address)
  const onHold = askedOnHold(session, { event, place, now })
  if (onHold !== undefined) return onHold
  if (post.announced === undefined) return announceFirst(session, claim, question)
  const { at, noted } = post.announced
  if (event.capturedAt < at && now - noted < ringMs) return ignore(session, 'before-announcement', address)
  const frame = answerTo(event.frame, claim, post)
  return { session, effects: [{ type: 'answer', link: event.link, address, frame }] }
}

/**
 * Nobody has been told yet that the address is ours: tell everybody, which cures the one who asks, too (his entry is
 * INCOMPLETE, and any announcement completes it). Answering him alone would answer twice where an owner before us
 * still does.
 */
function announceFirst(session: Session, claim: HeldClaim, { event, place, now }: Asked): Step {
  const { link } = event
  const ignored: Effect = { type: 'ignore', reason: 'before-announcement', address: claim.address }
  const sent = claim.yieldBy === undefined ? announceOn(session, { claim, link, now }) : undefined
  if (sent === undefined) return { session, effects: [ignored] }
  const budget = spend(refill(session.budgets.get(link) ?? fullBudget, now), sent.effects.length)
  const next: Session = {
    ...session,
    claims: withItems(session.claims, new Map([[place, sent.claim]])),
    budgets: new Map([...session.budgets, [link, budget]]),
  }
  const dueAt = sent.claim.posts.find((each) => each.link === link)?.dueAt
  return wakeNoLaterThan({ session: next, effects: [ignored, ...sent.effects] }, dueAt)
}

function answerTo(request: Uint8Array, claim: HeldClaim, post: Post): Uint8Array {
  const frame = post.answer.slice()
  if (claim.family === 'IPv4') patchArpReply(frame, request)
  else patchAdvertisement(frame, request)
  return frame
}
