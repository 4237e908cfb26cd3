// BGP on a TCP connection, for herald decode: segments put together to a stream, messages out of it, each in words.
import { formatAttributes } from '../../protocols/bgp/attribute-list.ts'
import type { PathAttributes } from '../../protocols/bgp/attribute.ts'
import { formatCapability } from '../../protocols/bgp/capability-list.ts'
import { viewerContext } from '../../protocols/bgp/context.ts'
import type { Context } from '../../protocols/bgp/context.ts'
import { decodeMessage, frameLength } from '../../protocols/bgp/message.ts'
import type { Message } from '../../protocols/bgp/message.ts'
import { formatNotification } from '../../protocols/bgp/notification.ts'
import { openAs } from '../../protocols/bgp/open.ts'
import type { Open } from '../../protocols/bgp/open.ts'
import { endOfRib } from '../../protocols/bgp/update.ts'
import type { Update } from '../../protocols/bgp/update.ts'
import { concatBytes } from '../../protocols/net/bytes.ts'
import type { TcpSegment } from '../../protocols/net/tcp.ts'

/** One direction of a connection: what came in order and is no whole message yet, and what is missing before it. */
export type BgpStream = {
  pending: Uint8Array
  nextSequence: number | undefined
  gaps: readonly Gap[] // in order
  isLost: boolean // no marker was seen behind the last gap
}

/** Segments that were not seen, or not yet: of a capture with several queues they may come later. */
type Gap = {
  readonly from: number // sequence numbers
  readonly until: number
  readonly before: Uint8Array // of a message that goes on in the gap
  readonly pieces: readonly { readonly start: number; readonly bytes: Uint8Array }[] // of the middle, as they came
  readonly after: Uint8Array // of one that began in it
}

/** A gap that is older is taken for a loss of the capture. */
const openGaps = 16
const longestMessage = 65_535
const noBytes = new Uint8Array(0)

export function newBgpStream(): BgpStream {
  return { pending: noBytes, nextSequence: undefined, gaps: [], isLost: false }
}

/**
 * The messages that end in this segment, in order; fails as BgpError at one that breaks the protocol, and goes on
 * with the next segment. What was sent before is passed over; after a gap the next marker is looked for, and what is in
 * the gap is read when it comes.
 */
export function* readBgp(stream: BgpStream, segment: TcpSegment): Generator<Message> {
  const { payload, flags } = segment
  const sequence = flags.includes('SYN') ? (segment.sequence + 1) >>> 0 : segment.sequence
  const late = fillGap(stream, sequence, payload)
  if (late !== undefined) {
    yield* messagesIn({ pending: late })
    return
  }
  take(stream, sequence, payload)
  try {
    yield* messagesIn(stream)
  } catch (error) {
    stream.pending = noBytes
    throw error
  }
}

/** Takes out what it yields. */
function* messagesIn(buffer: { pending: Uint8Array }): Generator<Message> {
  for (;;) {
    const length = frameLength(buffer.pending, viewerContext)
    if (length === undefined || length > buffer.pending.length) return
    const bytes = buffer.pending.subarray(0, length)
    buffer.pending = buffer.pending.subarray(length)
    yield decodeForViewer(bytes)
  }
}

function take(stream: BgpStream, start: number, payload: Uint8Array): void {
  const expected = stream.nextSequence
  const seen = expected === undefined ? 0 : (expected - start) | 0
  if (seen > 0 && seen >= payload.length) return
  stream.nextSequence = (start + payload.length) >>> 0
  if (expected === undefined) {
    stream.pending = payload.subarray(markerAt(payload) ?? 0)
  } else if (seen < 0) {
    const gap = { from: expected, until: start, before: stream.pending, pieces: [], after: noBytes }
    stream.gaps = [...stream.gaps, gap].slice(-openGaps)
    seek(stream, payload)
  } else if (stream.isLost) seek(stream, payload.subarray(seen))
  else stream.pending = concatBytes(stream.pending, payload.subarray(seen))
}

/** Behind a gap: up to the next marker all belongs to what began in it. */
function seek(stream: BgpStream, payload: Uint8Array): void {
  const at = markerAt(payload)
  const last = stream.gaps.at(-1)
  stream.isLost = at === undefined
  stream.pending = payload.subarray(at ?? payload.length)
  if (last === undefined || last.after.length > longestMessage) return
  const after = concatBytes(last.after, payload.subarray(0, at))
  stream.gaps = [...stream.gaps.slice(0, -1), { ...last, after }]
}

