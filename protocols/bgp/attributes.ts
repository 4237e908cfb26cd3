// The table of path attributes, RFC 4271 §5 and the RFC beside each type in iana.ts. A new attribute is one
// entry here, its value in attribute.ts, its faults in fault.ts, and a vector.
import {
  concatBytes,
  readRest,
  readUint16,
  readUint32,
  readUint8,
  uint16Bytes,
  uint32Bytes,
} from '../net/bytes.ts'
import type { Reader } from '../net/bytes.ts'
import { asPathBytes, formatAsPath, isConfederation, isSet, readAsPath } from './as-path.ts'
import type { AsSegment } from './as-path.ts'
import type { Aggregator, AttributeTable } from './attribute.ts'
import {
  communityBytes,
  communityText,
  formatCommunity,
  largeCommunityBytes,
  largeCommunityText,
} from './community.ts'
import { exactly, extendedCommunityList, hexadecimal, items, number32 } from './attribute-row.ts'
import type { Context } from './context.ts'
import { BgpError } from './fault.ts'
import type { FaultName } from './fault.ts'
import { asTrans, AttributeType, Origin } from './iana.ts'
import {
  decodeMpReach,
  decodeMpUnreach,
  encodeMpReach,
  encodeMpUnreach,
  formatMpReach,
  formatMpUnreach,
} from './multiprotocol.ts'
import { addressText, addressTextBytes } from './nlri.ts'
import { decodeAigp, decodePrefixSid, decodeTunnels } from './tlv-attribute.ts'

const originNames = ['igp', 'egp', 'incomplete'] as const

export const attributeTable: AttributeTable = {
  origin: {
    type: AttributeType.origin,
    label: 'ORIGIN',
    class: 'well-known',
    fault: 'ORIGIN length',
    decode: (reader) => {
      exactly(reader, 1, 'ORIGIN length')
      const code = readUint8(reader, 'ORIGIN')
      const origin = originNames[code]
      if (origin === undefined) throw new BgpError('ORIGIN value', `${code}`)
      return origin
    },
    encode: (origin) => Uint8Array.of(Origin[origin]),
    format: (origin) => origin,
  },
  asPath: {
    type: AttributeType.asPath,
    label: 'AS_PATH',
    class: 'well-known',
    fault: 'AS_PATH',
    decode: (reader, context) => {
      const segments = readAsPath(reader, asOctets(context), 'AS_PATH')
      refuseSets(segments, context)
      if (context.peer === 'external' && segments.some(isConfederation))
        throw new BgpError('confederation segment', 'from an external peer')
      return segments
    },
    encode: (segments, context) => asPathBytes(segments, asOctets(context)),
    format: formatAsPath,
  },
  nextHop: {
    type: AttributeType.nextHop,
    label: 'NEXT_HOP',
    class: 'well-known',
    fault: 'NEXT_HOP length',
    decode: (reader) => {
      exactly(reader, 4, 'NEXT_HOP length')
      const bytes = readRest(reader)
      // RFC 4271 §6.3: it must be a valid host address; 0/8, loopback and all from 224/4 on are none.
      const first = bytes[0] ?? 0
      if (first === 0 || first === 127 || first >= 224)
        throw new BgpError('NEXT_HOP value', `${addressText(bytes)} is no host's address`)
      return addressText(bytes)
    },
    encode: (address) => addressTextBytes(address, 'IPv4'),
    format: (address) => address,
  },
  multiExitDisc: number32('MULTI_EXIT_DISC', AttributeType.multiExitDisc, 'optional-non-transitive'),
  localPref: {
    ...number32('LOCAL_PREF', AttributeType.localPref, 'well-known'),
    internalOnly: true,
  },
  atomicAggregate: {
    type: AttributeType.atomicAggregate,
    label: 'ATOMIC_AGGREGATE',
    class: 'well-known',
    fault: 'ATOMIC_AGGREGATE',
    decode: (reader) => {
      exactly(reader, 0, 'ATOMIC_AGGREGATE')
      return true
    },
    encode: () => new Uint8Array(0),
    format: () => 'yes',
  },
  aggregator: {
    type: AttributeType.aggregator,
    label: 'AGGREGATOR',
    class: 'optional-transitive',
    fault: 'AGGREGATOR',
    decode: (reader, context) => readAggregator(reader, asOctets(context), 'AGGREGATOR'),
    encode: (aggregator, context) => aggregatorBytes(aggregator, asOctets(context)),
    format: formatAggregator,
  },
  communities: {
    type: AttributeType.communities,
    label: 'COMMUNITIES',
    class: 'optional-transitive',
    fault: 'COMMUNITIES',
    decode: (reader) => items(reader, 4, 'COMMUNITIES').map(communityText),
    encode: (list) => concatBytes(...list.map(communityBytes)),
    format: (list) => list.map(formatCommunity).join(' '),
  },
  originatorId: {
    type: AttributeType.originatorId,
    label: 'ORIGINATOR_ID',
    class: 'optional-non-transitive',
    fault: 'ORIGINATOR_ID',
    internalOnly: true,
    decode: (reader) => {
      exactly(reader, 4, 'ORIGINATOR_ID')
      return addressText(readRest(reader))
    },
    encode: (identifier) => addressTextBytes(identifier, 'IPv4'),
    format: (identifier) => identifier,
  },
  clusterList: {
    type: AttributeType.clusterList,
    label: 'CLUSTER_LIST',
    class: 'optional-non-transitive',
    fault: 'CLUSTER_LIST',
    internalOnly: true,
    decode: (reader) => items(reader, 4, 'CLUSTER_LIST').map(addressText),
    encode: (list) => concatBytes(...list.map((identifier) => addressTextBytes(identifier, 'IPv4'))),
    format: (list) => list.join(' '),
  },
  mpReach: {
    type: AttributeType.mpReach,
    label: 'MP_REACH_NLRI',
    class: 'optional-non-transitive',
    fault: 'MP_REACH_NLRI',
    decode: decodeMpReach,
    encode: encodeMpReach,
    format: formatMpReach,
  },
  mpUnreach: {
    type: AttributeType.mpUnreach,
    label: 'MP_UNREACH_NLRI',
    class: 'optional-non-transitive',
    fault: 'MP_UNREACH_NLRI',
    decode: decodeMpUnreach,
    encode: encodeMpUnreach,
    format: formatMpUnreach,
  },
  extendedCommunities: extendedCommunityList(8, 'EXTENDED COMMUNITIES', AttributeType.extendedCommunities),
  as4Path: {
    type: AttributeType.as4Path,
    label: 'AS4_PATH',
    class: 'optional-transitive',
    fault: 'AS4_PATH',
    decode: (reader, context) => {
      onlyFromTwoOctetSpeaker(context)
      return readAs4Path(reader, context)
    },
    encode: (segments) => asPathBytes(segments, 4),
    format: formatAsPath,
  },
  as4Aggregator: {
    type: AttributeType.as4Aggregator,
    label: 'AS4_AGGREGATOR',
    class: 'optional-transitive',
    fault: 'AS4_AGGREGATOR',
    decode: (reader, context) => {
      onlyFromTwoOctetSpeaker(context)
      return readAggregator(reader, 4, 'AS4_AGGREGATOR')
    },
    encode: (aggregator) => aggregatorBytes(aggregator, 4),
    format: formatAggregator,
  },
  tunnelEncapsulation: {
    ...hexadecimal('TUNNEL_ENCAPSULATION', AttributeType.tunnelEncapsulation, 'optional-transitive'),
    decode: decodeTunnels,
  },
  ipv6ExtendedCommunities: extendedCommunityList(
    20,
    'IPv6 EXTENDED COMMUNITIES',
    AttributeType.ipv6ExtendedCommunities,
  ),
  aigp: { ...hexadecimal('AIGP', AttributeType.aigp, 'optional-non-transitive'), decode: decodeAigp },
  largeCommunities: {
    type: AttributeType.largeCommunities,
    label: 'LARGE_COMMUNITIES',
    class: 'optional-transitive',
    fault: 'LARGE_COMMUNITIES',
    // RFC 8092 §3: redundant values are silently removed.
    decode: (reader) => [...new Set(items(reader, 12, 'LARGE_COMMUNITIES').map(largeCommunityText))],
    encode: (list) => concatBytes(...list.map(largeCommunityBytes)),
    format: (list) => list.join(' '),
  },
  onlyToCustomer: number32('ONLY_TO_CUSTOMER', AttributeType.onlyToCustomer, 'optional-transitive'),
  prefixSid: {
    ...hexadecimal('PREFIX_SID', AttributeType.prefixSid, 'optional-transitive'),
    decode: decodePrefixSid,
  },
}

