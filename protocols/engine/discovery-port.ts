// Frames of router discovery (RFC 4861 §4.1, §4.2) in and out of one interface, by libpcap: CAP_NET_RAW and no more.
import { whenReadable } from './libc.ts'
import { openCapture } from './libpcap.ts'
import type { CaptureOptions } from './libpcap.ts'

export type DiscoveryPort = { send(frame: Uint8Array): void; close(): void }

export type PortEvents = {
  readonly onFrame: (frame: Uint8Array) => void // valid until it returns
  readonly onFailed: (reason: string) => void // once; it is closed already
}

/** Throws in words. */
export type OpenPort = (device: string, events: PortEvents) => DiscoveryPort

/**
 * Solicitations and advertisements of routers, without extension headers. An advertisement may say much that is not
 * for us, but its checksum is over all of it. Solicitations go to a group that this node has not joined.
 */
const discoveryCapture: CaptureOptions = {
  snaplen: 2048,
  bufferBytes: 64 * 1024,
  filter: 'icmp6 and (icmp6[0] = 133 or icmp6[0] = 134)',
  allMulticast: true,
}

/** Then timers, messages and the sessions have their turn. */
const framesPerTurn = 16

export const openDiscoveryPort: OpenPort = (device, { onFrame, onFailed }) => {
  const capture = openCapture(device, discoveryCapture)
  let isOpen = true
  const close = () => {
    if (!isOpen) return
    isOpen = false
    poll.close() // before the descriptor, which the kernel may give to somebody else
    capture.close()
  }
  const fail = (error: unknown) => {
    if (!isOpen) return
    close()
    onFailed(error instanceof Error ? error.message : String(error))
  }
  const drain = () => {
    for (let count = 0; count < framesPerTurn && isOpen; count++) {
      const captured = capture.read()
      if (captured === undefined) return
      onFrame(captured.frame)
    }
  }
  const poll = whenReadable(capture.fd, drain, fail)
  return {
    send: (frame) => {
      try {
        capture.inject(frame)
      } catch (error) {
        fail(error)
      }
    },
    close,
  }
}
