// The path attributes of an UPDATE as values, RFC 4271 §4.3 and the RFCs beside each in iana.ts.
import type { AsSegment } from './as-path.ts'
import type { Context } from './context.ts'
import type { FaultName } from './fault.ts'
import type { MpReach, MpUnreach } from './multiprotocol.ts'
import type { Reader } from '../net/bytes.ts'

export type Aggregator = { readonly asNumber: number; readonly address: string }

/** Every attribute that we read, by name. Addresses, prefixes and communities are canonical text. */
export type AttributeValues = {
  readonly origin: 'igp' | 'egp' | 'incomplete'
  readonly asPath: readonly AsSegment[]
  readonly nextHop: string
  readonly multiExitDisc: number
  readonly localPref: number
  readonly atomicAggregate: true
  readonly aggregator: Aggregator
  readonly communities: readonly string[] // 'A:B'
  readonly originatorId: string
  readonly clusterList: readonly string[]
  readonly mpReach: MpReach
  readonly mpUnreach: MpUnreach
  readonly extendedCommunities: readonly string[] // 8 octets each, hexadecimal
  readonly as4Path: readonly AsSegment[]
  readonly as4Aggregator: Aggregator
  readonly tunnelEncapsulation: string // TLVs, hexadecimal
  readonly ipv6ExtendedCommunities: readonly string[] // 20 octets each, hexadecimal
  readonly aigp: string // TLVs, hexadecimal
  readonly largeCommunities: readonly string[] // 'A:B:C'
  readonly onlyToCustomer: number
  readonly prefixSid: string // TLVs, hexadecimal
}

export type AttributeName = keyof AttributeValues

/** One that is in no row of the table. Flags as received, without Extended Length. */
export type UnknownAttribute = { readonly type: number; readonly flags: number; readonly value: string }

export type KnownAttributes = { readonly [Name in AttributeName]?: AttributeValues[Name] }

export type PathAttributes = KnownAttributes & { readonly unknown?: readonly UnknownAttribute[] }

/** Optional and transitive bits that an attribute must have, RFC 4271 §5. */
export type AttributeClass = 'well-known' | 'optional-transitive' | 'optional-non-transitive'

/** All there is to say of an attribute; the RFC 7606 verdict stands with its fault in fault.ts. */
export type AttributeRow<Value> = {
  readonly type: number
  readonly label: string // as RFCs and routers print it
  readonly class: AttributeClass
  readonly fault: FaultName // raised when the bytes end too early
  readonly internalOnly?: true // discarded from an external peer, RFC 7606 §7.5, §7.9, §7.10
  readonly decode: (reader: Reader, context: Context) => Value // the reader ends where the attribute ends
  readonly encode: (value: Value, context: Context) => Uint8Array
  readonly format: (value: Value) => string
}

export type AttributeTable = { readonly [Name in AttributeName]: AttributeRow<AttributeValues[Name]> }
