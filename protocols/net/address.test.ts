import { expect } from 'chai'
import fc from 'fast-check'
import * as net from './address.ts'
import type { Address, AddressRange } from './address.ts'

const ipv4Value = fc.bigInt(0n, 2n ** 32n - 1n)
const mappedFrom = 0xffffn << 32n
const ipv6Value = fc
  .oneof(
    fc.bigInt(0n, 2n ** 128n - 1n),
    fc.nat(255).map((bit) => 1n << BigInt(bit % 128)), // long runs of zeros
  )
  .filter((value) => value >> 32n !== 0xffffn)
const address: fc.Arbitrary<Address> = fc.oneof(
  fc.record({ family: fc.constant('IPv4'), value: ipv4Value }),
  fc.record({ family: fc.constant('IPv6'), value: ipv6Value }),
)
const range: fc.Arbitrary<AddressRange> = fc
  .tuple(address, address)
  .filter(([a, b]) => a.family === b.family)
  .map(([a, b]) => ({
    family: a.family,
    first: a.value < b.value ? a.value : b.value,
    last: a.value < b.value ? b.value : a.value,
  }))

function canonical(text: string): string | undefined {
  const parsed = net.parseAddress(text)
  return parsed === undefined ? undefined : net.formatAddress(parsed)
}

describe('address', () => {
  it('an address is read as it is written', () => {
    fc.assert(
      fc.property(address, (value) => {
        expect(net.parseAddress(net.formatAddress(value))).to.deep.equal(value)
      }),
    )
  })

  it('an address in bytes comes back', () => {
    fc.assert(
      fc.property(address, (value) => {
        expect(net.addressFromBytes(net.addressBytes(value))).to.deep.equal(value)
      }),
    )
  })

  it('IPv6 text agrees with the URL parser of the platform', () => {
    fc.assert(
      fc.property(ipv6Value, (value) => {
        const text = net.formatAddress({ family: 'IPv6', value })
        expect(new URL(`http://[${text}]/`).hostname).to.equal(`[${text}]`)
      }),
    )
  })

  describe('text of RFC 5952', () => {
    const examples = [
      ['2001:0db8::0001', '2001:db8::1'], // §4.1: no leading zeros
      ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'], // §4.2.1: shorten as far as possible
      ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'], // §4.2.2: not a single group
      ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'], // §4.2.3: the longest run
      ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'], // §4.2.3: the first of equals
      ['2001:DB8::AAAA', '2001:db8::aaaa'], // §4.3: lower case
      ['0:0:0:0:0:0:0:0', '::'],
      ['0:0:0:0:0:0:0:1', '::1'],
      ['2001:db8:0:0:0:0:0:0', '2001:db8::'],
      ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'], // RFC 6052 §2.4
    ] as const
    for (const [written, expected] of examples)
      it(`of ${written} is ${expected}`, () => {
        expect(canonical(written)).to.equal(expected)
      })
  })

  it('an IPv4-mapped address is the IPv4 address', () => {
    expect(canonical('::ffff:192.0.2.1')).to.equal('192.0.2.1')
    expect(canonical('::ffff:c000:201')).to.equal('192.0.2.1')
  })

  const refused = [
    '',
    ' 192.0.2.1',
    '192.0.2',
    '192.0.2.1.1',
    '192.0.2.256',
    '192.0.2.01',
    '192.0.2.-1',
    '0x7f.1',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '::12345',
    '::g',
    'fe80::1%eth0',
    '::192.0.2',
    '192.0.2.1::',
    '1:2:3:4:5:6:7:192.0.2.1',
  ]
  for (const text of refused)
    it(`'${text}' is no address`, () => {
      expect(net.parseAddress(text)).to.equal(undefined)
    })

  it('a CIDR is a range, its host bits cleared', () => {
    expect(net.parseCidr('192.0.2.77/24')).to.deep.equal({
      family: 'IPv4',
      first: 0xc0000200n,
      last: 0xc00002ffn,
    })
    expect(net.parseCidr('0.0.0.0/0')).to.deep.equal({ family: 'IPv4', first: 0n, last: 2n ** 32n - 1n })
    expect(net.parseCidr('::/0')).to.deep.equal({ family: 'IPv6', first: 0n, last: 2n ** 128n - 1n })
    expect(net.parseCidr('2001:db8::1/128')?.first).to.equal(net.parseCidr('2001:db8::1/128')?.last)
  })

  for (const text of [
    '192.0.2.0',
    '192.0.2.0/33',
    '192.0.2.0/',
    '192.0.2.0/024',
    '192.0.2.0/-1',
    '/24',
    '::/129',
  ])
    it(`'${text}' is no CIDR`, () => {
      expect(net.parseCidr(text)).to.equal(undefined)
    })

  it('a prefix holds the address that it was made from, and nothing beside it', () => {
    fc.assert(
      fc.property(address, fc.nat(128), (value, bits) => {
        const length = bits % (net.addressBits[value.family] + 1)
        const made = net.cidrRange(value, length)
        expect(net.rangeContains(made, value)).to.equal(true)
        expect(net.rangeSize(made)).to.equal(2n ** BigInt(net.addressBits[value.family] - length))
        expect(net.rangeContains(made, { family: value.family, value: made.last + 1n })).to.equal(false)
        expect(net.parseCidr(net.formatRange(made))).to.deep.equal(made)
      }),
    )
  })

  it('ranges overlap when one holds an end of the other', () => {
    fc.assert(
      fc.property(range, range, (a, b) => {
        const ends = [a.first, a.last].map((value) => ({ family: a.family, value }))
        const others = [b.first, b.last].map((value) => ({ family: b.family, value }))
        const expected =
          ends.some((end) => net.rangeContains(b, end)) || others.some((end) => net.rangeContains(a, end))
        expect(net.rangesOverlap(a, b)).to.equal(expected)
        expect(net.rangesOverlap(b, a)).to.equal(expected)
      }),
    )
  })

  it('a range that is no CIDR is written by its ends', () => {
    expect(net.formatRange({ family: 'IPv4', first: 0xc0000201n, last: 0xc0000209n })).to.equal(
      '192.0.2.1-192.0.2.9',
    )
    expect(net.formatRange({ family: 'IPv4', first: 0xc0000201n, last: 0xc0000202n })).to.equal(
      '192.0.2.1-192.0.2.2',
    )
    expect(net.formatRange({ family: 'IPv4', first: 0xc0000201n, last: 0xc0000201n })).to.equal(
      '192.0.2.1/32',
    )
  })

  it('families do not mix', () => {
    const low = { family: 'IPv6', first: 0n, last: 2n ** 32n } as const
    expect(net.rangeContains(low, { family: 'IPv4', value: 1n })).to.equal(false)
    expect(net.rangesOverlap(low, { family: 'IPv4', first: 0n, last: 1n })).to.equal(false)
    expect(net.addressFromBytes(net.addressBytes({ family: 'IPv6', value: mappedFrom })).family).to.equal(
      'IPv6',
    )
  })
})
