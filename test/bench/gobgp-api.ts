// GoBGP's own API, as programs use it that have GoBGP do their BGP: gRPC over HTTP/2 on a Unix socket, and of it one
// call, AddPathStream, that takes routes and their withdrawals. Field numbers are those of its api/gobgp.proto.
import { connect, constants } from 'node:http2'
import { createConnection } from 'node:net'
import { concatBytes, uint32Bytes } from '../../protocols/net/bytes.ts'
import { ipv4Bytes } from '../../protocols/net/ipv4.ts'
import { prefixBytes } from '../../protocols/bgp/nlri.ts'
import type { Change } from './bgp-prefixes.ts'

export type GoBgpApi = {
  readonly send: (changes: readonly Change[]) => void // in this order
  readonly close: () => void
}

export type SameForAll = { readonly nextHop: string; readonly community: string }

const pathsOf = { request: 3 } as const
const pathFields = { isWithdraw: 5, family: 9, nlriBinary: 20, attributesBinary: 21 } as const
const ipv4Unicast = concatBytes(number(1, 1), number(2, 1)) // afi, safi
/** A message holds 4 MB at most. */
const pathsAMessage = 1000

export function openGoBgpApi(socketPath: string, same: SameForAll): GoBgpApi {
  const session = connect('http://localhost', { createConnection: () => createConnection(socketPath) })
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: 'POST',
    [constants.HTTP2_HEADER_PATH]: '/apipb.GobgpApi/AddPathStream',
    [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
    [constants.HTTP2_HEADER_TE]: 'trailers',
  })
  // The call ends only by close(): whatever else ends it is an objection of GoBGP's.
  let isClosed = false
  const objection = (headers: unknown) => {
    if (!isClosed) throw new Error(`GoBGP ended the call: ${JSON.stringify(headers)}`)
  }
  stream.on('trailers', objection)
  stream.on('close', () => objection('closed'))
  const attributes = attributesOf(same)
  return {
    send: (changes) => {
      for (let from = 0; from < changes.length; from += pathsAMessage) {
        const some = changes.slice(from, from + pathsAMessage)
        const paths = some.map((change) => bytes(pathsOf.request, pathOf(change, attributes)))
        stream.write(grpcMessage(concatBytes(...paths)))
      }
    },
    close: () => {
      isClosed = true
      session.destroy()
    },
  }
}

function pathOf({ kind, prefix }: Change, attributes: Uint8Array): Uint8Array {
  return concatBytes(
    kind === 'withdraw' ? number(pathFields.isWithdraw, 1) : new Uint8Array(0),
    bytes(pathFields.family, ipv4Unicast),
    bytes(pathFields.nlriBinary, prefixBytes(prefix)),
    attributes,
  )
}

/** ORIGIN IGP, NEXT_HOP, one community; it makes the AS_PATH itself. */
function attributesOf({ nextHop, community }: SameForAll): Uint8Array {
  const [high = 0, low = 0] = community.split(':').map(Number)
  const all = [
    Uint8Array.of(0x40, 1, 1, 0),
    concatBytes(Uint8Array.of(0x40, 3, 4), ipv4Bytes(nextHop)),
    concatBytes(Uint8Array.of(0xc0, 8, 4), uint32Bytes(high * 0x10000 + low)),
  ]
  return concatBytes(...all.map((one) => bytes(pathFields.attributesBinary, one)))
}

/** Not compressed, and its length. */
function grpcMessage(message: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0), uint32Bytes(message.length), message)
}

// Protocol Buffers: a field is its number and kind (0 a number, 2 bytes with their length), and its value.
function number(field: number, value: number): Uint8Array {
  return concatBytes(varint(field * 8), varint(value))
}

function bytes(field: number, value: Uint8Array): Uint8Array {
  return concatBytes(varint(field * 8 + 2), varint(value.length), value)
}

/** Seven bits an octet, the lowest first. */
function varint(value: number): Uint8Array {
  const octets: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    octets.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest)
    if (rest <= 0x7f) return Uint8Array.from(octets)
  }
}
