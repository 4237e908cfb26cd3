import { expect } from 'chai'
import fc from 'fast-check'
import { IPv4CidrRange, IPv6CidrRange, RangedSet } from 'ip-num'
import type { Family } from '../protocols/net/address.ts'
import { formatAddress, formatRange, rangeContains, rangesOverlap } from '../protocols/net/address.ts'
import { resourceOf } from '../test/support/resource.ts'
import { parseEntry } from './address-list.ts'
import { parseIPAddressPool } from './ip-address-pool.ts'

// What net.ParseCIDR and net.ParseIP of Go 1.26 answer, as MetalLB asks them.
const taken: Readonly<Record<string, string>> = {
  '192.0.2.0/24': '192.0.2.0/24',
  '192.0.2.77/24': '192.0.2.0/24',
  '192.0.2.0/024': '192.0.2.0/24',
  '0.0.0.0/0': '0.0.0.0/0',
  '192.0.2.1/32': '192.0.2.1/32',
  '192.0.2.10-192.0.2.20': '192.0.2.10-192.0.2.20',
  ' 192.0.2.10 -\t192.0.2.20 ': '192.0.2.10-192.0.2.20',
  '\u0085192.0.2.10-\u00a0192.0.2.20': '192.0.2.10-192.0.2.20',
  '192.0.2.1-192.0.2.1': '192.0.2.1/32',
  '2001:db8::/64': '2001:db8::/64',
  '2001:DB8::1/64': '2001:db8::/64',
  '::/0': '::/0',
  '2001:db8::1-2001:db8::ff': '2001:db8::1-2001:db8::ff',
  '::ffff:192.0.2.0/120': '192.0.2.0/24',
  '::ffff:192.0.2.1-192.0.2.9': '192.0.2.1-192.0.2.9',
  '::ffff:0.0.0.0/90': '::ffc0:0:0/90',
}

const refused: Readonly<Record<string, RegExp>> = {
  '': /not an IPv4 address/,
  '192.0.2.1': /192\.0\.2\.1\/32/,
  '2001:db8::1': /2001:db8::1\/128/,
  '192.0.2.0/33': /from 0 to 32/,
  '2001:db8::/129': /from 0 to 128/,
  '192.0.2.0/': /from 0 to 32/,
  '192.0.2.0/+8': /from 0 to 32/,
  '192.0.2.0/24 ': /from 0 to 32/,
  ' 192.0.2.0/24': /not an IPv4 address/,
  '192.0.2/24': /octets/,
  '192.0.2.256/24': /Octet/,
  '010.0.0.0/8': /not an IPv4 address/,
  'fe80::1%eth0/64': /not an IPv6 address/,
  '2001:db8::1::2/64': /not an IPv6 address/,
  '192.0.2.20-192.0.2.10': /other way round it is 192\.0\.2\.10-192\.0\.2\.20/,
  '192.0.2.1-2001:db8::1': /starts with IPv4 and ends with IPv6/,
  '192.0.2.10-20': /end of the range/,
  '\ufeff192.0.2.1-192.0.2.2': /start of the range/,
  '192.0.2.1-192.0.2.2-192.0.2.3': /end of the range/,
  'example.com': /not an IPv4 address/,
}

const ipv4 = fc.bigInt(0n, 2n ** 32n - 1n)
const ipv6 = fc.bigInt(2n ** 64n, 2n ** 128n - 1n)

function poolOf(addresses: unknown) {
  return parseIPAddressPool(resourceOf({ spec: { addresses } }))
}

function rangeText(text: string): string {
  const range = parseEntry(text)
  return typeof range === 'string' ? range : formatRange(range)
}

