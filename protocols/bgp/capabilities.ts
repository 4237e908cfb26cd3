// The table of capabilities, RFC 5492 §4 and the RFC of each in iana.ts. A new capability is one entry here, its
// fields in capability.ts, its code in iana.ts, and a vector.
import {
  concatBytes,
  DecodeError,
  readBytes,
  readUint16,
  readUint32,
  readUint8,
  remaining,
  uint16Bytes,
  uint32Bytes,
} from '../net/bytes.ts'
import type { Reader } from '../net/bytes.ts'
import type { CapabilityRow, CapabilityTable, RoleName } from './capability.ts'
import {} from './community.ts'
import type { AddressFamily } from './context.ts'
import { CapabilityCode, forwardingPreserved, GracefulRestartFlag, Role } from './iana.ts'
import { familyBytes } from './multiprotocol.ts'
import { printable } from './printable.ts'

const roleCodes: Record<RoleName, number> = {
  provider: Role.provider,
  'route-server': Role.routeServer,
  'route-server-client': Role.routeServerClient,
  customer: Role.customer,
  peer: Role.peer,
}

/** A capability that says all by being there. */
function empty(code: number): CapabilityRow<object> {
  return {
    code,
    whenMalformed: 'ignore',
    decode: () => ({}),
    encode: () => new Uint8Array(0),
    format: () => '',
  }
}

export const capabilityTable: CapabilityTable = {
  multiprotocol: {
    code: CapabilityCode.multiprotocol,
    whenMalformed: 'ignore',
    decode: (reader) => {
      const afi = readUint16(reader, 'AFI')
      readUint8(reader, 'reserved')
      return { afi, safi: readUint8(reader, 'SAFI') }
    },
    encode: ({ afi, safi }) => Uint8Array.of(afi >>> 8, afi, 0, safi),
    format: formatFamily,
  },
  'route-refresh': empty(CapabilityCode.routeRefresh),
  'outbound-route-filtering': {
    code: CapabilityCode.outboundRouteFiltering,
    whenMalformed: 'ignore',
    decode: (reader) => ({ entries: list(reader, readFilter) }),
    encode: ({ entries }) =>
      concatBytes(
        ...entries.flatMap(({ afi, safi, types }) => [
          Uint8Array.of(afi >>> 8, afi, 0, safi, types.length),
          ...types.map(({ type, sendReceive }) => Uint8Array.of(type, sendReceive)),
        ]),
      ),
    format: ({ entries }) => entries.map(formatFamily).join(' '),
  },
  'extended-next-hop': {
    code: CapabilityCode.extendedNextHop,
    whenMalformed: 'ignore',
    // RFC 8950 §4: the SAFI has two octets here.
    decode: (reader) => ({
      entries: list(reader, () => ({
        afi: readUint16(reader, 'AFI'),
        safi: readUint16(reader, 'SAFI'),
        nextHopAfi: readUint16(reader, 'next hop AFI'),
      })),
    }),
    encode: ({ entries }) =>
      concatBytes(
        ...entries.flatMap(({ afi, safi, nextHopAfi }) => [afi, safi, nextHopAfi].map(uint16Bytes)),
      ),
    format: ({ entries }) => entries.map((entry) => `${formatFamily(entry)}→${entry.nextHopAfi}`).join(' '),
  },
  'extended-message': empty(CapabilityCode.extendedMessage),
  role: {
    code: CapabilityCode.role,
    whenMalformed: 'ignore',
    decode: (reader) => {
      const code = readUint8(reader, 'role')
      const role = roleName(code)
      if (role === undefined) throw new DecodeError('role', `${code}`, 'RFC 9234 §4.1')
      return { role }
    },
    encode: ({ role }) => Uint8Array.of(roleCodes[role]),
    format: ({ role }) => role,
  },
  'graceful-restart': {
    code: CapabilityCode.gracefulRestart,
    whenMalformed: 'ignore',
    decode: (reader) => {
      const head = readUint16(reader, 'restart flags and time')
      return {
        restarting: ((head >>> 12) & GracefulRestartFlag.restartState) !== 0,
        notification: ((head >>> 12) & GracefulRestartFlag.notification) !== 0,
        restartTimeS: head & 0xfff,
        families: list(reader, readPreservedFamily),
      }
    },
    encode: ({ restarting, notification, restartTimeS, families }) => {
      const flags =
        (restarting ? GracefulRestartFlag.restartState : 0) |
        (notification ? GracefulRestartFlag.notification : 0)
      return concatBytes(uint16Bytes((flags << 12) | restartTimeS), ...families.map(preservedFamilyBytes))
    },
    format: ({ restartTimeS, restarting, families }) =>
      `${restartTimeS} s${restarting ? ' restarting' : ''} ${families.map(formatFamily).join(' ')}`,
  },
  'four-octet-as': {
    code: CapabilityCode.fourOctetAs,
    whenMalformed: 'reject',
    decode: (reader) => ({ asNumber: readUint32(reader, 'AS number') }),
    encode: ({ asNumber }) => uint32Bytes(asNumber),
    format: ({ asNumber }) => String(asNumber),
  },
  'add-path': {
    code: CapabilityCode.addPath,
    whenMalformed: 'ignore',
    decode: (reader) => ({
      entries: list(reader, () => ({
        ...readFamily(reader),
        sendReceive: readUint8(reader, 'send or receive'),
      })),
    }),
    encode: ({ entries }) =>
      concatBytes(...entries.flatMap((entry) => [familyBytes(entry), Uint8Array.of(entry.sendReceive)])),
    format: ({ entries }) => entries.map(formatFamily).join(' '),
  },
  'enhanced-route-refresh': empty(CapabilityCode.enhancedRouteRefresh),
  'long-lived-graceful-restart': {
    code: CapabilityCode.longLivedGracefulRestart,
    whenMalformed: 'ignore',
    decode: (reader) => ({
      families: list(reader, () => {
        const family = readPreservedFamily(reader)
        const high = readUint8(reader, 'stale time')
        return { ...family, staleTimeS: (high << 16) | readUint16(reader, 'stale time') }
      }),
    }),
    encode: ({ families }) =>
      concatBytes(
        ...families.flatMap((family) => [
          preservedFamilyBytes(family),
          Uint8Array.of(family.staleTimeS >>> 16, family.staleTimeS >>> 8, family.staleTimeS),
        ]),
      ),
    format: ({ families }) =>
      families.map((family) => `${formatFamily(family)} ${family.staleTimeS} s`).join(' '),
  },
  fqdn: {
    code: CapabilityCode.fqdn,
    whenMalformed: 'ignore',
    decode: (reader) => ({ hostname: readText(reader), domain: readText(reader) }),
    encode: ({ hostname, domain }) => concatBytes(textBytes(hostname), textBytes(domain)),
    format: ({ hostname, domain }) => printable(domain === '' ? hostname : `${hostname}.${domain}`),
  },
  'software-version': {
    code: CapabilityCode.softwareVersion,
    whenMalformed: 'ignore',
    decode: (reader) => ({ version: readText(reader) }),
    encode: ({ version }) => textBytes(version),
    format: ({ version }) => printable(version),
  },
}

