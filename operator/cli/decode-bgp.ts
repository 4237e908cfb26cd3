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

/** One direction of a connection: what came in order and is no whole message yet. */
export type BgpStream = { pending: Uint8Array; nextSequence: number | undefined }

export function newBgpStream(): BgpStream {
  return { pending: new Uint8Array(0), nextSequence: undefined }
}

/**
 * The messages that end in this segment, in order; fails as BgpError at one that breaks the protocol, and goes on
 * with the next segment. What was sent before is passed over; after a gap the next marker is looked for.
 */
export function* readBgp(stream: BgpStream, segment: TcpSegment): Generator<Message> {
  take(stream, segment)
  try {
    for (;;) {
      const length = frameLength(stream.pending, viewerContext)
      if (length === undefined || length > stream.pending.length) return
      const bytes = stream.pending.subarray(0, length)
      stream.pending = stream.pending.subarray(length)
      yield decodeForViewer(bytes)
    }
  } catch (error) {
    stream.pending = new Uint8Array(0)
    throw error
  }
}

function take(stream: BgpStream, { sequence, payload, flags }: TcpSegment): void {
  const start = flags.includes('SYN') ? (sequence + 1) >>> 0 : sequence
  const seen = stream.nextSequence === undefined ? 0 : (stream.nextSequence - start) | 0
  if (seen > 0 && seen >= payload.length) return
  const isInOrder = stream.nextSequence !== undefined && seen >= 0
  const added = isInOrder ? payload.subarray(seen) : fromMarker(payload)
  stream.pending = isInOrder ? concatBytes(stream.pending, added) : added
  stream.nextSequence = (start + payload.length) >>> 0
}

/** A capture may begin in the middle of a message. Without any marker the bytes stand for themselves. */
function fromMarker(payload: Uint8Array): Uint8Array {
  let run = 0
  for (const [index, octet] of payload.entries()) {
    run = octet === 0xff ? run + 1 : 0
    if (run === 16) return payload.subarray(index - 15)
  }
  return payload
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
