// The stage of the bgp bench: a LAN with the receiver and each originator in a network namespace of its own.
import { addHost, createLan, ip } from '../net/lan.ts'
import type { Host, Lan } from '../net/lan.ts'
import type { Originator, OriginatorKind } from './bgp-originators.ts'
import { startReceiver } from './bgp-receiver.ts'
import type { Receiver, SessionSeen } from './bgp-receiver.ts'

const [ourAs, theirAs] = [65_001, 65_002]
const firstRouter = 101 // last octet of the receiver's first address
const firstOriginator = 11
export const mostSessions = 50

export type Ground = {
  readonly lan: Lan
  readonly router: Host
  readonly places: readonly { readonly kind: OriginatorKind; readonly host: Host; readonly address: string }[]
}

export type Stage = {
  readonly kind: OriginatorKind
  readonly originator: Originator
  readonly address: string // the originator's
  readonly receiver: Receiver
  readonly router: Host
}

export function layOut(kinds: readonly OriginatorKind[]): Ground {
  const lan = createLan()
  const router = addHost(lan, 'router', 2)
  for (const address of routers(mostSessions))
    ip(router.namespace, ['addr', 'add', `${address}/24`, 'dev', router.device])
  const places = kinds.map((kind, index) => {
    const number = firstOriginator + index
    return { kind, host: addHost(lan, `from${index}`, number), address: `192.0.2.${number}` }
  })
  return { lan, router, places }
}

function routers(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `192.0.2.${firstRouter + index}`)
}

export type Act = { readonly held: number; readonly sessions: number }

/** Plays with one originator after the other: what it holds it has been given, and no session is open yet. */
export async function inTurn(
  { router, places }: Ground,
  { held, sessions }: Act,
  play: (stage: Stage) => Promise<void>,
): Promise<void> {
  const receivers = { addresses: routers(sessions), asNumber: theirAs }
  for (const { kind, host, address } of places) {
    const receiver = await startReceiver(router, {
      locals: receivers.addresses,
      asNumber: theirAs,
      originator: { address, asNumber: ourAs },
      dials: kind.isDialled,
    })
    try {
      const originator = await kind.start({ host, address, asNumber: ourAs, receivers, held })
      try {
        await play({ kind, originator, address, receiver, router })
      } finally {
        await originator.stop()
      }
    } finally {
      await receiver.stop()
    }
  }
}

/** The session stands and so many routes came over it. */
export function has(count: number) {
  return ({ isEstablished, imported }: SessionSeen): boolean => isEstablished && imported === count
}

/** From Established to so many routes, in ms, of every session. */
export async function open({ kind, receiver }: Stage, count: number): Promise<readonly number[]> {
  await receiver.enable()
  const sightings = await receiver.seen(`the receiver has ${count} routes of ${kind.name}`, has(count))
  return sightings.map(({ at, session: { sinceMs } }) => at - sinceMs)
}

export async function close({ receiver }: Stage): Promise<void> {
  await receiver.disable()
  await receiver.seen('the sessions have ended', ({ isEstablished }) => !isEstablished)
}

/** From a time to the last session's having so many routes, in ms. */
export async function untilAllHave({ receiver }: Stage, count: number, since: number): Promise<number> {
  const sightings = await receiver.seen(`all have ${count} routes`, has(count))
  return Math.max(...sightings.map(({ at }) => at)) - since
}
