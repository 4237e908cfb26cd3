// Two routers of one link find each other without addresses in any configuration: both advertise themselves as routers
// that forward for nobody (router lifetime 0, no prefix), and each takes the other's link-local address from that.
// RFC 4861 §6.2.4, §6.2.6, §6.3.7. A plain value; stepDiscovery makes the next one.
import type { Mac } from '../net/ethernet.ts'
import { allNodes, allRouters } from '../net/multicast.ts'
import type { RouterPacket } from './router.ts'

/** Of a clock that never jumps. */
type Millis = number

/** How this node speaks on the link. */
export type OwnEnd = { readonly mac: Mac; readonly address: string } // link-local

export type FoundRouter = { readonly mac: Mac; readonly address: string; readonly heardAt: Millis }

export type Discovery = {
  readonly own?: OwnEnd // absent: nothing can be sent, nor is anything believed
  readonly router?: FoundRouter
  readonly sent: number // advertisements since the link is there
  readonly advertisedAt: Millis
  readonly nextAt?: Millis // of the next advertisement
}

export type DiscoveryEvent =
  | { readonly type: 'link'; readonly own?: OwnEnd; readonly why: string } // why: when there is none
  | {
      readonly type: 'received'
      readonly packet: RouterPacket
      readonly mac: Mac // that sent the frame
      readonly inUse: boolean // a session with the router stands, so that it is there whether it is heard or not
    }
  | { readonly type: 'wake'; readonly inUse: boolean }

export type DiscoveryEffect =
  | { readonly type: 'send'; readonly packet: RouterPacket }
  | { readonly type: 'router'; readonly address?: string; readonly why: string } // absent: it is gone
  | { readonly type: 'wake-at'; readonly at: Millis } // replaces the one before

export type DiscoveryStep = { readonly discovery: Discovery; readonly effects: readonly DiscoveryEffect[] }

/** `random`: from 0 to 1, another one at each step. */
export type Moment = { readonly now: Millis; readonly random: number }

/** §10, MAX_INITIAL_RTR_ADVERTISEMENTS and MIN_DELAY_BETWEEN_RAS. */
const initialAdvertisements = 3
const shortestPauseMs = 3000
/** §6.2.1: MaxRtrAdvInterval is between 4 s and 1800 s. FRR uses 10 s between unnumbered peers. */
const intervalMs = { least: 7000, most: 10_000 } as const
/** §10, MAX_RA_DELAY_TIME: not all routers answer a solicitation at the same moment. */
const answerDelayMs = 500
/** A router without a session that has not been heard for so long is asked whether it is there; it may be replaced. */
const doubtMs = 30_000
/** … and is gone when it has not answered by then: several questions, one an interval. */
const goneMs = 90_000

export const newDiscovery: Discovery = { sent: 0, advertisedAt: Number.NEGATIVE_INFINITY }

export function stepDiscovery(before: Discovery, event: DiscoveryEvent, moment: Moment): DiscoveryStep {
  switch (event.type) {
    case 'link':
      return linkChanged(before, event, moment)
    case 'received':
      return received(before, event, moment)
    case 'wake':
      return wake(before, event.inUse, moment)
  }
}

type Of<Type extends DiscoveryEvent['type']> = Extract<DiscoveryEvent, { readonly type: Type }>

function linkChanged(before: Discovery, { own, why }: Of<'link'>, moment: Moment): DiscoveryStep {
  if (own === undefined) return { discovery: newDiscovery, effects: lost(before, why) }
  if (before.own?.mac === own.mac && before.own.address === own.address)
    return { discovery: before, effects: [] }
  return advertise({ ...before, own, sent: 0 }, moment)
}

/** What is known of a router holds for the link that it was heard on. */
function lost({ router }: Discovery, why: string): readonly DiscoveryEffect[] {
  return router === undefined ? [] : [{ type: 'router', why }]
}