function roleName(code: number): RoleName | undefined {
  const names = ['provider', 'route-server', 'route-server-client', 'customer', 'peer'] as const
  return names.find((name) => roleCodes[name] === code)
}

/** Reads to the end; every turn consumes, for an item reads at least one octet or fails. */
export function list<Item>(reader: Reader, item: (reader: Reader) => Item): Item[] {
  const result: Item[] = []
  while (remaining(reader) > 0) result.push(item(reader))
  return result
}

function readFamily(reader: Reader): AddressFamily {
  return { afi: readUint16(reader, 'AFI'), safi: readUint8(reader, 'SAFI') }
}

function readPreservedFamily(reader: Reader): AddressFamily & { readonly forwardingPreserved: boolean } {
  const family = readFamily(reader)
  return { ...family, forwardingPreserved: (readUint8(reader, 'flags') & forwardingPreserved) !== 0 }
}

function preservedFamilyBytes(family: AddressFamily & { readonly forwardingPreserved: boolean }): Uint8Array {
  return concatBytes(familyBytes(family), Uint8Array.of(family.forwardingPreserved ? forwardingPreserved : 0))
}

function readFilter(reader: Reader) {
  const afi = readUint16(reader, 'AFI')
  readUint8(reader, 'reserved')
  const safi = readUint8(reader, 'SAFI')
  const count = readUint8(reader, 'number of ORF types')
  const types: { readonly type: number; readonly sendReceive: number }[] = []
  for (let index = 0; index < count; index++)
    types.push({ type: readUint8(reader, 'ORF type'), sendReceive: readUint8(reader, 'send or receive') })
  return { afi, safi, types }
}

/** A length of one octet and that much UTF-8. */
function readText(reader: Reader): string {
  const bytes = readBytes(reader, readUint8(reader, 'text length'), 'text')
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new DecodeError('text', 'not UTF-8', reader.rfc)
  }
}

function textBytes(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length > 255) throw new RangeError(`a text of ${bytes.length} octets in a capability`)
  return concatBytes(Uint8Array.of(bytes.length), bytes)
}

function formatFamily({ afi, safi }: AddressFamily): string {
  return `${afi}/${safi}`
}
