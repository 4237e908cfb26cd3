import { expect } from 'chai'
import fc from 'fast-check'
import { anyContext } from '../../protocols/bgp/context.ts'
import { encodeMessage } from '../../protocols/bgp/message.ts'
import type { Message } from '../../protocols/bgp/message.ts'
import type { Update } from '../../protocols/bgp/update.ts'
import { concatBytes } from '../../protocols/net/bytes.ts'
import { describeBgp, newBgpStream, readBgp } from './decode-bgp.ts'
import type { BgpStream } from './decode-bgp.ts'

const keepalive = encodeMessage({ type: 'keepalive' }, anyContext)

function update(asNumbers: readonly number[]): Update {
  const attributes = {
    origin: 'igp',
    asPath: [{ type: 'sequence', asNumbers }],
    nextHop: '192.0.2.2',
  } as const
  return { type: 'update', withdrawn: [], attributes, nlri: ['198.51.100.0/24'] }
}

function segment(sequence: number, payload: Uint8Array) {
  const ports = { sourcePort: 179, destinationPort: 40000, acknowledgment: 0, window: 0, urgentPointer: 0 }
  return { ...ports, sequence, flags: ['ACK'] as const, options: new Uint8Array(0), payload }
}

function read(stream: BgpStream, sequence: number, payload: Uint8Array): string[] {
  return [...readBgp(stream, segment(sequence, payload))].map(({ type }) => type)
}

describe('BGP in a capture', () => {
  const bytes = concatBytes(encodeMessage(update([65002]), anyContext), keepalive, keepalive)

  it('is read however the stream is cut, and what is sent again counts once', () => {
    const stream = newBgpStream()
    expect(read(stream, 0xfffffff0, bytes.subarray(0, 30))).to.deep.equal([])
    expect(read(stream, 0xfffffff0, bytes.subarray(0, 30))).to.deep.equal([])
    expect(read(stream, 0xfffffff0 + 10, bytes.subarray(10, 60))).to.deep.equal(['update'])
    expect(read(stream, 44, bytes.subarray(60))).to.deep.equal(['keepalive', 'keepalive'])
  })

  it('goes on at the next marker after a gap, and when it begins in the middle of a message', () => {
    const stream = newBgpStream()
    expect(read(stream, 1000, bytes.subarray(20, bytes.length - 19))).to.deep.equal(['keepalive'])
    expect(read(stream, 5000, bytes.subarray(bytes.length - 25))).to.deep.equal(['keepalive'])
  })

  it('is read whole when segments come in another order, also within a message', () => {
    const cuts = [0, 30, 50, 70, bytes.length]
    const parts = cuts.slice(1).map((end, index) => [cuts[index] ?? 0, end] as const)
    fc.assert(
      fc.property(fc.shuffledSubarray(parts.slice(1), { minLength: 3 }), (order) => {
        const stream = newBgpStream()
        const types = [parts[0] ?? [0, 0], ...order].flatMap(([from, to]) =>
          read(stream, (0xfffffff0 + from) >>> 0, bytes.subarray(from, to)),
        )
        expect(types.toSorted()).to.deep.equal(['keepalive', 'keepalive', 'update'])
        expect(stream.gaps).to.deep.equal([])
      }),
    )
  })

  it('after bytes that are none goes on with the next segment', () => {
    const stream = newBgpStream()
    expect(() => read(stream, 0, new Uint8Array(40))).to.throw('marker')
    expect(read(stream, 40, keepalive)).to.deep.equal(['keepalive'])
  })

  it('of a speaker of two-octet AS is read though its OPEN was not seen', () => {
    const old = encodeMessage(update([65002, 65003, 65004]), { ...anyContext, fourOctetAs: false })
    const [message] = [...readBgp(newBgpStream(), segment(0, old))]
    expect(message === undefined ? '' : describeBgp(message)).to.equal(
      'UPDATE announces 198.51.100.0/24 [ORIGIN igp; AS_PATH 65002 65003 65004; NEXT_HOP 192.0.2.2]',
    )
  })

  it('is said in words, and what the session would survive with its verdict', () => {
    const fault = {
      fault: 'mandatory attribute',
      code: 3,
      subcode: 3,
      verdict: 'treat-as-withdraw',
      message: 'ORIGIN is missing',
    } as const
    const messages: readonly (readonly [Message, string])[] = [
      [
        {
          type: 'open',
          asNumber: 65002,
          holdTimeS: 90,
          identifier: '192.0.2.2',
          capabilities: [{ name: 'fqdn', hostname: 'tor\n1', domain: '' }],
        },
        'OPEN AS 65002 hold 90 s identifier 192.0.2.2: fqdn tor\ufffd1',
      ],
      [{ type: 'notification', code: 6, subcode: 7, data: '' }, 'NOTIFICATION Cease/7 connection collision'],
      [{ type: 'route-refresh', afi: 1, subtype: 0, safi: 1 }, 'ROUTE-REFRESH 1/1 subtype 0'],
      [
        { type: 'update', withdrawn: ['10.0.0.0/8'], attributes: {}, nlri: [], faults: [fault] },
        'UPDATE withdraws 10.0.0.0/8 (treat-as-withdraw: ORIGIN is missing)',
      ],
    ]
    for (const [message, text] of messages) expect(describeBgp(message)).to.equal(text)
  })
})
