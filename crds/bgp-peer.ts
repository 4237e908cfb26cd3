// BGPPeer (metallb.io/v1beta2, and v1beta1 in bgp-peer-schema.ts): a router that nodes keep a BGP session with.
import { formatAddress, parseAddress } from '../protocols/net/address.ts'
import { parseDuration } from './duration.ts'
import type { Identity, Parsed, Resource } from './kind.ts'
import { metallbKind } from './kind.ts'
import type { Place } from './read.ts'
import {
  at,
  objectTo,
  partAt,
  present,
  readBoolean,
  readInteger,
  readIdentity,
  readOneOf,
  readString,
  requiredPartAt,
  topOf,
} from './read.ts'
import type { Selector } from './selector.ts'
import { readSelectors } from './selector.ts'

/** As the planner sees it. With any objection no session must be opened: half a peer is another peer. */
export type BGPPeer = Identity & {
  readonly myASN: number // 0 where it cannot be read
  readonly localASN?: number // what this peer sees instead of myASN
  readonly peerASN?: number | 'internal' | 'external' // the words: whatever the peer says, the same as ours or not
  readonly remote?: { readonly address: string } | { readonly interface: string }
  readonly peerPort: number
  readonly sourceAddress?: string
  readonly routerID?: string // dotted quad
  readonly holdTimeMs?: number // 0, or 3000 and more; three times keepaliveTimeMs where only that is written
  readonly keepaliveTimeMs?: number
  readonly connectTimeMs?: number
  readonly nodeSelectors: readonly Selector[] // empty = every node
  readonly password?: string // never shown
  readonly passwordSecret?: string // name of a Secret in our own namespace, of type kubernetes.io/basic-auth
  readonly bfdProfile?: string
  readonly enableGracefulRestart: boolean
  readonly ebgpMultiHop: boolean
  readonly vrf?: string
  readonly disableMP: boolean
  readonly dualStackAddressFamily: boolean
  readonly transport: 'Kernel' | 'Packet'
  readonly listen: boolean
  readonly ttlSecurityHops?: number
  readonly role?: BGPRole
  readonly strictRole: boolean
  readonly prefixLimit?: number
  readonly restartTimeMs?: number
  readonly longLivedStaleTimeMs?: number
}

/** What this side is to the peer (RFC 9234 §4). */
export type BGPRole = (typeof roles)[number]

export const roles = ['Provider', 'RouteServer', 'RouteServerClient', 'Customer', 'Peer'] as const
export const transports = ['Kernel', 'Packet'] as const

export const bgpPeerKind = metallbKind('BGPPeer', 'bgppeers', 'v1beta2')

/** Reads both versions: v1beta1 has the same shapes. */
export function parseBGPPeer(resource: Resource): Parsed<BGPPeer> {
  const top = topOf(resource)
  const spec = requiredPartAt(top, 'spec')
  const value = {
    ...readIdentity(top),
    ...readNumbers(spec),
    ...present('remote', readRemote(spec)),
    peerPort: readInteger(at(spec, 'peerPort'), { minimum: 0, maximum: 16384 }) || 179,
    ...present('sourceAddress', readAddress(at(spec, 'sourceAddress'))),
    ...present('routerID', readRouterID(at(spec, 'routerID'))),
    ...readTimers(spec),
    nodeSelectors: readSelectors(at(spec, 'nodeSelectors')),
    ...readPassword(spec),
    ...present('bfdProfile', readName(at(spec, 'bfdProfile'))),
    enableGracefulRestart: readBoolean(at(spec, 'enableGracefulRestart')) ?? false,
    ebgpMultiHop: readBoolean(at(spec, 'ebgpMultiHop')) ?? false,
    ...present('vrf', readName(at(spec, 'vrf'))),
    disableMP: readBoolean(at(spec, 'disableMP')) ?? false,
    dualStackAddressFamily: readBoolean(at(spec, 'dualStackAddressFamily')) ?? false,
    ...readOptions(spec),
  }
  objectToFamilies(spec, value)
  if (value.ebgpMultiHop && value.peerASN === value.myASN)
    objectTo(at(spec, 'ebgpMultiHop'), 'is for peers of another AS, and peerASN is myASN; leave it out')
  return { value, objections: top.objections }
}

