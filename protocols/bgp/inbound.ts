// From the bytes of a connection to events, one message at a time: what the first one agrees on decides how the
// next one is read. The one place where a BgpError of the peer's bytes is caught.
import { anyContext } from './context.ts'
import { BgpError } from './fault.ts'
import { laneOf } from './lane-list.ts'
import { decodeMessage, frameLength } from './message.ts'
import { violationOf } from './session.ts'
import type { ConnectionId, Event, Session } from './session.ts'
import { splitUpdate } from './split.ts'

export type Taken = { readonly event: Event; readonly rest: Uint8Array }

export type Split = { readonly parts: readonly Uint8Array[]; readonly rest: Uint8Array }

/** The first message of `bytes` as several that say the same, each to be given to takeMessage; nothing when it is short. */
export function takeSplit(session: Session, connection: ConnectionId, bytes: Uint8Array): Split | undefined {
  const context = laneOf(session, connection)?.agreement?.context
  if (context?.extendedMessage !== true) return undefined
  try {
    const length = frameLength(bytes, context)
    if (length === undefined || length > bytes.length) return undefined
    const parts = splitUpdate(bytes.subarray(0, length), context)
    return parts === undefined ? undefined : { parts, rest: bytes.subarray(length) }
  } catch (error) {
    if (error instanceof BgpError) return undefined // takeMessage says what is wrong
    throw error
  }
}

/** The first message of `bytes`; nothing while it is not whole. After a violation nothing can be read any more. */
export function takeMessage(
  session: Session,
  connection: ConnectionId,
  bytes: Uint8Array,
): Taken | undefined {
  const context = laneOf(session, connection)?.agreement?.context ?? anyContext
  try {
    const length = frameLength(bytes, context)
    if (length === undefined || length > bytes.length) return undefined
    const message = decodeMessage(bytes.subarray(0, length), context)
    return { event: { type: 'received', connection, message }, rest: bytes.subarray(length) }
  } catch (error) {
    if (!(error instanceof BgpError)) throw error
    const violation = violationOf(error)
    return { event: { type: 'violation', connection, violation }, rest: new Uint8Array(0) }
  }
}