/** What can be read now that this part of a gap is known; undefined: it is of none. */
function fillGap(stream: BgpStream, start: number, payload: Uint8Array): Uint8Array | undefined {
  const gap = stream.gaps.find(({ from, until }) => {
    return ((start - from) | 0) >= 0 && ((until - start) | 0) > 0 && payload.length > 0
  })
  if (gap === undefined) return undefined
  const piece = { start, bytes: payload.subarray(0, (gap.until - start) >>> 0) }
  const { from, before, pieces } = joined({ ...gap, pieces: [...gap.pieces, piece] })
  const isClosed = from === gap.until
  const known = isClosed ? concatBytes(before, gap.after) : before
  const rest = restOf(known)
  if (isClosed && stream.isLost && gap === stream.gaps.at(-1)) {
    stream.pending = rest
    stream.isLost = false
  }
  const left = isClosed ? [] : [{ ...gap, from, before: rest, pieces }]
  stream.gaps = stream.gaps.flatMap((one) => (one === gap ? left : [one]))
  return known.subarray(0, known.length - rest.length)
}

/** Piece by piece from the beginning, as far as they follow each other. What was sent twice counts once. */
function joined({ from, before, pieces, ...gap }: Gap): Gap {
  const byStart = new Map(pieces.map((piece) => [piece.start, piece]))
  const following: Uint8Array[] = []
  let next = from
  for (let piece = byStart.get(next); piece !== undefined; piece = byStart.get(next)) {
    byStart.delete(next)
    following.push(piece.bytes)
    next = (next + piece.bytes.length) >>> 0
  }
  return { ...gap, from: next, before: concatBytes(before, ...following), pieces: [...byStart.values()] }
}

/** What is left behind the last whole message. */
function restOf(bytes: Uint8Array): Uint8Array {
  let rest = bytes
  for (;;) {
    const length = rest.length < 19 ? undefined : ((rest[16] ?? 0) << 8) | (rest[17] ?? 0)
    if (length === undefined || length < 19 || length > rest.length) return rest
    rest = rest.subarray(length)
  }
}

/** Where a message begins: a capture may begin in the middle of one. */
function markerAt(payload: Uint8Array): number | undefined {
  let run = 0
  for (const [index, octet] of payload.entries()) {
    run = octet === 0xff ? run + 1 : 0
    if (run === 16) return index - 15
  }
  return undefined
}

/** Who has not seen the OPENs cannot know how wide an AS is: four octets, unless only two make sense. */
function decodeForViewer(bytes: Uint8Array): Message {
  const wide = decodeMessage(bytes, viewerContext)
  if (wide.type !== 'update' || wide.faults === undefined) return wide
  const twoOctet: Context = { ...viewerContext, fourOctetAs: false }
  const narrow = decodeMessage(bytes, twoOctet)
  return narrow.type === 'update' && narrow.faults === undefined ? narrow : wide
}

export function describeBgp(message: Message): string {
  switch (message.type) {
    case 'keepalive':
      return 'KEEPALIVE'
    case 'open':
      return describeOpen(message)
    case 'notification':
      return `NOTIFICATION ${formatNotification(message)}`
    case 'route-refresh':
      return `ROUTE-REFRESH ${message.afi}/${message.safi} subtype ${message.subtype}`
    case 'update':
      return describeUpdate(message)
  }
}

function describeOpen(open: Open): string {
  const { holdTimeS, identifier, capabilities } = open
  const said = capabilities.map(formatCapability).join(', ')
  return `OPEN AS ${openAs(open)} hold ${holdTimeS} s identifier ${identifier}${said === '' ? '' : `: ${said}`}`
}

function describeUpdate(update: Update): string {
  const family = endOfRib(update)
  if (family !== undefined) return `UPDATE end of RIB ${family}`
  const { withdrawn, nlri, attributes, faults = [] } = update
  return [
    'UPDATE',
    ...listInWords('withdraws', withdrawn),
    ...listInWords('announces', nlri),
    ...attributesInWords(attributes),
    ...faults.map(({ verdict, message }) => `(${verdict}: ${message})`),
  ].join(' ')
}

function listInWords(verb: string, prefixes: readonly string[]): string[] {
  return prefixes.length === 0 ? [] : [`${verb} ${prefixes.join(' ')}`]
}

function attributesInWords(attributes: PathAttributes): string[] {
  const said = formatAttributes(attributes)
  return said.length === 0 ? [] : [`[${said.join('; ')}]`]
}
