// Sends frames sixty-four to a call (sendmmsg(2)), so that the one who asks costs less than the one who answers.
import koffi from 'koffi'

const libc = koffi.load(null)
const sendmmsg: (fd: number, messages: Uint8Array, count: number, flags: number) => number = libc.func(
  'int sendmmsg(int fd, void *messages, uint32_t count, int flags)',
)

const batch = 64
const messageBytes = 64 // struct mmsghdr: struct msghdr of 56 bytes, length, padding

export type Batch = {
  readonly frames: readonly Uint8Array[]
  readonly send: () => number
  readonly vectors: BigUint64Array // the kernel reads it by its address alone: it has to stay
}

/** Frames of one length that may be changed between two calls of `send`, which gives how many went out. */
export function batchOf(fd: number, model: Uint8Array): Batch {
  const memory = new ArrayBuffer(batch * model.length) // small arrays lie on V8's heap, which moves them
  const framesAt = BigInt(koffi.address(memory))
  const frames = Array.from({ length: batch }, (_, index) => {
    return new Uint8Array(memory, index * model.length, model.length)
  })
  const vectors = new BigUint64Array(2 * batch) // struct iovec { void *base; size_t length }
  const messages = new Uint8Array(batch * messageBytes)
  const view = new DataView(messages.buffer)
  for (const [index, frame] of frames.entries()) {
    frame.set(model)
    vectors[2 * index] = framesAt + BigInt(index * model.length)
    vectors[2 * index + 1] = BigInt(frame.length)
  }
  const vectorsAt = BigInt(koffi.address(vectors))
  for (let index = 0; index < batch; index++) {
    view.setBigUint64(index * messageBytes + 16, vectorsAt + BigInt(16 * index), true) // msg_iov
    view.setBigUint64(index * messageBytes + 24, 1n, true) // msg_iovlen
  }
  return { frames, vectors, send: () => Math.max(0, sendmmsg(fd, messages, batch, 0)) }
}
