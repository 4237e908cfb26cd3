// One BFD session as the driver holds it: the value that steps, the socket that it speaks from, and what was counted.
import { createHash } from 'node:crypto'
import { signBfd } from '../bfd/authentication.ts'
import type { BfdConfig } from '../bfd/config.ts'
import type { BfdAddressee } from '../bfd/demultiplex.ts'
import type { BfdCounters, BfdObserved, TooFar } from '../bfd/observed.ts'
import { encodeBfd } from '../bfd/packet.ts'
import type { BfdPacket } from '../bfd/packet.ts'
import { newBfdSession } from '../bfd/session.ts'
import type { BfdSession } from '../bfd/state.ts'
import { detectionTimeMs, transmitIntervalMs } from '../bfd/timing.ts'
import { isLinkLocal } from '../net/ipv6.ts'
import type { FarPacket, FarPeer } from './bfd-distance.ts'
import type { BfdGuest } from './bfd-doors.ts'
import type { BfdNetwork, BfdPath, BfdSender } from './bfd-sockets.ts'

/** What is wished of one session. Two peers behind one address share it (RFC 5882 §3.1). */
export type BfdSessionSpec = {
  readonly peer: string // the name by which changes are told
  readonly remote: string // canonical address, no zone
  readonly local?: string // default: as the kernel's routes say, for each packet anew
  readonly interface?: string // of a link-local address, or a VRF
  readonly config: BfdConfig
}

export type HeldSession = {
  readonly key: string // where it goes: the same as long as the session is the same
  readonly remote: string
  peers: readonly string[]
  path: BfdPath
  session: BfdSession
  wakeAt: number | undefined
  changedAt: number // wall clock, ms
  sender?: BfdSender
  reopenAt: number // when a sender that failed may be opened again
  scope: string | undefined // index of the interface that a link-local peer is behind
  problem?: string
  lastDiscard?: string
  tooFar?: TooFar
  readonly counters: { -readonly [name in keyof BfdCounters]: number }
}

/** A socket that cannot be had is asked for no more often. */
const reopenMs = 1000

export function sessionKey({ remote, local, interface: device, config }: BfdSessionSpec): string {
  return [remote, local ?? '', device ?? '', config.multihop ? 'multihop' : ''].join(' ')
}

export function hold(spec: BfdSessionSpec, discriminator: number, seed: number): HeldSession {
  return {
    key: sessionKey(spec),
    remote: spec.remote,
    peers: [],
    path: pathOf(spec),
    session: newBfdSession(spec.config, discriminator, seed),
    wakeAt: undefined,
    changedAt: Date.now(),
    reopenAt: Number.NEGATIVE_INFINITY,
    scope: undefined,
    counters: { packetsIn: 0, packetsOut: 0, discarded: 0, upEvents: 0, downEvents: 0, tooFar: 0 },
  }
}

export function pathOf({ remote, local, interface: device, config }: BfdSessionSpec): BfdPath {
  return {
    remote,
    ...(local === undefined ? {} : { local }),
    ...(device === undefined ? {} : { interface: device }),
    multihop: config.multihop,
    unfragmented: config.paddedLength !== undefined,
  }
}

/** The interface counts where an address means nothing without it; elsewhere the address is enough. */
export function addresseeOf(held: HeldSession): BfdAddressee & { readonly held: HeldSession } {
  return {
    localDiscriminator: held.session.localDiscriminator,
    peerAddress: held.remote,
    interface: isLinkLocal(held.remote) ? (held.scope ?? 'none') : undefined,
    multihop: held.path.multihop,
    held,
  }
}

export function hashOf(algorithm: 'md5' | 'sha1', bytes: Uint8Array): Uint8Array {
  return createHash(algorithm).update(bytes).digest()
}

/**
 * What was sent counts as sent; what could not be says why in `problem`. A socket that fails twice in a row is opened
 * anew: its interface may have come back under another index, or its source address may be gone.
 */
