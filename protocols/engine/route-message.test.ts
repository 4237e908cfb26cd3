// What we ask of the kernel's route table, and how it answers: rtnetlink(7), laid out by hand.
import { expect } from 'chai'
import { concatBytes, formatHex, parseHex } from '../net/bytes.ts'
import { decodeLinkFacts, decodeRoute, routeRequest } from './route-message.ts'

function bytes(...hex: readonly string[]): Uint8Array {
  return concatBytes(...hex.map((part) => parseHex(part) ?? new Uint8Array()))
}

const header = '48000000180000000100000000000000' // RTM_NEWROUTE, 72 bytes

describe('rtnetlink about one destination', () => {
  it('asks for a destination, from a source, by an interface', () => {
    const wish = { destination: '198.51.100.1', source: '192.0.2.2', interface: 3 }
    expect(formatHex(routeRequest(wish))).to.equal(
      [
        '340000001a000100' + '0100000000000000', // 52 bytes, RTM_GETROUTE
        '022020000000000000000000',
        '08000100c6336401',
        '08000200c0000202',
        '0800040003000000',
      ].join(''),
    )
  })

  it('reads the gateway, the interface and the source of the answer', () => {
    const answer = bytes(
      header,
      '022000000000000100020000', // a /32 of the cache, RTN_UNICAST at offset 7
      '08000f00fe000000', // table
      '08000100c6336401',
      '0800040003000000',
      '08000700c0000202',
      '08000500c0000201',
    )
    expect(decodeRoute(answer)).to.deep.equal({
      interface: 3,
      gateway: '192.0.2.1',
      source: '192.0.2.2',
      isLocal: false,
    })
  })

  it('knows a destination that is this machine', () => {
    const answer = bytes(
      '24000000180000000100000000000000',
      '02200000000000020002',
      '0000',
      '0800040001000000',
    )
    expect(decodeRoute(answer)).to.deep.equal({ interface: 1, isLocal: true })
  })

  it('reads an MTU that the route has of its own', () => {
    const metrics = '0c00080008000200dc050000'
    const answer = bytes(
      '30000000180000000100000000000000',
      '022000000000000100020000',
      '0800040003000000',
      metrics,
    )
    expect(decodeRoute(answer)).to.deep.equal({ interface: 3, mtu: 1500, isLocal: false })
  })

  it('gives the errno of a refusal', () => {
    const refusal = bytes('24000000020000000100000000000000', '9bffffff', '00'.repeat(16))
    expect(decodeRoute(refusal)).to.equal(101)
    expect(decodeLinkFacts(refusal)).to.equal(101)
  })

  it('reads nothing from bytes that are cut off', () => {
    const answer = bytes(header, '022000000000000100020000', '0800040003000000')
    for (let length = 0; length < 36; length++)
      expect(decodeRoute(answer.subarray(0, length))).to.equal(undefined)
  })
})
