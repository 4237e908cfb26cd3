// How many messages of each kind went over a session, and how many bytes in all.
import { MessageType } from '../bgp/iana.ts'
import type { Message } from '../bgp/message.ts'
import type { MessageCounts } from '../bgp/observed.ts'

export type Counting = { -readonly [Name in keyof MessageCounts]: number }

export function noCounts(): Counting {
  return { open: 0, update: 0, notification: 0, keepalive: 0, 'route-refresh': 0, bytes: 0 }
}

const typeNames: Readonly<Record<number, Message['type']>> = {
  [MessageType.open]: 'open',
  [MessageType.update]: 'update',
  [MessageType.notification]: 'notification',
  [MessageType.keepalive]: 'keepalive',
  [MessageType.routeRefresh]: 'route-refresh',
}

/** One whole message, whose type is the byte behind marker and length (RFC 4271 §4.1). */
export function countMessage(counts: Counting, bytes: Uint8Array): void {
  const name = typeNames[bytes[18] ?? 0]
  if (name !== undefined) counts[name] += 1
  counts.bytes += bytes.length
}
