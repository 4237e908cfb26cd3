import { expect } from 'chai'
import fc from 'fast-check'
import { ethernetFrame, mac } from '../../test/fuzz/arbitrary.ts'
import * as ethernet from './ethernet.ts'

const frame = Uint8Array.of(0x02, 0, 0, 0, 0, 0x0a, 0x02, 0, 0, 0, 0, 0x0b, 8, 6)

describe('ethernet', () => {
  it('a frame that we encode, we decode to the same value', () => {
    fc.assert(
      fc.property(ethernetFrame, (value) => {
        expect(ethernet.decodeEthernet(ethernet.encodeEthernet(value))).to.deep.equal(value)
      }),
    )
  })

  it('a MAC is read as it is written', () => {
    fc.assert(
      fc.property(mac, (text) => {
        expect(ethernet.formatMac(ethernet.macBytes(text))).to.equal(text)
        expect(ethernet.parseMac(text.toUpperCase().replaceAll(':', '-'))).to.equal(text)
      }),
    )
  })

  it('a MAC stands anywhere in a frame', () => {
    expect(ethernet.formatMac(frame, 6)).to.equal('02:00:00:00:00:0b')
  })

  for (const text of ['', '02:00:00:00:00', '02:00:00:00:00:0a:0b', '2:0:0:0:0:a', '02:00:00:00:00:0g'])
    it(`'${text}' is no MAC`, () => {
      expect(ethernet.parseMac(text)).to.equal(undefined)
      expect(() => ethernet.macBytes(text)).to.throw(RangeError)
    })

  it('a frame is for a machine when it is sent to it, to a group or to all', () => {
    const own = ethernet.macBytes('02:00:00:00:00:0a')
    const other = ethernet.macBytes('02:00:00:00:00:0c')
    expect(ethernet.frameIsFor(frame, own)).to.equal(true)
    expect(ethernet.frameIsFor(frame, other)).to.equal(false)
    expect(ethernet.frameIsFor(ethernet.macBytes(ethernet.broadcastMac), other)).to.equal(true)
    expect(ethernet.frameIsFor(ethernet.macBytes('33:33:ff:00:00:01'), other)).to.equal(true)
    expect(ethernet.frameIsFor(new Uint8Array(0), other)).to.equal(false)
  })

  it('a short frame is padded with zeros to 60 bytes, a long one is left alone', () => {
    const padded = ethernet.padFrame(frame)
    expect(padded.length).to.equal(60)
    expect([...padded.subarray(0, 14)]).to.deep.equal([...frame])
    expect(padded.subarray(14).every((byte) => byte === 0)).to.equal(true)
    expect(ethernet.padFrame(new Uint8Array(61)).length).to.equal(61)
  })
})
