// Filters of classic BPF, run by an interpreter of their few instructions over packets made by hand.
import { expect } from 'chai'
import { BfdPort } from '../bfd/iana.ts'
import { addressBytes, parseAddress } from '../net/address.ts'
import { admitOnly, farPackets } from './socket-filter.ts'
import type { Instruction } from './socket-filter.ts'

/** socket(7): the number of bytes that are kept; 0 = dropped. A jump that leaves the program is an error, as for the kernel. */
function run(program: readonly Instruction[], bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer)
  let accumulator = 0
  for (let at = 0; ; at++) {
    const [code, ifTrue, ifFalse, operand] = program[at] ?? [-1, 0, 0, 0]
    const offset = operand + 0x100000
    if (code === 0x20) accumulator = view.getUint32(offset)
    else if (code === 0x28) accumulator = view.getUint16(offset)
    else if (code === 0x30) accumulator = view.getUint8(offset)
    else if (code === 0x15) at += accumulator === operand ? ifTrue : ifFalse
    else if (code === 0x35) at += accumulator >= operand ? ifTrue : ifFalse
    else if (code === 0x06) return operand
    else throw new Error(`no instruction at ${at}`)
  }
}

type Made = {
  readonly source: string
  readonly ttl: number
  readonly port?: number
  readonly protocol?: number
}

function packetOf({ source, ttl, port = BfdPort.multihop, protocol = 17 }: Made): Uint8Array {
  const address = parseAddress(source)
  if (address === undefined) throw new Error(source)
  const isV4 = address.family === 'IPv4'
  const bytes = new Uint8Array(isV4 ? 28 : 48)
  bytes[isV4 ? 8 : 7] = ttl
  bytes[isV4 ? 9 : 6] = protocol
  bytes.set(addressBytes(address), isV4 ? 12 : 8)
  new DataView(bytes.buffer).setUint16((isV4 ? 20 : 40) + 2, port)
  return bytes
}

for (const [family, near, other, stranger] of [
  ['IPv4', '192.0.2.1', '192.0.2.2', '192.0.2.3'],
  ['IPv6', '2001:db8::1', '2001:db8::2', '2001:db9::1'],
] as const)
  describe(`a filter for ${family}`, () => {
    const isV6 = family === 'IPv6'
    const admitted = admitOnly(
      [
        { address: near, minimumTtl: 255 },
        { address: other, minimumTtl: 200 },
      ],
      family,
    )
    const far = farPackets(
      [
        { address: near, multihop: false, minimumTtl: 255 },
        { address: other, multihop: true, minimumTtl: 200 },
      ],
      family,
    )
    const admits = (made: Made) => run(admitted, packetOf(made)) > 0
    const shows = (made: Made) => run(far, packetOf(made)) > 0

    it('lets each peer in from its TTL on, and nobody else', () => {
      expect([254, 255].map((ttl) => admits({ source: near, ttl }))).to.deep.equal([false, true])
      expect([199, 200].map((ttl) => admits({ source: other, ttl }))).to.deep.equal([false, true])
      expect(admits({ source: stranger, ttl: 255 })).to.equal(false)
    })

    it('shows of each peer what the other one drops', () => {
      expect([199, 200].map((ttl) => shows({ source: other, ttl }))).to.deep.equal([true, false])
      const single = { source: near, port: BfdPort.singleHop }
      expect([254, 255].map((ttl) => shows({ ...single, ttl }))).to.deep.equal([true, false])
    })

    it('shows no packet of a stranger, of another port or of another protocol', () => {
      expect(shows({ source: stranger, ttl: 1 })).to.equal(false)
      expect(shows({ source: near, ttl: 1, port: BfdPort.multihop })).to.equal(false)
      expect(shows({ source: other, ttl: 1, port: 53 })).to.equal(false)
      expect(shows({ source: other, ttl: 1, protocol: 6 })).to.equal(false)
    })

    for (const count of [400, 3000])
      it(`of ${count} peers has room in the kernel, and shows no less of them`, () => {
        const address = (index: number) =>
          isV6 ? `2001:db8::1:${index.toString(16)}` : `10.1.${index >> 8}.${index & 255}`
        const many = Array.from({ length: count }, (_, index) => {
          return { address: address(index), multihop: index % 2 === 0, minimumTtl: 254 }
        })
        const program = farPackets(many, family)
        expect(program.length).to.be.at.most(4096)
        const isShown = (made: Made) => run(program, packetOf(made)) > 0
        for (const [index, { address: source }] of many.entries()) {
          const port = index % 2 === 0 ? BfdPort.multihop : BfdPort.singleHop
          if (!isShown({ source, ttl: 253, port })) expect.fail(source)
        }
        expect(isShown({ source: address(0), ttl: 254 })).to.equal(false)
        expect(isShown({ source: address(0), ttl: 1, port: 53 })).to.equal(false)
        expect(isShown({ source: address(0), ttl: 1, protocol: 6 })).to.equal(false)
        if (count === 400) expect(isShown({ source: stranger, ttl: 1 })).to.equal(false)
      })
  })
