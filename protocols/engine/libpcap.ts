// Frames in and out of one interface by libpcap (libpcap.so.0.8), bound by koffi: pcap(3PCAP).
//
// The `cap` package aborts the process when a link goes down and crashes in a worker (docs/decisions.md); here a dead
// link is an error value, and the capture is closed and opened again when rtnetlink says that the link is back.
import koffi from 'koffi'
import { addressOf, copy, errno, errnoOf, interfaceOfPacketSocket, lastError, setsockopt } from './libc.ts'
import * as libpcap from './libpcap-calls.ts'
import type { Pcap } from './libpcap-calls.ts'
import { enableMoments, sendAndStamp, takeStamps } from './send-moment.ts'

export class CaptureError extends Error {
  override readonly name: string = 'CaptureError'
}

export type CaptureOptions = {
  readonly snaplen: number // bytes kept of each frame
  readonly bufferBytes: number // of the ring that the kernel writes into
  readonly filter: string // pcap-filter(7), run in the kernel
  readonly allMulticast: boolean // take frames to groups that nobody joined
  readonly outgoing?: boolean // what other programs of this machine send, too
}

/** Of a frame that `read` gave; valid until the next read. */
export type CapturedFrame = {
  readonly frame: Uint8Array // cut to snaplen
  readonly capturedAt: number // wall clock, µs
  readonly length: number // on the wire
}

/**
 * ARP, and solicitations and advertisements without extension headers. Not the keyword `inbound`: libpcap runs the
 * filter itself over the first frame after it is set, knows no direction there, and the first request would be lost.
 */
export const neighbourFilter = 'arp or (icmp6 and (icmp6[0] = 135 or icmp6[0] = 136))'

/**
 * 128 bytes hold every ARP packet and any solicitation with up to 50 bytes of options (two are usual: 16 bytes).
 * One that is longer cannot be checked, and is counted as cut off. A slot of the ring is then 208 bytes,
 * so that 256 kB hold about 1,200 frames: 12 ms of a flood of 100,000/s.
 */
export const neighbourCapture: CaptureOptions = {
  snaplen: 128,
  bufferBytes: 256 * 1024,
  filter: neighbourFilter,
  allMulticast: true,
}

const ethernetLinkType = 1
const directionBoth = 0
const directionIn = 1
const solPacket = 263
const packetAddMembership = 1
const packetMrAllmulti = 2
const packetIgnoreOutgoing = 23

const longestFrame = 2048 // that is sent

/**
 * An open capture. Every method but close throws CaptureError once the interface is gone or down.
 *
 * C gets addresses of memory that lies still, as numbers, and no typed arrays: koffi takes those too, but a small one
 * lies on V8's heap, and handing it out moves it off for good, at a microsecond and a finalizer for each frame.
 */
export class Capture {
  readonly fd: number
  private pcap: Pcap | undefined
  private readonly pointers = new BigUint64Array(new ArrayBuffer(16)) // where pcap_next_ex puts header and data
  private readonly pointersView = new DataView(this.pointers.buffer)
  private readonly pointersAt = addressOf(this.pointers.buffer)
  private readonly incoming: Uint8Array
  private readonly incomingAt: number
  private readonly outgoing = new Uint8Array(new ArrayBuffer(longestFrame))
  private readonly outgoingAt = addressOf(this.outgoing.buffer)
  private readonly frames: Uint8Array[] = [] // views of `incoming`, by length
  private headerAt = 0
  private hadStamps = false
  private header = new DataView(new ArrayBuffer(24))

  constructor(pcap: Pcap, options: CaptureOptions) {
    this.pcap = pcap
    const incoming = new ArrayBuffer(options.snaplen)
    this.incoming = new Uint8Array(incoming)
    this.incomingAt = addressOf(incoming)
    this.fd = libpcap.selectableFd(pcap)
    enableMoments(this.fd)
  }

  /** The next frame in the ring; undefined when there is none now. */
  read(): CapturedFrame | undefined {
    const pcap = this.live()
    const result = this.next(pcap)
    if (result === 0) return undefined
    if (result < 0) throw new CaptureError(libpcap.getError(pcap))
    const header = this.headerView(pointerAt(this.pointersView, 0))
    const captured = Math.min(header.getUint32(16, true), this.incoming.length)
    copy(this.incomingAt, pointerAt(this.pointersView, 8), captured)
    return {
      frame: (this.frames[captured] ??= this.incoming.subarray(0, captured)),
      capturedAt: pointerAt(header, 0) * 1e6 + header.getUint32(8, true),
      length: header.getUint32(20, true),
    }
  }

  private next(pcap: Pcap): number {
    const result = libpcap.nextEx(pcap, this.pointersAt, this.pointersAt + 8)
    if (result >= 0 || takeStamps(this.fd) === undefined) return result
    this.hadStamps = true
    return libpcap.nextEx(pcap, this.pointersAt, this.pointersAt + 8)
  }

  /** Of `injectAt`, and after the fact: why a poll of `fd` failed, which ends it, though nothing is wrong. */
  tookLateStamps(): boolean {
    const had = this.hadStamps || (this.pcap !== undefined && takeStamps(this.fd) !== undefined)
    this.hadStamps = false
    return had
  }

