// The stage of the bgp bench: a LAN with the receiver and each originator in a network namespace of its own.
import { addHost, createLan, ip } from '../net/lan.ts'
import type { Host, Lan } from '../net/lan.ts'
import type { Originator, OriginatorKind } from './bgp-originators.ts'
import { startReceiver } from './bgp-receiver.ts'
import type { Receiver, SessionSeen } from './bgp-receiver.ts'

const [ourAs, theirAs] = [65_001, 65_002]
export const mostSessions = 50
/** Last octets: BIRD tells sessions apart by the neighbour's address, so both ends have one for each. */
const firstOfReceiver = 101
const firstOfOriginator = [51, 151, 201] as const

export type Ground = {
  readonly lan: Lan
  readonly router: Host
  readonly places: readonly Place[]
}

type Place = { readonly kind: OriginatorKind; readonly host: Host; readonly addresses: readonly string[] }

export type Stage = {
  readonly kind: OriginatorKind
  readonly originator: Originator
  readonly address: string // the originator's in the first session
  readonly receiver: Receiver
  readonly router: Host
}

export function layOut(kinds: readonly OriginatorKind[]): Ground {
  const lan = createLan()
  const router = addHost(lan, 'router', 2)
  addAddresses(router, addressesFrom(firstOfReceiver))
  const places = kinds.map((kind, index) => {
    const host = addHost(lan, `from${index}`, 11 + index)
    const addresses = addressesFrom(firstOfOriginator[index] ?? Number.NaN)
    addAddresses(host, addresses)
    return { kind, host, addresses }
  })
  return { lan, router, places }
}

function addressesFrom(first: number): readonly string[] {
  return Array.from({ length: mostSessions }, (_, index) => `192.0.2.${first + index}`)
}

function addAddresses({ namespace, device }: Host, addresses: readonly string[]): void {
  for (const address of addresses) ip(namespace, ['addr', 'add', `${address}/24`, 'dev', device])
}

export type Act = { readonly held: number; readonly sessions: number }

/** Plays with one originator after the other: what it holds it has been given, and no session is open yet. */
export async function inTurn(
  { router, places }: Ground,
  { held, sessions }: Act,
  play: (stage: Stage) => Promise<void>,
): Promise<void> {
  for (const { kind, host, addresses } of places) {
    const ends = addressesFrom(firstOfReceiver)
      .slice(0, sessions)
      .map((theirs, index) => ({ ours: addresses[index] ?? '', theirs }))
    const [address = ''] = addresses
    const as = { ours: ourAs, theirs: theirAs }
    const receiver = await startReceiver(router, { ends, as, dials: kind.isDialled })
    try {
      const originator = await kind.start({ host, ends, as, held })
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
