import { expect } from 'chai'
import fc from 'fast-check'
import * as bytes from './bytes.ts'

const layout = 'RFC 0 §1'

describe('bytes', () => {
  it('a reader consumes what it reads, in network order', () => {
    const reader = bytes.readerOf(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), layout)
    expect(bytes.readUint8(reader, 'a')).to.equal(0x01)
    expect(bytes.readUint16(reader, 'b')).to.equal(0x0203)
    expect(bytes.readUint32(reader, 'c')).to.equal(0x04050607)
    expect([...bytes.readRest(reader)]).to.deep.equal([8])
    expect(bytes.remaining(reader)).to.equal(0)
  })

  it('a little-endian reader turns the numbers and not the bytes', () => {
    const reader = bytes.readerOf(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), layout, true)
    expect(bytes.readUint16(reader, 'a')).to.equal(0x0201)
    expect(bytes.readUint32(reader, 'b')).to.equal(0x06050403)
    expect([...bytes.readBytes(reader, 2, 'c')]).to.deep.equal([7, 8])
  })

  it('a reader stays within its view of a larger buffer', () => {
    const reader = bytes.readerOf(Uint8Array.of(1, 2, 3, 4).subarray(1, 3), layout)
    expect(bytes.readUint16(reader, 'a')).to.equal(0x0203)
    expect(() => bytes.readUint8(reader, 'b')).to.throw(bytes.DecodeError)
  })

  it('a read past the end says what was missing, and of what', () => {
    const reader = bytes.readerOf(Uint8Array.of(1, 2, 3), layout)
    expect(() => bytes.readUint32(reader, 'target'))
      .to.throw(bytes.DecodeError, 'target: cut off: needs 4 bytes, 3 left (RFC 0 §1)')
      .that.includes({ field: 'target', rfc: layout })
  })

  it('a read that fails consumes nothing', () => {
    const reader = bytes.readerOf(Uint8Array.of(1, 2, 3), layout)
    expect(() => bytes.readUint32(reader, 'a')).to.throw(bytes.DecodeError)
    expect(bytes.remaining(reader)).to.equal(3)
  })

  it('a fault carries its rule', () => {
    const error = bytes.fault({ version: 'RFC 791 §3.1' }, 'version', '5 is not 4')
    expect(error.message).to.equal('version: 5 is not 4 (RFC 791 §3.1)')
  })

  it('numbers are written as they are read', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), (value) => {
        expect(bytes.uint32At(bytes.uint32Bytes(value), 0)).to.equal(value)
        expect(bytes.uint16At(bytes.uint16Bytes(value & 0xffff), 0)).to.equal(value & 0xffff)
      }),
    )
  })

  it('hexadecimal is read as it is written', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (value) => {
        expect(bytes.parseHex(bytes.formatHex(value))).to.deep.equal(value)
      }),
    )
  })

  it('half a byte is not hexadecimal, nor is a letter beyond f', () => {
    expect(bytes.parseHex('abc')).to.equal(undefined)
    expect(bytes.parseHex('0g')).to.equal(undefined)
  })

  it('bytes are equal by what they hold', () => {
    expect(bytes.bytesEqual(Uint8Array.of(1, 2), Uint8Array.of(0, 1, 2).subarray(1))).to.equal(true)
    expect(bytes.bytesEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).to.equal(false)
    expect(bytes.bytesEqual(Uint8Array.of(1), Uint8Array.of(1, 2))).to.equal(false)
  })

  it('parts are put together in their order', () => {
    expect([...bytes.concatBytes(Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3))]).to.deep.equal([
      1, 2, 3,
    ])
  })
})
