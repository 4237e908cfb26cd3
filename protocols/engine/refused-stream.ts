// A connection that could not even be begun: it ends in the next turn, with the reason.
import type { ByteStream, StreamEvents } from './byte-stream.ts'

export function refusedStream(reason: string, events: StreamEvents): ByteStream {
  let isClosed = false
  setImmediate(() => {
    if (!isClosed) events.onEnd(reason)
  })
  return {
    send: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
    close: () => {
      isClosed = true
      return Promise.resolve()
    },
  }
}