  /** struct pcap_pkthdr { timeval ts; uint32 caplen; uint32 len } lies in the handle: the same place each time. */
  private headerView(at: number): DataView {
    if (at !== this.headerAt) {
      this.headerAt = at
      this.header = new DataView(koffi.view(at, 24))
    }
    return this.header
  }

  /** False when the interface has no room for it now. */
  inject(frame: Uint8Array): boolean {
    const pcap = this.live()
    this.outgoing.set(frame)
    if (libpcap.inject(pcap, this.outgoingAt, frame.length) === frame.length) return true
    return this.refused(() => libpcap.getError(pcap))
  }

  /** The moment at which it went out, by the clock of `capturedAt`; dearer. False as above. */
  injectAt(frame: Uint8Array): number | false {
    this.live()
    this.outgoing.set(frame)
    const { sent, at } = sendAndStamp(this.fd, this.outgoingAt, frame.length)
    return sent === frame.length ? at : this.refused(lastError)
  }

  private refused(why: () => string): false {
    const code = errno()
    if (code === errnoOf['ENOBUFS'] || code === errnoOf['EAGAIN']) return false
    throw new CaptureError(why())
  }

  /** Since it was opened: frames that passed the filter, and those that found the ring full. */
  statistics(): { received: number; dropped: number } {
    const result = new Uint8Array(12)
    if (libpcap.stats(this.live(), result) !== 0) return { received: 0, dropped: 0 }
    const view = new DataView(result.buffer)
    return { received: view.getUint32(0, true), dropped: view.getUint32(4, true) }
  }

  close(): void {
    if (this.pcap === undefined) return
    libpcap.closePcap(this.pcap)
    this.pcap = undefined
  }

  private live(): Pcap {
    if (this.pcap === undefined) throw new CaptureError('closed')
    return this.pcap
  }
}

/** Throws CaptureError in libpcap's own words. Takes 1 to 4 ms. */
export function openCapture(device: string, options: CaptureOptions): Capture {
  const error = new Uint8Array(256)
  const pcap = libpcap.create(device, error)
  if (BigInt(pcap) === 0n) throw new CaptureError(textOf(error))
  try {
    prepare(pcap, options)
    return new Capture(pcap, options)
  } catch (thrown) {
    libpcap.closePcap(pcap)
    throw thrown
  }
}

function prepare(pcap: Pcap, options: CaptureOptions): void {
  libpcap.setSnaplen(pcap, options.snaplen)
  libpcap.setPromisc(pcap, 0)
  libpcap.setImmediateMode(pcap, 1)
  libpcap.setBufferSize(pcap, options.bufferBytes)
  const activated = libpcap.activate(pcap)
  if (activated < 0) throw new CaptureError(libpcap.getError(pcap) || `pcap_activate: ${activated}`)
  const type = libpcap.datalink(pcap)
  if (type !== ethernetLinkType) throw new CaptureError(`link type ${type} is not Ethernet`)
  attachFilter(pcap, options.filter)
  const direction = options.outgoing === true ? directionBoth : directionIn
  if (libpcap.setDirection(pcap, direction) !== 0) throw new CaptureError(libpcap.getError(pcap))
  const error = new Uint8Array(256)
  if (libpcap.setNonblock(pcap, 1, error) !== 0) throw new CaptureError(textOf(error))
  const fd = libpcap.selectableFd(pcap)
  if (options.outgoing !== true) ignoreOutgoing(fd)
  if (options.allMulticast) takeAllMulticast(fd)
}

function attachFilter(pcap: Pcap, filter: string): void {
  const program = new Uint8Array(16) // struct bpf_program
  const unknownNetmask = 0xffffffff
  if (libpcap.compile(pcap, program, filter, 1, unknownNetmask) !== 0)
    throw new CaptureError(libpcap.getError(pcap))
  const result = libpcap.setFilter(pcap, program)
  libpcap.freeCode(program)
  if (result !== 0) throw new CaptureError(libpcap.getError(pcap))
}

/**
 * packet(7), since Linux 4.20: what this machine sends takes no room in the ring. An older kernel refuses, and libpcap
 * drops it after the fact, by the direction.
 */
function ignoreOutgoing(fd: number): void {
  setsockopt(fd, solPacket, packetIgnoreOutgoing, Uint8Array.of(1, 0, 0, 0), 4)
}

/**
 * packet(7): PACKET_MR_ALLMULTI, so that solicitations arrive though the join of their group is not through yet.
 * The kernel takes it back when the socket is closed. Asks for no capability beyond that of the socket.
 */
function takeAllMulticast(fd: number): void {
  const request = new Uint8Array(16) // struct packet_mreq { int ifindex; ushort type; ushort alen; uchar address[8] }
  const view = new DataView(request.buffer)
  view.setInt32(0, interfaceOfPacketSocket(fd), true)
  view.setUint16(4, packetMrAllmulti, true)
  if (setsockopt(fd, solPacket, packetAddMembership, request, request.length) !== 0)
    throw new CaptureError(`PACKET_MR_ALLMULTI: ${lastError()}`)
}

function textOf(cString: Uint8Array): string {
  const end = cString.indexOf(0)
  return new TextDecoder().decode(cString.subarray(0, end < 0 ? cString.length : end))
}

/** 64 bits as a number: an address of user space, or seconds, has at most 47. */
function pointerAt(view: DataView, offset: number): number {
  return view.getUint32(offset, true) + view.getUint32(offset + 4, true) * 2 ** 32
}