function asOctets(context: Context): 2 | 4 {
  return context.fourOctetAs ? 4 : 2
}

/** RFC 6793 §6: between four-octet speakers it has no business, and is discarded. */
function onlyFromTwoOctetSpeaker(context: Context): void {
  if (context.fourOctetAs)
    throw new BgpError('AS4 attribute from a four-octet speaker', 'both sides speak four-octet AS')
}

/** RFC 9774 §3: AS_SET and AS_CONFED_SET are no longer to be used; a route that has one is withdrawn. A viewer shows it. */
function refuseSets(segments: readonly AsSegment[], { peer }: Context): void {
  if (peer === 'any') return
  const set = segments.find(isSet)
  if (set !== undefined) throw new BgpError('AS_SET', `${set.type} of ${set.asNumbers.length}`)
}

/** RFC 6793 §6: confederation segments in it are malformed, and are dropped alone. */
function readAs4Path(reader: Reader, context: Context): readonly AsSegment[] {
  const segments = readAsPath(reader, 4, 'AS4_PATH')
  refuseSets(segments, context)
  if (segments.length === 0) throw new BgpError('AS4_PATH', 'empty')
  const kept = segments.filter((segment) => !isConfederation(segment))
  if (kept.length === 0) throw new BgpError('AS4_PATH', 'nothing but confederation segments')
  return kept
}

function readAggregator(reader: Reader, octets: 2 | 4, fault: FaultName): Aggregator {
  exactly(reader, octets + 4, fault)
  const asNumber = octets === 4 ? readUint32(reader, 'AS') : readUint16(reader, 'AS')
  if (asNumber === 0) throw new BgpError(fault, 'AS 0 (RFC 7607 §2)')
  return { asNumber, address: addressText(readRest(reader)) }
}

function aggregatorBytes({ asNumber, address }: Aggregator, octets: 2 | 4): Uint8Array {
  const as = octets === 4 ? uint32Bytes(asNumber) : uint16Bytes(asNumber > 0xffff ? asTrans : asNumber)
  return concatBytes(as, addressTextBytes(address, 'IPv4'))
}

function formatAggregator({ asNumber, address }: Aggregator): string {
  return `${asNumber} ${address}`
}
