// The few calls of the C library that Node has no name for, bound by koffi. Linux on 64 bits,
// little-endian: all machines that the image is built for (amd64, arm64).
import koffi from 'koffi'

const libc = koffi.load(null) // the process itself: glibc and musl alike

/** An address in memory: koffi gives a number where it is exact. */
export type Pointer = number | bigint

export type Bytes = Uint8Array | BigUint64Array

export const socket: (domain: number, type: number, protocol: number) => number = libc.func(
  'int socket(int domain, int type, int protocol)',
)
export const bind: (fd: number, address: Bytes, length: number) => number = libc.func(
  'int bind(int fd, const void *address, uint32_t length)',
)
export const recv: (fd: number, buffer: Bytes, length: number, flags: number) => number = libc.func(
  'intptr_t recv(int fd, void *buffer, size_t length, int flags)',
)
export const send: (fd: number, buffer: Bytes, length: number, flags: number) => number = libc.func(
  'intptr_t send(int fd, const void *buffer, size_t length, int flags)',
)
export const close: (fd: number) => number = libc.func('int close(int fd)')
export const connect: (fd: number, address: Bytes, length: number) => number = libc.func(
  'int connect(int fd, const void *address, uint32_t length)',
)
export const listen: (fd: number, backlog: number) => number = libc.func('int listen(int fd, int backlog)')

export const accept4: (fd: number, address: Bytes, length: Bytes, flags: number) => number = libc.func(
  'int accept4(int fd, void *address, void *length, int flags)',
)

/** These two are called for every datagram, with addresses of memory that lies still. */
type SendTo = (
  fd: number,
  buffer: Pointer,
  length: number,
  flags: number,
  to: Pointer,
  toLength: number,
) => number
export const sendto: SendTo = libc.func(
  'intptr_t sendto(int fd, uintptr_t buffer, size_t length, int flags, uintptr_t to, uint32_t to_length)',
)
type ReceiveFrom = (
  fd: number,
  buffer: Pointer,
  length: number,
  flags: number,
  from: Pointer,
  fromLength: Pointer,
) => number
export const recvfrom: ReceiveFrom = libc.func(
  'intptr_t recvfrom(int fd, uintptr_t buffer, size_t length, int flags, uintptr_t from, uintptr_t from_length)',
)

/** struct msghdr by its address. */
type MessageCall = (fd: number, message: Pointer, flags: number) => number
export const sendmsg: MessageCall = libc.func('intptr_t sendmsg(int fd, uintptr_t message, int flags)')
export const recvmsg: MessageCall = libc.func('intptr_t recvmsg(int fd, uintptr_t message, int flags)')

/** 0 = there is no such interface. */
export const ifNameToIndex: (name: string) => number = libc.func('uint32_t if_nametoindex(const char *name)')

type SetSocketOption = (fd: number, level: number, option: number, value: Bytes, length: number) => number
export const setsockopt: SetSocketOption = libc.func(
  'int setsockopt(int fd, int level, int option, const void *value, uint32_t length)',
)

export const getsockname: (fd: number, address: Bytes, length: Bytes) => number = libc.func(
  'int getsockname(int fd, void *address, void *length)',
)

const getsockopt: (fd: number, level: number, option: number, value: Bytes, length: Bytes) => number =
  libc.func('int getsockopt(int fd, int level, int option, void *value, void *length)')

const solSocket = 1
const soError = 4

/** socket(7), SO_ERROR: the errno of what was begun on it, 0 when it went well. */
export function pendingError(fd: number): number {
  const value = new Uint8Array(4)
  getsockopt(fd, solSocket, soError, value, Uint8Array.of(value.length, 0, 0, 0))
  return new DataView(value.buffer).getInt32(0, true)
}

/** packet(7), struct sockaddr_ll: the index of the interface that a packet socket is bound to. */
export function interfaceOfPacketSocket(fd: number): number {
  const address = new Uint8Array(32)
  getsockname(fd, address, Uint8Array.of(address.length, 0, 0, 0))
  return new DataView(address.buffer).getInt32(4, true)
}

/** memcpy(3) between addresses: out of memory that only C knows. */
export const copy: (target: Pointer, source: Pointer, length: number) => void = libc.func(
  'void memcpy(uintptr_t target, uintptr_t source, size_t length)',
)

/** Where the bytes of an ArrayBuffer lie; they stay there for as long as somebody holds the buffer. */
export function addressOf(buffer: ArrayBuffer): number {
  return Number(koffi.address(buffer))
}

const clockGettime: (clock: number, time: Bytes) => number = libc.func(
  'int clock_gettime(int clock, void *time)',
)
const schedSetscheduler: (pid: number, policy: number, parameter: Bytes) => number = libc.func(
  'int sched_setscheduler(int pid, int policy, const void *parameter)',
)
const strerror: (code: number) => string = libc.func('const char *strerror(int code)')

export const errno: () => number = koffi.errno
export const errnoOf = koffi.os.errno

/** 'EPERM: Operation not permitted' of the last call that failed. */
export function lastError(): string {
  return errorText(errno())
}

export function errorText(code: number): string {
  const name = Object.entries(errnoOf).find(([, value]) => value === code)?.[0] ?? `errno ${code}`
  return `${name}: ${strerror(code)}`
}

const timespec = new BigUint64Array(2)

/** CLOCK_REALTIME in microseconds: the clock that the kernel stamps captured frames with. */
export function wallMicros(): number {
  clockGettime(0, timespec)
  return Number(timespec[0]) * 1e6 + Math.floor(Number(timespec[1]) / 1000)
}

const schedRr = 2

/** Of the calling thread alone. The lowest of the real-time priorities: above everything ordinary, below the kernel's. */
export function trySetRealTime(): boolean {
  return schedSetscheduler(0, schedRr, Uint8Array.of(1, 0, 0, 0)) === 0
}

export type PollHandle = { close(): void }

/**
 * Calls back on the event loop of this thread as long as the descriptor is readable. Whatever `onReady` throws goes to
 * `onError`: koffi would swallow it and never call again. After a poll error (a packet socket whose interface went
 * down) libuv has stopped polling: that, too, is told to `onError`, once.
 *
 * koffi.node.poll is libuv's poll handle on the loop of the thread that calls it, so that frames, timers and messages of
 * other threads are served by one loop, in turn, and an idle worker sleeps.
 */
export function whenReadable(fd: number, onReady: () => void, onError: (error: unknown) => void): PollHandle {
  return koffi.node.poll(fd, { readable: true }, (...result: readonly unknown[]) => {
    const status = result[0] // koffi 3.3 gives the status first; its declarations leave it out
    try {
      onReady()
      if (typeof status === 'number' && status < 0) throw new Error(`poll failed: ${status}`)
    } catch (error) {
      onError(error)
    }
  })
}

/** Calls back once, when the descriptor can be written: a connection that was begun is open, or has failed. */
export function onceWritable(fd: number, onReady: () => void): PollHandle {
  const handle = koffi.node.poll(fd, { writable: true }, () => {
    handle.close()
    onReady()
  })
  return handle
}
