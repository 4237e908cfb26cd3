// Classic BPF on a socket: what the kernel drops before it is queued (socket(7), SO_ATTACH_FILTER).
//
// The one way to require a TTL of UDP: IP_MINTTL is taken without complaint and does nothing there (RFC 5881 §5 wants it).
import { BfdPort } from '../bfd/iana.ts'
import { addressBytes, parseAddress } from '../net/address.ts'
import { uint32At } from '../net/bytes.ts'
import { addressOf, lastError, setsockopt } from './libc.ts'

/** struct sock_filter: code, where to go when true, when false (instructions to skip), operand. */
export type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, operand: number]

/** <linux/bpf_common.h>. */
const loadWord = 0x20 // BPF_LD | BPF_W | BPF_ABS
const loadHalf = 0x28 // BPF_LD | BPF_H | BPF_ABS
const loadByte = 0x30 // BPF_LD | BPF_B | BPF_ABS
const jumpEqual = 0x15 // BPF_JMP | BPF_JEQ | BPF_K
const jumpAtLeast = 0x35 // BPF_JMP | BPF_JGE | BPF_K
const give = 0x06 // BPF_RET | BPF_K

/** SKF_NET_OFF: offsets from here on count from the IP header, wherever the socket's own data begin. */
const networkHeader = -0x100000
const header = {
  IPv4: { ttl: 8, protocol: 9, source: 12, payload: 20 },
  IPv6: { ttl: 7, protocol: 6, source: 8, payload: 40 },
} as const

const everyByte = 0xffffffff
const accept: Instruction = [give, 0, 0, everyByte]
const drop: Instruction = [give, 0, 0, 0]

/** A socket that is there only to hold its port. */
export const dropAll: readonly Instruction[] = [drop]

/** Who may be heard, and with what TTL (hop limit) at least. */
export type AdmittedPeer = { readonly address: string; readonly minimumTtl: number }

/** Of one family. An unknown source, or one from too far away, costs nobody here anything. */
export function admitOnly(peers: readonly AdmittedPeer[], family: 'IPv4' | 'IPv6'): readonly Instruction[] {
  return [...peers.flatMap((peer) => admit(peer, family)), drop]
}

/** Falls through to the next peer when the source is another one. */
function admit({ address, minimumTtl }: AdmittedPeer, family: 'IPv4' | 'IPv6'): readonly Instruction[] {
  const bytes = bytesOf(address, family)
  const { ttl, source } = header[family]
  const verdict: readonly Instruction[] = [
    [loadByte, 0, 0, networkHeader + ttl],
    [jumpAtLeast, 0, 1, minimumTtl],
    accept,
    drop,
  ]
  const words = bytes.length / 4
  const compare = Array.from({ length: words }, (_, word): readonly Instruction[] => [
    [loadWord, 0, 0, networkHeader + source + 4 * word],
    [jumpEqual, 0, 2 * (words - 1 - word) + verdict.length, uint32At(bytes, 4 * word)],
  ])
  return [...compare.flat(), ...verdict]
}

const longestProgram = 4096 // BPF_MAXINSNS

/** Of a session that waits for its peer: whom to look for, and the TTL below which its packets are dropped. */
export type FarPeer = {
  readonly address: string
  readonly multihop: boolean
  readonly minimumTtl: number
}

/**
 * On a packet socket of one family: BFD of these peers that comes from too far, the headers of it. Of more peers than a filter
 * has room for, by less of each: whoever reads the socket looks at the rest.
 */
export function farPackets(peers: readonly FarPeer[], family: 'IPv4' | 'IPv6'): readonly Instruction[] {
  const exact = [...peers.flatMap((peer) => far(peer, family)), drop]
  return exact.length <= longestProgram ? exact : roughlyFar(peers, family)
}

