// An extended UPDATE (RFC 8654) holds up to 65,535 octets of routes, which take tens of milliseconds to read and to keep. It is
// taken as several of usual length that come to the same: withdrawals alone, announcements with the same attributes, or, where
// these are so wrong that the routes count as withdrawn (RFC 7606 §2), as withdrawals.
//
//   withdrawn | attributes | NLRI   =>   withdrawn 1 | - | -   …   - | attributes | NLRI 1   …   - | attributes | NLRI n
import { concatBytes, uint16At } from '../net/bytes.ts'
import { agreesOn } from './context.ts'
import type { Context } from './context.ts'
import { BgpError } from './fault.ts'
import { AttributeFlag, AttributeType, MessageType } from './iana.ts'
import { frame, headerLength } from './message.ts'
import { unicastFamily } from './nlri.ts'
import { decodeUpdate, updateBody, updateVerdict } from './update.ts'

/** Octets of routes that go together: a millisecond of work. */
const partLength = 2048

const none = new Uint8Array(0)

/** Parts that stand for one whole message; nothing where it is to be read as it is: short, no UPDATE, or broken beyond its routes. */
export function splitUpdate(message: Uint8Array, context: Context): readonly Uint8Array[] | undefined {
  if (message.length <= 2 * partLength || message[18] !== MessageType.update) return undefined
  const lists = listsOf(message.subarray(headerLength), context)
  if (lists === undefined) return undefined
  const bodies = isWithdrawn(lists, context) ? withdrawing(lists) : announcing(lists)
  return bodies.length < 2 ? undefined : bodies.map((body) => frame(MessageType.update, body))
}

/** The routes, cut into parts, and the attributes without them. */
type Lists = {
  readonly withdrawn: readonly Uint8Array[]
  readonly attributes: Uint8Array // neither MP_REACH_NLRI nor MP_UNREACH_NLRI
  readonly nlri: readonly Uint8Array[]
  readonly reach?: MpList | undefined
  readonly unreach?: MpList | undefined
}

type MpList = { readonly head: Uint8Array; readonly parts: readonly Uint8Array[] } // head: what stands before the routes

function listsOf(body: Uint8Array, context: Context): Lists | undefined {
  const withdrawnEnd = 2 + uint16At(body, 0)
  if (withdrawnEnd + 2 > body.length) return undefined
  const attributesEnd = withdrawnEnd + 2 + uint16At(body, withdrawnEnd)
  if (attributesEnd > body.length) return undefined
  const withdrawn = partsOf(body.subarray(2, withdrawnEnd), 32)
  const nlri = partsOf(body.subarray(attributesEnd), 32)
  const split = splitAttributes(body.subarray(withdrawnEnd + 2, attributesEnd), context)
  return withdrawn === undefined || nlri === undefined || split === undefined
    ? undefined
    : { withdrawn, nlri, ...split }
}

/** Prefixes that go together; nothing when there is one that is none. */
function partsOf(routes: Uint8Array, longest: number): readonly Uint8Array[] | undefined {
  const parts: Uint8Array[] = []
  let from = 0
  let at = 0
  while (at < routes.length) {
    const length = routes[at] ?? 0
    if (length > longest) return undefined
    at += 1 + ((length + 7) >>> 3)
    if (at > routes.length) return undefined
    if (at - from < partLength) continue
    parts.push(routes.subarray(from, at))
    from = at
  }
  if (from < routes.length) parts.push(routes.subarray(from))
  return parts
}