const asNumbers = { minimum: 0, maximum: 0xffffffff }

function readNumbers(spec: Place): Pick<BGPPeer, 'myASN' | 'localASN' | 'peerASN'> {
  const mine = at(spec, 'myASN')
  const myASN = readInteger(mine, asNumbers) ?? 0
  if (mine.raw === undefined || mine.raw === 0) objectTo(mine, 'is required: the AS number of this side')
  return {
    myASN,
    ...present('localASN', readInteger(at(spec, 'localASN'), { ...asNumbers, minimum: 1 })),
    ...present('peerASN', readPeerASN(spec)),
  }
}

// 0 and '' are what Go's programs write for nothing.
function readPeerASN(spec: Place): BGPPeer['peerASN'] {
  const before = spec.objections.length
  const [fixed, dynamic] = [at(spec, 'peerASN'), at(spec, 'dynamicASN')]
  const asn = readInteger(fixed, asNumbers) || undefined
  const word = dynamic.raw === '' ? undefined : readOneOf(dynamic, ['internal', 'external'])
  if (spec.objections.length > before) return asn ?? word
  if (asn === undefined && word === undefined)
    objectTo(fixed, 'is required, or dynamicASN: the AS number of the peer')
  if (asn !== undefined && word !== undefined)
    objectTo(dynamic, 'must be absent beside peerASN; choose one of the two')
  return asn ?? word
}

function readRemote(spec: Place): BGPPeer['remote'] {
  const [addressed, unnumbered] = [at(spec, 'peerAddress'), at(spec, 'interface')]
  const address = readAddress(addressed)
  const name = readName(unnumbered)
  const hasAddress = addressed.raw !== undefined && addressed.raw !== ''
  if (!hasAddress && name === undefined) objectTo(addressed, 'is required, or interface: where the peer is')
  if (hasAddress && name !== undefined)
    objectTo(unnumbered, 'must be absent beside peerAddress; choose one of the two')
  if (address !== undefined) return { address }
  return name === undefined || hasAddress ? undefined : { interface: name }
}

function readName(place: Place): string | undefined {
  return readString(place) || undefined
}

function readAddress(place: Place): string | undefined {
  const written = readName(place)
  if (written === undefined) return undefined
  const address = parseAddress(written)
  if (address !== undefined) return formatAddress(address)
  objectTo(place, 'must be an IP address, such as 192.0.2.1 or 2001:db8::1')
  return undefined
}

// RFC 6286 §2.1: four octets, not all zero. (MetalLB lets an IPv6 address pass, which no OPEN can carry.)
function readRouterID(place: Place): string | undefined {
  const written = readName(place)
  if (written === undefined) return undefined
  const address = parseAddress(written)
  if (address?.family === 'IPv4' && address.value !== 0n) return formatAddress(address)
  objectTo(place, 'must be four octets in the form of an IPv4 address, not all zero, such as 192.0.2.1')
  return undefined
}

type Options =
  | 'transport'
  | 'listen'
  | 'ttlSecurityHops'
  | 'role'
  | 'strictRole'
  | 'prefixLimit'
  | 'restartTimeMs'
  | 'longLivedStaleTimeMs'

/** What MetalLB does not have. */
function readOptions(spec: Place): Pick<BGPPeer, Options> {
  return {
    transport: readOneOf(at(spec, 'transport'), transports) ?? ('Kernel' as const),
    listen: readBoolean(at(spec, 'listen')) ?? false,
    ...present('ttlSecurityHops', readInteger(at(spec, 'ttlSecurityHops'), { minimum: 1, maximum: 254 })),
    ...present('role', readOneOf(at(spec, 'role'), roles)),
    strictRole: readBoolean(at(spec, 'strictRole')) ?? false,
    ...present('prefixLimit', readInteger(at(spec, 'prefixLimit'), { minimum: 1, maximum: 0x7fffffff })),
    ...present('restartTimeMs', readSeconds(at(spec, 'restartTime'), 1, 4095)), // RFC 4724 §3: 12 bits
    ...present('longLivedStaleTimeMs', readSeconds(at(spec, 'longLivedStaleTime'), 0, 0xffffff)), // RFC 9494 §3.1
  }
}

