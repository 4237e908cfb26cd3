// What two OPENs make of a session: the OPEN we send, what is wrong with the peer's (RFC 4271 §6.2), and what
// both agree on (RFC 4271 §4.2, RFC 5492 §3).
import type { Family } from '../net/address.ts'
import { allCapabilities, encodeCapabilities, findCapability } from './capability-list.ts'
import type { Capability, RoleName } from './capability.ts'
import type { SessionConfig } from './config.ts'
import type { AddressFamily, Context } from './context.ts'
import { BgpError } from './fault.ts'
import { Afi, asTrans } from './iana.ts'
import { unicast, unicastFamily } from './nlri.ts'
import { openAs } from './open.ts'
import type { Open } from './open.ts'
import { sendHoldMs } from './timing.ts'

/** Holds while a session is Established. */
export type Agreement = {
  readonly peerAs: number
  readonly identifier: string // the peer's
  readonly context: Context // of every message that follows
  readonly families: readonly Family[] // not empty
  readonly holdTimeS: number // 0: neither keepalives nor a hold timer
  readonly sendHoldMs: number // RFC 9687
  readonly extendedNextHop: boolean // IPv4 routes may have an IPv6 next hop, RFC 8950
  readonly routeRefresh: boolean // the peer may ask, and we may
  readonly enhancedRefresh: boolean // what is sent again stands between markers, RFC 7313
  readonly gracefulRestart?: AgreedRestart // both sent the capability
  readonly hostname?: string
  readonly softwareVersion?: string
}

/** What the peer said it keeps of its own, and for how long we keep its routes without it. */
export type AgreedRestart = {
  readonly restartTimeS: number
  readonly families: readonly Family[]
  readonly forwardingPreserved: readonly Family[] // since its restart
  readonly notification: boolean // both: only a hard reset ends it, RFC 8538
  readonly longLivedStaleTimesS: Readonly<Partial<Record<Family, number>>> // RFC 9494
}

/** `restarting`: we were here before, and the peer may still have our routes (RFC 4724 §4.1). */
export function ourOpen(config: SessionConfig, restarting: boolean): Open {
  return {
    type: 'open',
    asNumber: config.localAs > 0xffff ? asTrans : config.localAs,
    holdTimeS: config.holdTimeS,
    identifier: config.identifier,
    capabilities: [
      ...config.families.map((family) => ({ name: 'multiprotocol', ...unicast[family] }) as const),
      { name: 'route-refresh' },
      { name: 'enhanced-route-refresh' },
      { name: 'four-octet-as', asNumber: config.localAs },
      { name: 'extended-message' },
      ...extendedNextHop(config),
      ...restartCapabilities(config, restarting),
      ...(config.role === undefined ? [] : [{ name: 'role', role: config.role.role } as const]),
      ...(config.hostname === undefined
        ? []
        : [{ name: 'fqdn', hostname: config.hostname, domain: '' } as const]),
      ...(config.softwareVersion === undefined
        ? []
        : [{ name: 'software-version', version: config.softwareVersion } as const]),
    ],
  }
}

function extendedNextHop({ families }: SessionConfig): Capability[] {
  if (!families.includes('IPv4')) return []
  return [{ name: 'extended-next-hop', entries: [{ ...unicast.IPv4, nextHopAfi: Afi.ipv6 }] }]
}

/** Forwarding is the kernel's: it goes on without us, so it is always preserved. */
function restartCapabilities(config: SessionConfig, restarting: boolean): Capability[] {
  const { gracefulRestart, families } = config
  if (gracefulRestart === undefined) return []
  const { restartTimeS, longLivedStaleTimeS } = gracefulRestart
  const kept = families.map((family) => ({ ...unicast[family], forwardingPreserved: true }))
  const plain = {
    name: 'graceful-restart',
    restarting,
    notification: true,
    restartTimeS,
    families: kept,
  } as const
  if (longLivedStaleTimeS === undefined) return [plain]
  const longLived = kept.map((family) => ({ ...family, staleTimeS: longLivedStaleTimeS }))
  return [plain, { name: 'long-lived-graceful-restart', families: longLived }]
}

/** Throws BgpError when this peer may not be who, or as, it says. */
export function checkPeerOpen(config: SessionConfig, open: Open): void {
  const peerAs = openAs(open)
  const isInternal = peerAs === config.localAs
  if (!isExpectedAs(config, peerAs))
    throw new BgpError('my AS', `AS ${peerAs} where AS ${config.peerAs} is expected`)
  // RFC 6286 §2.2: between different AS equal identifiers are no fault.
  if (isInternal && open.identifier === config.identifier)
    throw new BgpError('identifier', `${open.identifier} is ours too`)
  checkRole(config, open, isInternal)
  if (agreedFamilies(config, open).length === 0)
    throw new BgpError('required capability', `none of ${config.families.join(', ')}`, wantedFamilies(config))
}

