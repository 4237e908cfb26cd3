// A BGP message: header and framing, RFC 4271 §4.1 and §6.1; extended messages RFC 8654.
//
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                       Marker (16 octets, all ones)            |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |          Length               |      Type     |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
import { concatBytes, uint16At, uint16Bytes } from '../net/bytes.ts'
import { extendedMessageLimit, messageLimit } from './context.ts'
import type { Context } from './context.ts'
import { BgpError } from './fault.ts'
import { MessageType, nameOf } from './iana.ts'
import { decodeNotification, encodeNotification } from './notification.ts'
import type { Notification } from './notification.ts'
import { decodeOpen, encodeOpen } from './open.ts'
import type { Open } from './open.ts'
import { decodeRouteRefresh, encodeRouteRefresh } from './refresh.ts'
import type { RouteRefresh } from './refresh.ts'
import { decodeUpdate, encodeUpdate } from './update.ts'
import type { Update } from './update.ts'

export type Keepalive = { readonly type: 'keepalive' }

export type Message = Open | Update | Notification | Keepalive | RouteRefresh

export const headerLength = 19
const markerLength = 16

/** RFC 4271 §4.1–4.5, RFC 2918 §3: the least that a message of that type has. */
const minimumLengths: Readonly<Record<number, number>> = {
  [MessageType.open]: 29,
  [MessageType.update]: 23,
  [MessageType.notification]: 21,
  [MessageType.keepalive]: headerLength,
  [MessageType.routeRefresh]: 23,
}

/**
 * The length of the first message in `bytes`, or nothing while there is no whole header yet. Judges the
 * header as soon as it is there: who waits for 65,535 octets after a wrong length waits for the peer's leisure.
 */
export function frameLength(bytes: Uint8Array, context: Context): number | undefined {
  const marker = bytes.subarray(0, markerLength)
  if (marker.some((octet) => octet !== 0xff)) throw new BgpError('marker', 'not all ones')
  if (bytes.length < headerLength) return undefined
  const length = uint16At(bytes, markerLength)
  const type = bytes[markerLength + 2] ?? 0
  // A length that no message has is judged before the type: the type of what is no message means nothing.
  if (length < headerLength) throw lengthError(length, 'shorter than a header')
  const minimum = minimumLengths[type]
  if (minimum === undefined) throw new BgpError('message type', String(type), Uint8Array.of(type))
  const name = nameOf(MessageType, type)
  if (length < minimum || (type === MessageType.keepalive && length !== minimum))
    throw lengthError(length, `${length} octets for ${name}`)
  const limit = lengthLimit(type, context)
  if (length > limit) throw lengthError(length, `${length} octets for ${name}, the limit is ${limit}`)
  return length
}

/** RFC 8654 §4: OPEN and KEEPALIVE never grow. */
function lengthLimit(type: number, context: Context): number {
  const mayGrow = context.extendedMessage && type !== MessageType.open && type !== MessageType.keepalive
  return mayGrow ? extendedMessageLimit : messageLimit
}

/** RFC 4271 §6.1: the data is the erroneous length field. */
function lengthError(length: number, problem: string): BgpError {
  return new BgpError('message length', problem, uint16Bytes(length))
}

/** Exactly one message. Throws BgpError for what resets the session; lesser faults stand in the UPDATE. */
export function decodeMessage(bytes: Uint8Array, context: Context): Message {
  const length = frameLength(bytes, context)
  if (length !== bytes.length)
    throw new BgpError('message length', `${length ?? 'a header'} announced, ${bytes.length} octets there`)
  const body = bytes.subarray(headerLength)
  const type = bytes[markerLength + 2] ?? 0
  switch (type) {
    case MessageType.open:
      return decodeOpen(body)
    case MessageType.update:
      return decodeUpdate(body, context)
    case MessageType.notification:
      return decodeNotification(body)
    case MessageType.routeRefresh:
      return decodeRouteRefresh(body)
    default:
      return { type: 'keepalive' } // frameLength lets no other type pass
  }
}

export function encodeMessage(message: Message, context: Context): Uint8Array {
  switch (message.type) {
    case 'open':
      return frame(MessageType.open, encodeOpen(message))
    case 'update':
      return frame(MessageType.update, encodeUpdate(message, context))
    case 'notification':
      return frame(MessageType.notification, encodeNotification(message))
    case 'keepalive':
      return frame(MessageType.keepalive, new Uint8Array(0))
    case 'route-refresh':
      return frame(MessageType.routeRefresh, encodeRouteRefresh(message))
  }
}

/** A body with its header. */
export function frame(type: number, body: Uint8Array): Uint8Array {
  const length = headerLength + body.length
  if (length > extendedMessageLimit) throw new RangeError(`a message of ${length} octets`)
  const header = concatBytes(
    new Uint8Array(markerLength).fill(0xff),
    uint16Bytes(length),
    Uint8Array.of(type),
  )
  return concatBytes(header, body)
}
