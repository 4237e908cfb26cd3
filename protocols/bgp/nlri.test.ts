import { expect } from 'chai'
import fc from 'fast-check'
import { prefixOf } from '../../test/support/bgp-arbitraries.ts'
import { parseCidr } from '../net/address.ts'
import { readerOf } from '../net/bytes.ts'
import { addressTextBytes, prefixBytes, readPrefixes } from './nlri.ts'

function read(family: 'IPv4' | 'IPv6', ...octets: readonly number[]): string[] {
  return readPrefixes(readerOf(Uint8Array.from(octets), 'RFC 4271 §4.3'), family, 'NLRI')
}

describe('prefixes', () => {
  for (const family of ['IPv4', 'IPv6'] as const)
    it(`of ${family} have the octets that the general parser gives them, and come back as the same text`, () => {
      fc.assert(
        fc.property(prefixOf(family), (prefix) => {
          const [address = '', length = ''] = prefix.split('/')
          const octets = addressTextBytes(address, family).subarray(0, Math.ceil(Number(length) / 8))
          expect(prefixBytes(prefix)).to.deep.equal(Uint8Array.of(Number(length), ...octets))
          expect(read(family, ...prefixBytes(prefix))).to.deep.equal([prefix])
        }),
        { numRuns: 1000 },
      )
    })

  it('lose the bits beyond their length, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 32 }),
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        (length, octets) => {
          const [prefix = ''] = read('IPv4', length, ...octets.subarray(0, Math.ceil(length / 8)))
          const range = parseCidr(`${octets.join('.')}/${length}`)
          expect(parseCidr(prefix)).to.deep.equal(
            parseCidr(
              `${octets.subarray(0, Math.ceil(length / 8)).join('.')}${'.0'.repeat(4 - Math.ceil(length / 8))}/${length}`,
            ),
          )
          expect(parseCidr(prefix)?.first).to.equal(range?.first)
        },
      ),
    )
  })

  it('of length zero have no octets', () => {
    expect(read('IPv4', 0)).to.deep.equal(['0.0.0.0/0'])
    expect(read('IPv6', 0)).to.deep.equal(['::/0'])
    expect(prefixBytes('::/0')).to.deep.equal(Uint8Array.of(0))
  })

  it('that are IPv4-mapped stay IPv6', () => {
    expect(prefixBytes('::ffff:0:0/96')).to.have.length(13)
    expect(prefixBytes('::ffff:192.0.2.1/128')).to.deep.equal(prefixBytes('::ffff:c000:201/128'))
  })
})