function isExpectedAs({ peerAs, localAs }: SessionConfig, actual: number): boolean {
  if (peerAs === 'internal') return actual === localAs
  if (peerAs === 'external') return actual !== localAs
  return actual === peerAs
}

/** RFC 5492 §5: the data lists the capabilities that are missing. */
function wantedFamilies({ families }: SessionConfig): Uint8Array {
  return encodeCapabilities(
    families.map((family) => ({ name: 'multiprotocol', ...unicast[family] }) as const),
  )
}

/** RFC 9234 §4.2, table 2: whom each role faces. */
const counterparts: Record<RoleName, RoleName> = {
  provider: 'customer',
  customer: 'provider',
  'route-server': 'route-server-client',
  'route-server-client': 'route-server',
  peer: 'peer',
}

function checkRole({ role: ours }: SessionConfig, open: Open, isInternal: boolean): void {
  if (ours === undefined || isInternal) return
  const theirs = findCapability(open.capabilities, 'role')?.role
  if (theirs === undefined && ours.strict) throw new BgpError('role', 'the peer names none')
  if (theirs !== undefined && theirs !== counterparts[ours.role])
    throw new BgpError('role', `we are ${ours.role}, the peer says ${theirs}`)
}

/** RFC 4760 §8: without any multiprotocol capability the session carries IPv4 unicast. */
function agreedFamilies({ families }: SessionConfig, open: Open): Family[] {
  const theirs = allCapabilities(open.capabilities, 'multiprotocol').map(unicastFamily)
  const spoken: (Family | undefined)[] = hasMultiprotocol(open) ? theirs : ['IPv4']
  return families.filter((family) => spoken.includes(family))
}

function hasMultiprotocol(open: Open): boolean {
  return findCapability(open.capabilities, 'multiprotocol') !== undefined
}

/** After checkPeerOpen. */
export function agree(config: SessionConfig, ours: Open, theirs: Open): Agreement {
  const both = (name: Capability['name']) =>
    [ours, theirs].every(({ capabilities }) => capabilities.some((capability) => capability.name === name))
  const families = agreedFamilies(config, theirs)
  const peerAs = openAs(theirs)
  const fqdn = findCapability(theirs.capabilities, 'fqdn')
  const version = findCapability(theirs.capabilities, 'software-version')
  const restart = agreedRestart(ours, theirs)
  const holdTimeS = Math.min(ours.holdTimeS, theirs.holdTimeS)
  return {
    peerAs,
    identifier: theirs.identifier,
    context: {
      fourOctetAs: both('four-octet-as'),
      extendedMessage: both('extended-message'),
      peer: peerAs === config.localAs ? 'internal' : 'external',
      families: families.map((family): AddressFamily => unicast[family]),
    },
    families,
    holdTimeS,
    sendHoldMs: sendHoldMs(config, holdTimeS),
    extendedNextHop: both('extended-next-hop') && takesIPv6NextHop(theirs),
    routeRefresh: both('route-refresh'),
    enhancedRefresh: both('enhanced-route-refresh'),
    ...(restart === undefined ? {} : { gracefulRestart: restart }),
    ...(fqdn === undefined ? {} : { hostname: fqdn.hostname }),
    ...(version === undefined ? {} : { softwareVersion: version.version }),
  }
}

function takesIPv6NextHop({ capabilities }: Open): boolean {
  return allCapabilities(capabilities, 'extended-next-hop').some(({ entries }) =>
    entries.some((entry) => unicastFamily(entry) === 'IPv4' && entry.nextHopAfi === Afi.ipv6),
  )
}

function agreedRestart(ours: Open, theirs: Open): AgreedRestart | undefined {
  const own = findCapability(ours.capabilities, 'graceful-restart')
  const peer = findCapability(theirs.capabilities, 'graceful-restart')
  if (own === undefined || peer === undefined) return undefined
  return {
    restartTimeS: peer.restartTimeS,
    families: known(peer.families),
    forwardingPreserved: known(peer.families.filter((family) => family.forwardingPreserved)),
    notification: own.notification && peer.notification,
    longLivedStaleTimesS: longLived(ours, theirs),
  }
}

function longLived(ours: Open, theirs: Open): Partial<Record<Family, number>> {
  if (findCapability(ours.capabilities, 'long-lived-graceful-restart') === undefined) return {}
  const peer = findCapability(theirs.capabilities, 'long-lived-graceful-restart')
  const times = (peer?.families ?? []).flatMap((entry) => {
    const family = unicastFamily(entry)
    return family === undefined ? [] : [[family, entry.staleTimeS] as const]
  })
  return Object.fromEntries(times)
}

function known(families: readonly AddressFamily[]): Family[] {
  return families.map(unicastFamily).filter((family) => family !== undefined)
}