/** BFD below the highest TTL that is asked for, from an address with the last word of one of theirs; beyond that, from any. */
function roughlyFar(peers: readonly FarPeer[], family: 'IPv4' | 'IPv6'): readonly Instruction[] {
  const { ttl, source, protocol, payload } = header[family]
  const highest = Math.max(...peers.map(({ minimumTtl }) => minimumTtl))
  const common: readonly Instruction[] = [
    [loadByte, 0, 0, networkHeader + protocol],
    [jumpEqual, 1, 0, udp],
    drop,
    [loadHalf, 0, 0, networkHeader + payload + 2],
    [jumpEqual, 2, 0, BfdPort.singleHop],
    [jumpEqual, 1, 0, BfdPort.multihop],
    drop,
    [loadByte, 0, 0, networkHeader + ttl],
    [jumpAtLeast, 0, 1, highest],
    drop,
  ]
  const lastWord = family === 'IPv4' ? 0 : 12
  const words = new Set(peers.map(({ address }) => uint32At(bytesOf(address, family), lastWord)))
  const ours = [...words].flatMap((word): readonly Instruction[] => [[jumpEqual, 0, 1, word], accept])
  const program: readonly Instruction[] = [
    ...common,
    [loadWord, 0, 0, networkHeader + source + lastWord],
    ...ours,
    drop,
  ]
  return program.length <= longestProgram ? program : [...common, accept]
}

function bytesOf(address: string, family: 'IPv4' | 'IPv6'): Uint8Array {
  const parsed = parseAddress(address)
  if (parsed?.family !== family) throw new RangeError(`${address} is no ${family} address`)
  return addressBytes(parsed)
}

const udp = 17

/** Falls through to the next peer when anything is otherwise. */
function far({ address, multihop, minimumTtl }: FarPeer, family: 'IPv4' | 'IPv6'): readonly Instruction[] {
  const bytes = bytesOf(address, family)
  const { ttl, source, protocol, payload } = header[family]
  const port = multihop ? BfdPort.multihop : BfdPort.singleHop
  const words = bytes.length / 4
  const tests: readonly (readonly [load: number, offset: number, compare: number, value: number])[] = [
    [loadByte, protocol, jumpEqual, udp],
    [loadHalf, payload + 2, jumpEqual, port],
    ...Array.from({ length: words }, (_, word) => {
      return [loadWord, source + 4 * word, jumpEqual, uint32At(bytes, 4 * word)] as const
    }),
  ]
  const verdict: readonly Instruction[] = [
    [loadByte, 0, 0, networkHeader + ttl],
    [jumpAtLeast, 1, 0, minimumTtl],
    accept,
  ]
  const compare = tests.map(([load, offset, jump, value], index): readonly Instruction[] => [
    [load, 0, 0, networkHeader + offset],
    [jump, 0, 2 * (tests.length - 1 - index) + verdict.length, value],
  ])
  return [...compare.flat(), ...verdict]
}

const solSocket = 1
const attach = 26 // SO_ATTACH_FILTER

/** Replaces the filter that the socket had. Throws the kernel's words. */
export function attachFilter(fd: number, program: readonly Instruction[]): void {
  if (program.length > longestProgram)
    throw new RangeError(`a socket filter of ${program.length} instructions: ${longestProgram} are allowed`)
  const instructions = new DataView(new ArrayBuffer(8 * program.length))
  program.forEach(([code, ifTrue, ifFalse, operand], index) => {
    instructions.setUint16(8 * index, code, true)
    instructions.setUint8(8 * index + 2, ifTrue)
    instructions.setUint8(8 * index + 3, ifFalse)
    instructions.setUint32(8 * index + 4, operand, true)
  })
  const request = new DataView(new ArrayBuffer(16)) // struct sock_fprog { ushort len; sock_filter *filter }
  request.setUint16(0, program.length, true)
  request.setBigUint64(8, BigInt(addressOf(instructions.buffer)), true)
  if (setsockopt(fd, solSocket, attach, new Uint8Array(request.buffer), 16) !== 0)
    throw new Error(`socket filter: ${lastError()}`)
}
