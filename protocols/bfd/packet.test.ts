// BFD control packets: bytes there and back, digests, and whom a packet belongs to.
import { expect } from 'chai'
import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { DecodeError } from '../net/bytes.ts'
import { authenticationObjection, authenticationSection, signBfd } from './authentication.ts'
import type { Hash } from './authentication.ts'
import type { BfdAuthentication } from './config.ts'
import { demultiplex } from './demultiplex.ts'
import { decodeBfd, encodeBfd } from './packet.ts'
import type { BfdPacket } from './packet.ts'

const hash: Hash = (algorithm, bytes) => new Uint8Array(createHash(algorithm).update(bytes).digest())
const uint32 = fc.nat(0xffffffff)
const discriminator = fc.integer({ min: 1, max: 0xffffffff })

const packets: fc.Arbitrary<BfdPacket> = fc.record({
  diagnostic: fc.nat(31),
  state: fc.constantFrom('adminDown', 'down', 'init', 'up'),
  poll: fc.boolean(),
  final: fc.constant(false),
  controlPlaneIndependent: fc.boolean(),
  demand: fc.boolean(),
  detectMultiplier: fc.integer({ min: 1, max: 255 }),
  myDiscriminator: discriminator,
  yourDiscriminator: discriminator,
  desiredMinTxUs: uint32,
  requiredMinRxUs: uint32,
  requiredMinEchoRxUs: uint32,
})

const keys: fc.Arbitrary<BfdAuthentication> = fc.record({
  type: fc.constantFrom(
    'simplePassword',
    'keyedMd5',
    'meticulousKeyedMd5',
    'keyedSha1',
    'meticulousKeyedSha1',
  ),
  keyId: fc.nat(255),
  key: fc.string({ minLength: 1, maxLength: 16, unit: 'grapheme-ascii' }),
})

function signed(packet: BfdPacket, key: BfdAuthentication): BfdPacket {
  return signBfd({ ...packet, authentication: authenticationSection(key, 77) }, key, hash)
}

describe('a BFD packet', () => {
  it('is the same after encoding and decoding, signed or not, padded or not', () => {
    fc.assert(
      fc.property(packets, keys, fc.constantFrom(0, 200), (packet, key, padded) => {
        expect(decodeBfd(encodeBfd(packet, padded))).to.deep.equal(packet)
        const withKey = signed(packet, key)
        expect(decodeBfd(encodeBfd(withKey, padded))).to.deep.equal(withKey)
      }),
    )
  })

  it('decodes from any bytes, or fails as DecodeError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          decodeBfd(Uint8Array.of(0x20, 0xc0, 3, bytes.length + 4, ...bytes))
        } catch (error) {
          expect(error).to.be.instanceOf(DecodeError)
        }
      }),
    )
  })

  it('is accepted with the right key and with no other', () => {
    fc.assert(
      fc.property(packets, keys, (packet, key) => {
        const arrived = decodeBfd(encodeBfd(signed(packet, key)))
        expect(authenticationObjection(arrived, key, hash)).to.equal(undefined)
        expect(authenticationObjection(arrived, { ...key, key: `!${key.key}`.slice(0, 16) }, hash)).to.be.a(
          'string',
        )
        expect(authenticationObjection(arrived, { ...key, keyId: (key.keyId + 1) % 256 }, hash)).to.be.a(
          'string',
        )
        expect(authenticationObjection(arrived, undefined, hash)).to.equal('authenticated, and we use none')
        expect(authenticationObjection(packet, key, hash)).to.equal('not authenticated')
      }),
    )
  })

  it('is not accepted when a bit of it was changed on the way', () => {
    const key = { type: 'keyedSha1', keyId: 3, key: 'secret' } as const
    const [packet] = fc.sample(packets, { numRuns: 1, seed: 1 })
    if (packet === undefined) throw new Error('no sample')
    const bytes = encodeBfd(signed(packet, key))
    bytes[15] = (bytes[15] ?? 0) ^ 1
    expect(authenticationObjection(decodeBfd(bytes), key, hash)).to.equal('wrong digest')
  })

  it('finds its session by your discriminator and source, or by source and interface when it has none', () => {
    const a = { localDiscriminator: 1, peerAddress: '192.0.2.1', interface: 'eth0', multihop: false }
    const b = { localDiscriminator: 2, peerAddress: '192.0.2.1', interface: 'eth1', multihop: false }
    const [packet] = fc.sample(packets, { numRuns: 1, seed: 1 })
    if (packet === undefined) throw new Error('no sample')
    const arrival = { sourceAddress: '192.0.2.1', interface: 'eth1', multihop: false }
    const to = (yourDiscriminator: number, change = {}) =>
      demultiplex([a, b], { ...packet, yourDiscriminator }, { ...arrival, ...change })
    expect(to(0)).to.equal(b)
    expect(to(2)).to.equal(b)
    expect(to(1)).to.equal(undefined)
    expect(to(2, { sourceAddress: '192.0.2.9' })).to.equal(undefined)
    expect(to(2, { multihop: true })).to.equal(undefined)
  })
})
