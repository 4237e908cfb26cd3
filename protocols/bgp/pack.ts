// Fills UPDATEs: as many prefixes as the message limit takes, those with the same attributes together; never
// announcements and withdrawals, nor two families, in one message (RFC 7606 §5.1). The caller keeps the
// place: `next` is the first prefix that did not fit, so that work on a full table can be put down and resumed.
import type { Family } from '../net/address.ts'
import { concatBytes } from '../net/bytes.ts'
import { encodeAttributes } from './attribute-list.ts'
import type { PathAttributes } from './attribute.ts'
import { extendedMessageLimit, messageLimit } from './context.ts'
import type { Context } from './context.ts'
import { AttributeFlag, AttributeType, MessageType } from './iana.ts'
import { frame, headerLength } from './message.ts'
import { familyBytes, nextHopBytes } from './multiprotocol.ts'
import { prefixBytes, unicast } from './nlri.ts'
import type { Prefix } from './nlri.ts'
import { endOfRibUpdate, encodeUpdate, updateBody, updateOverhead } from './update.ts'

/** Prefixes of one family that go with the same attributes. */
export type RouteGroup = {
  readonly family: Family
  readonly nextHops: readonly string[] // one, or for IPv6 the global one and the link-local one
  readonly attributes: PathAttributes // without NEXT_HOP and the MP attributes
  readonly prefixes: readonly Prefix[]
}

export type Packed = { readonly message: Uint8Array; readonly next: number }

const none = new Uint8Array(0)
const longHeader = 4 // of an attribute with a length of two octets
const mpUnreachHead = 3 // AFI, SAFI

/** What a message holds beside header and lengths. */
function room(context: Context): number {
  const limit = context.extendedMessage ? extendedMessageLimit : messageLimit
  return limit - headerLength - updateOverhead
}

/** One UPDATE that withdraws `prefixes` from place `from` on. */
export function packWithdrawal(
  { family, prefixes }: Pick<RouteGroup, 'family' | 'prefixes'>,
  from: number,
  context: Context,
): Packed {
  const isClassic = family === 'IPv4'
  const overhead = isClassic ? 0 : longHeader + mpUnreachHead
  const { routes, next } = takeRoutes(prefixes, from, room(context) - overhead)
  const body = isClassic
    ? updateBody(routes, none, none)
    : updateBody(none, mpAttribute(AttributeType.mpUnreach, familyBytes(unicast[family]), routes), none)
  return { message: frame(MessageType.update, body), next }
}

/** One UPDATE that announces the group's prefixes from place `from` on. */
export function packAnnouncement(group: RouteGroup, from: number, context: Context): Packed {
  const fixed = fixedParts(group, context)
  const { routes, next } = takeRoutes(group.prefixes, from, room(context) - fixed.size)
  const body =
    fixed.reachHead === undefined
      ? updateBody(none, fixed.attributes, routes)
      : updateBody(
          none,
          concatBytes(mpAttribute(AttributeType.mpReach, fixed.reachHead, routes), fixed.attributes),
          none,
        )
  return { message: frame(MessageType.update, body), next }
}

/** Whether at least one prefix fits beside the attributes: some hundred communities leave no room. */
export function groupFits(group: RouteGroup, context: Context): boolean {
  const longestPrefix = group.family === 'IPv4' ? 5 : 17
  return fixedParts(group, context).size + longestPrefix <= room(context)
}

export function packEndOfRib(family: Family, context: Context): Uint8Array {
  return frame(MessageType.update, encodeUpdate(endOfRibUpdate(family), context))
}

type FixedParts = {
  readonly attributes: Uint8Array
  readonly reachHead?: Uint8Array // AFI to the reserved octet; absent when NLRI stands in the body
  readonly size: number
}

/** IPv4 over an IPv4 next hop stands in the body of the UPDATE (RFC 4271), all else in MP_REACH_NLRI. */
function fixedParts({ family, nextHops, attributes }: RouteGroup, context: Context): FixedParts {
  const [first = ''] = nextHops
  if (family === 'IPv4' && !first.includes(':')) {
    const bytes = encodeAttributes({ ...attributes, nextHop: first }, context)
    return { attributes: bytes, size: bytes.length }
  }
  const bytes = encodeAttributes(attributes, context)
  const nextHop = concatBytes(...nextHops.map(nextHopBytes))
  const reachHead = concatBytes(
    familyBytes(unicast[family]),
    Uint8Array.of(nextHop.length),
    nextHop,
    Uint8Array.of(0),
  )
  return { attributes: bytes, reachHead, size: bytes.length + longHeader + reachHead.length }
}

function mpAttribute(type: number, head: Uint8Array, routes: Uint8Array): Uint8Array {
  const length = head.length + routes.length
  const { optional, extendedLength } = AttributeFlag
  const header =
    length > 255
      ? Uint8Array.of(optional | extendedLength, type, length >>> 8, length)
      : Uint8Array.of(optional, type, length)
  return concatBytes(header, head, routes)
}

function takeRoutes(prefixes: readonly Prefix[], from: number, size: number) {
  const routes: Uint8Array[] = []
  let used = 0
  let next = from
  for (; next < prefixes.length; next++) {
    const bytes = prefixBytes(prefixes[next] ?? '')
    if (used + bytes.length > size) break
    routes.push(bytes)
    used += bytes.length
  }
  if (next === from && next < prefixes.length)
    throw new RangeError('no prefix fits beside these attributes: ask groupFits first')
  return { routes: concatBytes(...routes), next }
}