/** Of what can only fail as it is written. */
function objectToFamilies(spec: Place, { remote, sourceAddress }: BGPPeer): void {
  if (remote === undefined || !('address' in remote)) return
  const peer = parseAddress(remote.address)
  const source = sourceAddress === undefined ? undefined : parseAddress(sourceAddress)
  if (source !== undefined && source.family !== peer?.family)
    objectTo(at(spec, 'sourceAddress'), `must be of the family of peerAddress, ${peer?.family}`)
  if (peer?.family === 'IPv6' && peer.value >> 118n === 0x3fan)
    objectTo(
      at(spec, 'peerAddress'),
      'is link-local, and stands for another peer on each link; use interface',
    )
}

function readTimers(spec: Place): Pick<BGPPeer, 'holdTimeMs' | 'keepaliveTimeMs' | 'connectTimeMs'> {
  const [hold, keepalive] = [at(spec, 'holdTime'), at(spec, 'keepaliveTime')]
  const keepaliveTimeMs = readDuration(keepalive)
  const holdTimeMs = readDuration(hold) ?? (keepaliveTimeMs === undefined ? undefined : keepaliveTimeMs * 3)
  if (holdTimeMs !== undefined) objectToHoldTime(hold.raw === undefined ? keepalive : hold, holdTimeMs)
  if (holdTimeMs !== undefined && keepaliveTimeMs !== undefined && keepaliveTimeMs > holdTimeMs)
    objectTo(keepalive, 'must not be longer than holdTime; a third of it is usual')
  return {
    ...present('holdTimeMs', holdTimeMs),
    ...present('keepaliveTimeMs', keepaliveTimeMs),
    ...present('connectTimeMs', readSeconds(at(spec, 'connectTime'), 1, 65_535)),
  }
}

// RFC 4271 §4.2: seconds in two octets, 0 or at least 3. What is less than a second counts as 0, as in MetalLB.
function objectToHoldTime(place: Place, holdTimeMs: number): void {
  const seconds = Math.trunc(holdTimeMs / 1000)
  if (seconds !== 0 && (seconds < 3 || seconds > 65535))
    objectTo(place, `gives a hold time of ${seconds}s; it must be 0s, or from 3s to 65535s`)
}

function readSeconds(place: Place, least: number, most: number): number | undefined {
  const time = readDuration(place)
  if (time === undefined || (time % 1000 === 0 && time >= least * 1000 && time <= most * 1000)) return time
  objectTo(place, `must be whole seconds from ${least}s to ${most}s`)
  return undefined
}

function readDuration(place: Place): number | undefined {
  const written = readString(place)
  if (written === undefined) return undefined
  const duration = parseDuration(written)
  if (duration === undefined) objectTo(place, 'must be a duration, such as 90s or 1m30s')
  return duration
}

// An objection shows what stands there; a password is shown to nobody.
function readPassword(spec: Place): Pick<BGPPeer, 'password' | 'passwordSecret'> {
  const place = at(spec, 'password')
  const hidden: Place = { ...place, raw: 'not shown' }
  if (place.raw !== undefined && typeof place.raw !== 'string') objectTo(hidden, 'must be a string')
  const password = typeof place.raw === 'string' && place.raw !== '' ? place.raw : undefined
  const secret = partAt(spec, 'passwordSecret')
  const passwordSecret = readName(at(secret, 'name'))
  if (password !== undefined && passwordSecret !== undefined)
    objectTo(hidden, 'must be absent beside passwordSecret; choose one of the two')
  return { ...present('password', password), ...present('passwordSecret', passwordSecret) }
}