function wake(before: Discovery, inUse: boolean, moment: Moment): DiscoveryStep {
  const { own, router, nextAt } = before
  if (own === undefined || nextAt === undefined) return { discovery: before, effects: [] }
  if (moment.now < nextAt) return { discovery: before, effects: [{ type: 'wake-at', at: nextAt }] }
  if (router === undefined) return advertise(before, moment)
  if (inUse) return advertise({ ...before, router: { ...router, heardAt: moment.now } }, moment)
  const silentMs = moment.now - router.heardAt
  if (silentMs < goneMs) return advertise(before, moment, silentMs >= doubtMs)
  const { router: _, ...rest } = before
  const next = advertise(rest, moment)
  const why = `${router.address} has not advertised itself for ${Math.round(silentMs / 1000)} s`
  return { discovery: next.discovery, effects: [{ type: 'router', why }, ...next.effects] }
}

/** As long as no router is known, and when it is `inDoubt`, it is asked for one as well. */
function advertise(before: Discovery, { now, random }: Moment, inDoubt = false): DiscoveryStep {
  const { own, router } = before
  if (own === undefined) return { discovery: before, effects: [] }
  const sent = before.sent + 1
  const pause =
    sent < initialAdvertisements
      ? shortestPauseMs
      : intervalMs.least + Math.round(random * (intervalMs.most - intervalMs.least))
  const nextAt = now + pause
  const question =
    router === undefined || inDoubt ? [{ type: 'send', packet: solicitation(own) } as const] : []
  return {
    discovery: { ...before, sent, advertisedAt: now, nextAt },
    effects: [{ type: 'send', packet: advertisement(own) }, ...question, { type: 'wake-at', at: nextAt }],
  }
}

function received(before: Discovery, event: Of<'received'>, moment: Moment): DiscoveryStep {
  const { packet, mac } = event
  const { own } = before
  if (own === undefined || mac === own.mac || packet.source === own.address)
    return { discovery: before, effects: [] }
  return packet.message.type === 'router-solicitation'
    ? solicited(before, moment)
    : advertised(before, event, moment.now)
}

/** §6.2.6: after a short while, to all, and not sooner than three seconds after the one before. */
function solicited(before: Discovery, { now, random }: Moment): DiscoveryStep {
  const { advertisedAt, nextAt = Number.POSITIVE_INFINITY } = before
  const at = Math.max(now + Math.round(random * answerDelayMs), advertisedAt + shortestPauseMs)
  if (at >= nextAt) return { discovery: before, effects: [] }
  return { discovery: { ...before, nextAt: at }, effects: [{ type: 'wake-at', at }] }
}

/**
 * The first router that is heard. On a link with several it is kept: another one takes its place when it is the same
 * machine under another address, or when the one that is known has no session and is silent.
 */
function advertised(before: Discovery, event: Of<'received'>, now: Millis): DiscoveryStep {
  const { inUse, mac, packet } = event
  const { router } = before
  const found = { mac, address: packet.source, heardAt: now }
  const discovery = { ...before, router: found }
  if (router === undefined)
    return { discovery, effects: [{ type: 'router', address: found.address, why: 'it advertises itself' }] }
  if (router.address === found.address) return { discovery, effects: [] }
  const isSame = router.mac === mac
  const isReplaced = !inUse && now - router.heardAt >= doubtMs
  if (!isSame && !isReplaced) return { discovery: before, effects: [] }
  const why = isSame
    ? `it has changed its address from ${router.address}`
    : `it advertises itself, and ${router.address} does not any more`
  return { discovery, effects: [{ type: 'router', address: found.address, why }] }
}

/** Lifetime 0, no prefix, nothing said that a host would follow: only that here is somebody, and under which address. */
function advertisement({ address, mac }: OwnEnd): RouterPacket {
  return {
    source: address,
    destination: allNodes,
    message: {
      type: 'router-advertisement',
      hopLimit: 0,
      managed: false,
      otherConfig: false,
      lifetimeS: 0,
      reachableMs: 0,
      retransMs: 0,
      options: [{ type: 'source-link-layer-address', mac }],
    },
  }
}

function solicitation({ address, mac }: OwnEnd): RouterPacket {
  return {
    source: address,
    destination: allRouters,
    message: { type: 'router-solicitation', options: [{ type: 'source-link-layer-address', mac }] },
  }
}
