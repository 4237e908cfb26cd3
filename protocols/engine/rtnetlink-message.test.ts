// Real datagrams of the kernel, decoded; and any bytes, which must not throw.
import { expect } from 'chai'
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { parseHex } from '../net/bytes.ts'
import { AddressFlag, decodeRtnetlink, dumpRequest, LinkFlag } from './rtnetlink-message.ts'

/** Title → bytes; the lines of a title's bytes are indented. */
function captured(): ReadonlyMap<string, Uint8Array> {
  const text = readFileSync(new URL('./rtnetlink-captured.txt', import.meta.url), 'utf8')
  const blocks = text.split('\n\n').slice(1)
  return new Map(
    blocks.map((block) => {
      const [title = '', ...hex] = block.trimEnd().split('\n')
      const bytes = parseHex(hex.map((line) => line.trim()).join(''))
      if (bytes === undefined) throw new Error(`no hexadecimal: ${title}`)
      return [title.split(':')[0] ?? '', bytes]
    }),
  )
}

const datagrams = captured()

function decoded(title: string) {
  const bytes = datagrams.get(title)
  if (bytes === undefined) throw new Error(`not captured: ${title}`)
  return decodeRtnetlink(bytes)
}

describe('rtnetlink messages', () => {
  it('a link has its name, MAC and flags', () => {
    expect(decoded('a new link')).to.deep.equal([
      {
        type: 'link',
        removed: false,
        index: 3,
        hardwareType: 1,
        flags: LinkFlag.broadcast | 0x1000,
        name: 'v0',
        mac: '02:00:00:00:00:01',
      },
    ])
  })

  it('a link of hardware has the MAC that it was made with, too', () => {
    const bytes = datagrams.get('a new link') ?? new Uint8Array()
    const attribute = [10, 0, 54, 0, 0x02, 0, 0, 0, 0, 0x99, 0, 0] // IFLA_PERM_ADDRESS, padded to four bytes
    const message = Uint8Array.from([...bytes, ...attribute])
    new DataView(message.buffer).setUint32(0, message.length, true)
    expect(decodeRtnetlink(message)[0]).to.include({
      mac: '02:00:00:00:00:01',
      permanentMac: '02:00:00:00:00:99',
    })
  })

  it('a link that joined a bridge has its master', () => {
    expect(decoded('a link that joined a bridge')[0]).to.include({ name: 'v0', master: 4, removed: false })
  })

  it('a port that left its bridge is no link that is gone', () => {
    expect(decoded('a port that left its bridge')).to.deep.equal([])
  })

  it('a removed link is told as such', () => {
    expect(decoded('a removed link')[0]).to.include({ type: 'link', removed: true, name: 'v0', index: 3 })
  })

  it('an IPv4 address', () => {
    const address = { type: 'address', index: 3, address: '192.0.2.1', prefixLength: 24 }
    expect(decoded('a new IPv4 address')[0]).to.include({ ...address, removed: false })
    expect(decoded('a removed IPv4 address')[0]).to.include({ ...address, removed: true })
  })

  it('of a point-to-point link the own address, not the peer’s', () => {
    expect(decoded('a new address of a point-to-point link')[0]).to.include({ address: '10.0.0.1' })
  })

  it('an IPv6 address is tentative until it was looked for', () => {
    const [message] = decoded('a new IPv6 address, tentative')
    expect(message).to.include({ address: '2001:db8::1', prefixLength: 64 })
    expect(message?.type === 'address' && message.flags & AddressFlag.tentative).to.equal(
      AddressFlag.tentative,
    )
  })

  it('a dump has its messages and its end', () => {
    expect(decoded('a dump of links').map(({ type }) => type)).to.deep.equal(['link'])
    expect(decoded('the end of a dump')).to.deep.equal([{ type: 'done' }])
  })

  it('two messages in one datagram are two', () => {
    const one = datagrams.get('a new IPv4 address') ?? new Uint8Array()
    const two = Uint8Array.of(...one, ...one)
    expect(decodeRtnetlink(two)).to.have.length(2)
  })

  it('an error has its errno', () => {
    const bytes = Uint8Array.of(20, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff)
    expect(decodeRtnetlink(bytes)).to.deep.equal([{ type: 'error', code: 1 }])
  })

  it('a dump that was interrupted says so', () => {
    const bytes = Uint8Array.of(16, 0, 0, 0, 3, 0, 0x12, 0, 1, 0, 0, 0, 0, 0, 0, 0)
    expect(decodeRtnetlink(bytes)).to.deep.equal([{ type: 'done' }, { type: 'interrupted' }])
  })

  it('a dump request asks for all', () => {
    const request = dumpRequest('addresses', 7)
    expect([...request.subarray(0, 12)]).to.deep.equal([32, 0, 0, 0, 22, 0, 1, 3, 7, 0, 0, 0])
  })

  it('no bytes make it throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeRtnetlink(bytes)))
  })

  it('no cut makes it throw, nor any flipped byte', () => {
    const originals = [...datagrams.values()]
    const choice = fc.tuple(fc.constantFrom(...originals), fc.nat(), fc.nat(255), fc.nat())
    fc.assert(
      fc.property(choice, ([original, place, value, end]) => {
        const bytes = original.slice(0, end % (original.length + 1))
        if (bytes.length > 0) bytes[place % bytes.length] = value
        decodeRtnetlink(bytes)
      }),
    )
  })
})
