// UPDATE, RFC 4271 §4.3, with its errors by RFC 7606.
//
//   +-----------------------------------------------------+
//   |   Withdrawn Routes Length (2 octets)                |
//   |   Withdrawn Routes (variable)                       |
//   |   Total Path Attribute Length (2 octets)            |
//   |   Path Attributes (variable)                        |
//   |   Network Layer Reachability Information (variable) |
//   +-----------------------------------------------------+
import type { Family } from '../net/address.ts'
import {
  concatBytes,
  readBytes,
  readerOf,
  readRest,
  readUint16,
  remaining,
  uint16Bytes,
} from '../net/bytes.ts'
import type { Reader } from '../net/bytes.ts'
import { decodeAttributes, encodeAttributes } from './attribute-list.ts'
import type { PathAttributes } from './attribute.ts'
import { agreesOn } from './context.ts'
import type { Context } from './context.ts'
import { BgpError, strongestVerdict } from './fault.ts'
import type { FaultName, Verdict } from './fault.ts'
import { Afi, Safi } from './iana.ts'
import { prefixBytes, readPrefixes, unicast, unicastFamily } from './nlri.ts'
import type { Prefix } from './nlri.ts'

export type Update = {
  readonly type: 'update'
  readonly withdrawn: readonly Prefix[] // IPv4 unicast
  readonly attributes: PathAttributes
  readonly nlri: readonly Prefix[] // IPv4 unicast
  readonly faults?: readonly UpdateFault[] // what was wrong short of a session reset; absent when nothing was
}

/** A fault that the session survives, as plain data. */
export type UpdateFault = {
  readonly fault: FaultName
  readonly code: number
  readonly subcode: number
  readonly verdict: Verdict
  readonly message: string
}

const fixedLength = 4 // the two lengths

export function decodeUpdate(body: Uint8Array, context: Context): Update {
  const reader = readerOf(body, 'RFC 4271 §4.3')
  const withdrawnBytes = readPart(reader, 'withdrawn routes length')
  const attributeBytes = readPart(reader, 'path attributes length')
  const withdrawn = readPrefixes(readerOf(withdrawnBytes, 'RFC 4271 §4.3'), 'IPv4', 'withdrawn routes')
  const nlri = readPrefixes(readerOf(readRest(reader), 'RFC 4271 §4.3'), 'IPv4', 'NLRI')
  const { attributes, errors } = decodeAttributes(attributeBytes, context)
  const missing = missingMandatory(attributes, nlri, context)
  const all = missing === undefined ? errors : [...errors, missing]
  const update = { type: 'update', withdrawn, attributes, nlri } as const
  return all.length === 0 ? update : { ...update, faults: all.map(plainFault) }
}

/** A length of 2 octets and that many bytes, which must leave room for the other length. */
function readPart(reader: Reader, fault: FaultName): Uint8Array {
  if (remaining(reader) < 2) throw new BgpError(fault, 'cut off')
  const length = readUint16(reader, fault)
  if (length > remaining(reader))
    throw new BgpError(fault, `${length} octets announced, ${remaining(reader)} left`)
  return readBytes(reader, length, fault)
}

/** RFC 7606 §3 d and RFC 4760 §3: NEXT_HOP is mandatory only where NLRI stands outside MP_REACH_NLRI. */
function missingMandatory(
  attributes: PathAttributes,
  nlri: readonly Prefix[],
  context: Context,
): BgpError | undefined {
  if (nlri.length === 0 && attributes.mpReach === undefined) return undefined
  const missing = [
    attributes.origin === undefined && 'ORIGIN',
    attributes.asPath === undefined && 'AS_PATH',
    nlri.length > 0 && attributes.nextHop === undefined && 'NEXT_HOP',
    context.peer === 'internal' && attributes.localPref === undefined && 'LOCAL_PREF',
  ].find((label) => label !== false)
  return missing === undefined ? undefined : new BgpError('mandatory attribute', `${missing} is missing`)
}

function plainFault({ fault, code, subcode, verdict, message }: BgpError): UpdateFault {
  return { fault, code, subcode, verdict, message }
}

export function encodeUpdate(update: Update, context: Context): Uint8Array {
  const withdrawn = concatBytes(...update.withdrawn.map(prefixBytes))
  const attributes = encodeAttributes(update.attributes, context)
  const nlri = concatBytes(...update.nlri.map(prefixBytes))
  return updateBody(withdrawn, attributes, nlri)
}

/** From parts that are encoded already: pack.ts fills messages with them. */
export function updateBody(withdrawn: Uint8Array, attributes: Uint8Array, nlri: Uint8Array): Uint8Array {
  return concatBytes(
    uint16Bytes(withdrawn.length),
    withdrawn,
    uint16Bytes(attributes.length),
    attributes,
    nlri,
  )
}

/** Octets of an UPDATE's body that are neither routes nor attributes. */
export const updateOverhead = fixedLength

/** What RFC 7606 makes of the whole message. */
export function updateVerdict(update: Update): Verdict | undefined {
  return strongestVerdict(update.faults ?? [])
}

/** Routes of one family that an UPDATE brings and takes, after its verdict: what is treated as withdrawn is. */
export type RouteChanges = {
  readonly family: Family
  readonly announced: readonly Prefix[]
  readonly withdrawn: readonly Prefix[]
}

/**
 * In the order in which they come to pass: a route that one part withdraws and another announces is announced. RFC 4271
 * §4.3: such a message is read "as if the WITHDRAWN ROUTES do not contain the address prefix"; so MP_UNREACH_NLRI is first.
 */
export function routeChanges(update: Update, context: Context): RouteChanges[] {
  const { mpReach, mpUnreach } = update.attributes
  const changes: RouteChanges[] = []
  const gone = mpUnreach === undefined ? undefined : unicastFamily(mpUnreach)
  if (mpUnreach !== undefined && gone !== undefined && 'prefixes' in mpUnreach)
    changes.push({ family: gone, announced: [], withdrawn: mpUnreach.prefixes })
  if (agreesOn(context, unicast.IPv4))
    changes.push({ family: 'IPv4', announced: update.nlri, withdrawn: update.withdrawn })
  const come = mpReach === undefined ? undefined : unicastFamily(mpReach)
  if (mpReach !== undefined && come !== undefined && 'prefixes' in mpReach)
    changes.push({ family: come, announced: mpReach.prefixes, withdrawn: [] })
  const effective = changes.filter((change) => change.announced.length + change.withdrawn.length > 0)
  if (updateVerdict(update) !== 'treat-as-withdraw') return effective
  return effective.map(({ family, announced, withdrawn }) => ({
    family,
    announced: [],
    withdrawn: [...withdrawn, ...announced],
  }))
}

/** The family whose initial routes are complete with this message, RFC 4724 §2. */
export function endOfRib(update: Update): Family | undefined {
  if (update.faults !== undefined || update.withdrawn.length + update.nlri.length > 0) return undefined
  const names = Object.keys(update.attributes)
  if (names.length === 0) return 'IPv4'
  const { mpUnreach } = update.attributes
  if (names.length > 1 || mpUnreach === undefined || !('prefixes' in mpUnreach)) return undefined
  return mpUnreach.prefixes.length === 0 ? unicastFamily(mpUnreach) : undefined
}

export function endOfRibUpdate(family: Family): Update {
  const empty = { type: 'update', withdrawn: [], nlri: [] } as const
  if (family === 'IPv4') return { ...empty, attributes: {} }
  return { ...empty, attributes: { mpUnreach: { afi: Afi.ipv6, safi: Safi.unicast, prefixes: [] } } }
}