export function transmit(
  held: HeldSession,
  packet: BfdPacket,
  open: { network: BfdNetwork; now: number },
): void {
  const { authentication, paddedLength } = held.session.config
  const signed = authentication === undefined ? packet : signBfd(packet, authentication, hashOf)
  const problem = sendBytes(held, encodeBfd(signed, paddedLength), open)
  if (problem === undefined) {
    held.counters.packetsOut += 1
    delete held.problem
  } else held.problem = problem
}

function sendBytes(
  held: HeldSession,
  bytes: Uint8Array,
  { network, now }: { network: BfdNetwork; now: number },
): string | undefined {
  if (held.sender === undefined) {
    if (now < held.reopenAt) return held.problem ?? 'no socket yet'
    try {
      held.sender = network.open(held.path)
      held.scope = scopeOf(held, network)
    } catch (error) {
      held.reopenAt = now + reopenMs
      return error instanceof Error ? error.message : String(error)
    }
  }
  if (held.sender.send(bytes) === undefined) return undefined
  const problem = held.sender.send(bytes) // what an earlier packet provoked is told once
  if (problem === undefined) return undefined
  closeSender(held)
  held.reopenAt = now + reopenMs
  return `send: ${problem}`
}

/** Index of the interface; it changes when the interface is made again. */
export function scopeOf({ path }: HeldSession, network: BfdNetwork): string | undefined {
  return path.interface === undefined ? undefined : String(network.interfaceIndex(path.interface))
}

export function closeSender(held: HeldSession): void {
  held.sender?.close()
  delete held.sender
}

/** The name by which journals and logs know it. */
export function nameOf({ peers, remote }: HeldSession): string {
  return peers[0] ?? remote
}

/** Who may come in for it. */
export function guestOf({ remote, session: { config } }: HeldSession): BfdGuest {
  return { remote, multihop: config.multihop, minimumTtl: config.minimumTtl }
}

/** RFC 5881 §5: of a single hop there is nothing to configure. */
export function farPeerOf({ remote, path: { multihop }, session: { config } }: HeldSession): FarPeer {
  return { address: remote, multihop, minimumTtl: multihop ? config.minimumTtl : 255 }
}

/** A packet of its peer that the kernel drops for its TTL. What is to be said of it, where that is news. */
export function noteFar(held: HeldSession, { source, ttl, multihop }: FarPacket): TooFar | undefined {
  if (held.remote !== source || held.path.multihop !== multihop || held.session.state === 'up')
    return undefined
  const { minimumTtl } = farPeerOf(held)
  held.counters.tooFar += 1
  if (held.tooFar?.ttl === ttl && held.tooFar.minimumTtl === minimumTtl) return undefined
  held.tooFar = { ttl, minimumTtl }
  return held.tooFar
}

export function discard(held: HeldSession, reason: string): void {
  held.counters.discarded += 1
  held.lastDiscard = reason
}

export function observedOf(held: HeldSession, doorProblem: string | undefined): BfdObserved {
  const { session, path, changedAt, counters, lastDiscard, tooFar } = held
  const detection = detectionTimeMs(session)
  const problem = doorProblem ?? held.problem
  return {
    remoteAddress: held.remote,
    ...(path.local === undefined ? {} : { localAddress: path.local }),
    ...(path.interface === undefined ? {} : { interface: path.interface }),
    multihop: path.multihop,
    state: session.state,
    reason: session.reason,
    changedAt,
    diagnostic: session.diagnostic,
    remoteState: session.remote.state,
    remoteDiagnostic: session.remote.diagnostic,
    localDiscriminator: session.localDiscriminator,
    remoteDiscriminator: session.remote.discriminator,
    transmitIntervalMs: transmitIntervalMs(session),
    ...(detection === undefined ? {} : { detectionTimeMs: detection }),
    remoteDetectMultiplier: session.remote.detectMultiplier,
    counters: { ...counters },
    ...(problem === undefined ? {} : { problem }),
    ...(lastDiscard === undefined ? {} : { lastDiscard }),
    ...(tooFar === undefined ? {} : { tooFar }),
  }
}
