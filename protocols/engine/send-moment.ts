// A frame sent, and the moment at which the kernel handed it to the device, by the clock that it stamps captured frames
// with. The thread's own clock, before the call or after it, is wrong by milliseconds when the thread is put aside.
// https://docs.kernel.org/networking/timestamping.html §1.3.4 (asked for by control message), §2.1.1 (the error queue)
import { addressOf, recvmsg, sendmsg, setsockopt, wallMicros } from './libc.ts'

const solSocket = 1
const soTimestamping = 37 // of the option and of both control messages
const software = 1 << 4 // report stamps that software made
const onlyStamps = 1 << 11 // the frame itself does not come back
const whenQueued = 1 << 8 // as it enters the queue of the device: within the call that sends it

const dontWait = 0x40
const errorQueue = 0x2000

export type SentAt = { readonly sent: number; readonly at: number } // bytes, -1 = errno says why; wall clock, µs

/** Once for a socket. False: the kernel has no such stamps, and its own clock is asked. */
export function enableMoments(fd: number): boolean {
  const flags = Uint8Array.of(software, onlyStamps >> 8, 0, 0)
  return setsockopt(fd, solSocket, soTimestamping, flags, flags.length) === 0
}

// struct msghdr { void *name; uint32 namelen; iovec *iov; size_t iovlen; void *control; size_t controllen; int flags }
const at = { iov: 16, iovlen: 24, control: 32, controllen: 40, size: 56 } as const
const iovecSize = 16 // { void *base; size_t length }
const cmsgHeader = 16 // { size_t length; int level; int type }
const controlSize = 256

/** Memory of two calls, which lies still. */
class Message {
  readonly #buffer = new ArrayBuffer(at.size + iovecSize + controlSize)
  readonly view = new DataView(this.#buffer)
  readonly address = addressOf(this.#buffer)
  readonly control = at.size + iovecSize

  constructor() {
    this.view.setBigUint64(at.iov, BigInt(this.address + at.size), true)
    this.view.setBigUint64(at.control, BigInt(this.address + this.control), true)
  }

  /** What is sent, or where it is received. */
  data(address: number, length: number): void {
    this.view.setBigUint64(at.iovlen, length === 0 ? 0n : 1n, true)
    this.view.setBigUint64(at.size, BigInt(address), true)
    this.view.setBigUint64(at.size + 8, BigInt(length), true)
  }

  set controlLength(length: number) {
    this.view.setBigUint64(at.controllen, BigInt(length), true)
  }

  get controlLength(): number {
    return Number(this.view.getBigUint64(at.controllen, true))
  }
}

const outgoing = new Message()
const incoming = new Message()

/** `address`: of the frame, in memory that lies still. Where the kernel gives no stamp: the moment before the call. */
export function sendAndStamp(fd: number, address: number, length: number): SentAt {
  const before = wallMicros()
  const sent = sendForStamp(fd, address, length)
  return { sent, at: sent < 0 ? before : (takeStamps(fd) ?? before) }
}

/** The stamp is left in the error queue. */
export function sendForStamp(fd: number, address: number, length: number): number {
  const { view, control } = outgoing
  outgoing.data(address, length)
  outgoing.controlLength = cmsgHeader + 8 // padded
  view.setBigUint64(control, BigInt(cmsgHeader + 4), true)
  view.setInt32(control + 8, solSocket, true)
  view.setInt32(control + 12, soTimestamping, true)
  view.setUint32(control + cmsgHeader, whenQueued, true)
  return sendmsg(fd, outgoing.address, 0)
}

/**
 * The newest stamp in the error queue, which is empty then: what is left in it looks like a dead link. A device on top of
 * another that shapes what it sends gives one at once, and the one below another when it is through.
 */
export function takeStamps(fd: number): number | undefined {
  let newest: number | undefined
  for (;;) {
    incoming.data(0, 0)
    incoming.controlLength = controlSize
    if (recvmsg(fd, incoming.address, errorQueue | dontWait) < 0) return newest
    newest = readStamp() ?? newest
  }
}

/** struct scm_timestamping: the first of its three timespecs is that of software. */
function readStamp(): number | undefined {
  const { view, control } = incoming
  const end = control + incoming.controlLength
  for (let place = control; place + cmsgHeader <= end; ) {
    const length = Number(view.getBigUint64(place, true))
    if (length < cmsgHeader) return undefined
    const isStamp =
      view.getInt32(place + 8, true) === solSocket && view.getInt32(place + 12, true) === soTimestamping
    if (isStamp) return microsAt(view, place + cmsgHeader)
    place += (length + 7) & ~7
  }
  return undefined
}

function microsAt(view: DataView, place: number): number | undefined {
  const seconds = Number(view.getBigInt64(place, true))
  const micros = seconds * 1e6 + Math.floor(Number(view.getBigInt64(place + 8, true)) / 1000)
  return micros > 0 ? micros : undefined
}