describe('address list', () => {
  for (const [text, range] of Object.entries(taken)) {
    it(`${JSON.stringify(text)} is taken, as ${range}`, () => {
      expect(rangeText(text)).to.equal(range)
    })
  }

  for (const [text, message] of Object.entries(refused)) {
    it(`${JSON.stringify(text)} is refused, with the reason`, () => {
      expect(parseEntry(text)).to.be.a('string').that.matches(message)
    })
  }

  it('ip-num finds the same range in every CIDR', () => {
    fc.assert(
      fc.property(ipv4, fc.nat(32), ipv6, fc.nat(128), (v4, length4, v6, length6) => {
        const cidr4 = `${formatAddress({ family: 'IPv4', value: v4 })}/${length4}`
        const cidr6 = `${formatAddress({ family: 'IPv6', value: v6 })}/${length6}`
        const [judge4, judge6] = [IPv4CidrRange.fromCidr(cidr4), IPv6CidrRange.fromCidr(cidr6)]
        expect(parseEntry(cidr4)).to.deep.equal({
          family: 'IPv4',
          first: judge4.getFirst().getValue(),
          last: judge4.getLast().getValue(),
        })
        expect(parseEntry(cidr6)).to.deep.equal({
          family: 'IPv6',
          first: judge6.getFirst().getValue(),
          last: judge6.getLast().getValue(),
        })
      }),
    )
  })

  it('ip-num finds the same ends in every range, and refuses those that end before they start', () => {
    const written = fc.oneof(
      fc.tuple(ipv4, ipv4).map(([a, b]) => rangeOf('IPv4', a, b)),
      fc.tuple(ipv6, ipv6).map(([a, b]) => rangeOf('IPv6', a, b)),
    )
    fc.assert(
      fc.property(written, ({ family, first, last, text }) => {
        if (first > last) {
          expect(() => RangedSet.fromRangeString(text)).to.throw()
          expect(parseEntry(text)).to.match(/before it starts/)
          return
        }
        const judge = RangedSet.fromRangeString(text)
        expect([judge.getFirst().getValue(), judge.getLast().getValue()]).to.deep.equal([first, last])
        expect(parseEntry(text)).to.deep.equal({ family, first, last })
      }),
    )
  })

  it('a flawed list keeps its good entries, and says which are bad', () => {
    const { value, objections } = poolOf([
      '192.0.2.0/28',
      'nonsense',
      '2001:db8::/120',
      7,
      '192.0.2.99-192.0.2.90',
    ])
    expect(value.ranges.map(formatRange)).to.deep.equal(['192.0.2.0/28', '2001:db8::/120'])
    expect(value.ranges.map(({ index }) => index)).to.deep.equal([0, 2])
    expect(objections.map(({ field }) => field)).to.deep.equal([
      'spec.addresses[1]',
      'spec.addresses[3]',
      'spec.addresses[4]',
    ])
    expect(objections[0]?.value).to.equal('"nonsense"')
  })

  for (const [words, addresses] of [
    ['an empty list', []],
    ['no list', undefined],
  ] as const) {
    it(`${words} is refused`, () => {
      const { value, objections } = poolOf(addresses)
      expect(value.ranges).to.deep.equal([])
      expect(objections.map(({ field }) => field)).to.deep.equal(['spec.addresses'])
    })
  }

  it('of two entries that overlap the later is refused, with the name of the other', () => {
    const overlapping = poolOf(['192.0.2.128/25', '198.51.100.0/24', '192.0.2.0-192.0.2.200'])
    expect(overlapping.objections).to.deep.equal([
      {
        field: 'spec.addresses[2]',
        value: '"192.0.2.0-192.0.2.200"',
        message: 'overlaps spec.addresses[0] (192.0.2.128/25); each address must stand once',
      },
    ])
  })

  it('IPv4 and IPv6 of the same value do not overlap', () => {
    expect(poolOf(['0.0.0.0/0', '::/96']).objections).to.deep.equal([])
  })

  it('whatever overlaps, the ranges that are kept are disjoint and hold the same addresses', () => {
    const small = fc.tuple(fc.bigInt(0n, 60n), fc.bigInt(0n, 20n))
    fc.assert(
      fc.property(fc.array(small, { minLength: 1, maxLength: 8 }), (spans) => {
        const written = spans.map(([first, size]) => rangeOf('IPv4', first, first + size))
        const { value, objections } = poolOf(written.map(({ text }) => text))
        for (const [index, a] of value.ranges.entries())
          for (const b of value.ranges.slice(index + 1)) expect(rangesOverlap(a, b)).to.equal(false)
        for (let address = 0n; address <= 81n; address++) {
          const one = { family: 'IPv4', value: address } as const
          const meant = written.some((range) => rangeContains(range, one))
          expect(value.ranges.some((range) => rangeContains(range, one))).to.equal(meant)
        }
        const overlap = written.some((a, index) => written.slice(index + 1).some((b) => rangesOverlap(a, b)))
        expect(objections.length > 0).to.equal(overlap)
      }),
    )
  })

  it('10,000 addresses are read, and 10,000 bad ones each have their objection', () => {
    const good = Array.from({ length: 10_000 }, (_, index) => `10.${index >> 8}.${index & 255}.1/32`)
    expect(poolOf(good).value.ranges).to.have.length(10_000)
    expect(poolOf(good).objections).to.deep.equal([])
    expect(poolOf(good.map((text) => `${text}x`)).objections).to.have.length(10_000)
  })

  it('an entry of 64 kB is refused in a few words', () => {
    const [objection] = poolOf(['1:'.repeat(32_768)]).objections
    expect(objection?.message).to.equal('not an IP address')
    expect(objection?.value.length).to.be.at.most(80)
  })
})

function rangeOf(family: Family, first: bigint, last: bigint) {
  const text = `${formatAddress({ family, value: first })}-${formatAddress({ family, value: last })}`
  return { family, first, last, text }
}
