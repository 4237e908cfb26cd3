import { expect } from 'chai'
import { decodeOptions, encodeOptions } from './option.ts'

describe('ndp option', () => {
  it('options keep their order, and none is dropped', () => {
    const bytes = Uint8Array.of(
      5,
      1,
      0,
      0,
      0,
      0,
      5,
      0xdc,
      1,
      1,
      2,
      0,
      0,
      0,
      0,
      0x0a,
      5,
      1,
      0,
      0,
      0,
      0,
      5,
      0xdc,
    )
    const options = decodeOptions(bytes)
    expect(options).to.deep.equal([
      { type: 'unknown', code: 5, data: '0000000005dc' },
      { type: 'source-link-layer-address', mac: '02:00:00:00:00:0a' },
      { type: 'unknown', code: 5, data: '0000000005dc' },
    ])
    expect(encodeOptions(options)).to.deep.equal(bytes)
  })

  it('an option that no length can tell is not written', () => {
    for (const nonce of ['', '00', '00000000000000', 'zz0000000000'])
      expect(() => encodeOptions([{ type: 'nonce', nonce }]), nonce).to.throw(RangeError)
  })
})