/** Nothing when they cannot be told apart, or one of the two stands twice. */
function splitAttributes(
  bytes: Uint8Array,
  context: Context,
): Pick<Lists, 'attributes' | 'reach' | 'unreach'> | undefined {
  const others: Uint8Array[] = []
  let reach: MpList | undefined
  let unreach: MpList | undefined
  for (let at = 0; at < bytes.length; ) {
    const [flags = 0, type] = bytes.subarray(at, at + 2)
    const isLong = (flags & AttributeFlag.extendedLength) !== 0
    const valueAt = at + (isLong ? 4 : 3)
    if (valueAt > bytes.length) return undefined
    const end = valueAt + (isLong ? uint16At(bytes, at + 2) : (bytes[at + 2] ?? 0))
    if (end > bytes.length) return undefined
    const isReach = type === AttributeType.mpReach
    if (!isReach && type !== AttributeType.mpUnreach) others.push(bytes.subarray(at, end))
    else {
      const known = isReach ? reach : unreach
      const list = mpListOf(bytes.subarray(valueAt, end), { isReach, flags, context })
      if (known !== undefined || list === undefined) return undefined
      if (isReach) reach = list
      else unreach = list
    }
    at = end
  }
  const attributes = concatBytes(...others)
  return {
    attributes,
    ...(reach === undefined ? {} : { reach }),
    ...(unreach === undefined ? {} : { unreach }),
  }
}

function mpListOf(
  value: Uint8Array,
  {
    isReach,
    flags,
    context,
  }: { readonly isReach: boolean; readonly flags: number; readonly context: Context },
): MpList | undefined {
  const family = { afi: value.length < 3 ? 0 : uint16At(value, 0), safi: value[2] ?? 0 }
  const unicast = unicastFamily(family)
  const headLength = isReach ? 5 + (value[3] ?? 0) : 3
  const isPlain = (flags & ~AttributeFlag.extendedLength) === AttributeFlag.optional
  if (unicast === undefined || !agreesOn(context, family) || !isPlain || headLength > value.length)
    return undefined
  const parts = partsOf(value.subarray(headLength), unicast === 'IPv4' ? 32 : 128)
  return parts === undefined ? undefined : { head: value.subarray(0, headLength), parts }
}

/** Judged by the attributes and the first of each list: what is wrong with them does not hang on how many routes there are. */
function isWithdrawn({ attributes, reach, nlri }: Lists, context: Context): boolean {
  const list =
    reach === undefined ? attributes : concatBytes(mpAttribute(AttributeType.mpReach, reach, 0), attributes)
  try {
    return (
      updateVerdict(decodeUpdate(updateBody(none, list, nlri[0] ?? none), context)) === 'treat-as-withdraw'
    )
  } catch (error) {
    if (error instanceof BgpError) return false // each part says so again, and ends the session
    throw error
  }
}

function announcing({ withdrawn, attributes, nlri, reach, unreach }: Lists): Uint8Array[] {
  return [
    ...withdrawn.map((part) => updateBody(part, none, none)),
    ...mpParts(AttributeType.mpUnreach, unreach).map((list) => updateBody(none, list, none)),
    ...mpParts(AttributeType.mpReach, reach).map((list) =>
      updateBody(none, concatBytes(list, attributes), none),
    ),
    ...nlri.map((part) => updateBody(none, attributes, part)),
  ]
}

/** The first says what is wrong, for the log; the others only what comes of it. */
function withdrawing(lists: Lists): Uint8Array[] {
  const { attributes, reach, nlri } = lists
  const first =
    reach === undefined ? attributes : concatBytes(mpAttribute(AttributeType.mpReach, reach, 0), attributes)
  const gone = reach === undefined ? undefined : { head: reach.head.subarray(0, 3), parts: reach.parts }
  return [
    updateBody(none, first, nlri[0] ?? none),
    ...announcing({ ...lists, withdrawn: [...lists.withdrawn, ...nlri], nlri: [], reach: undefined }),
    ...mpParts(AttributeType.mpUnreach, gone).map((list) => updateBody(none, list, none)),
  ]
}

function mpParts(type: number, list: MpList | undefined): Uint8Array[] {
  return (list?.parts ?? []).map((_, index) => (list === undefined ? none : mpAttribute(type, list, index)))
}

function mpAttribute(type: number, { head, parts }: MpList, index: number): Uint8Array {
  const part = parts[index] ?? none
  const length = head.length + part.length
  const { optional, extendedLength } = AttributeFlag
  return concatBytes(Uint8Array.of(optional | extendedLength, type, length >>> 8, length & 255), head, part)
}
