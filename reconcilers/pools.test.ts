// Whose address is it: look-ups, overlaps, sizes.
import { expect } from 'chai'
import * as fc from 'fast-check'
import { formatAddress, formatRange, parseAddress, rangeContains } from '../protocols/net/address.ts'
import { at, pool } from '../test/support/snapshots.ts'
import type { PoolIndex } from './pools.ts'
import { indexPools, mayAssign, poolListsAddress, segmentOf } from './pools.ts'

function ownerOf(index: PoolIndex, text: string): string | undefined {
  const address = parseAddress(text)
  return address === undefined ? undefined : segmentOf(index, address)?.pool.name
}

function segmentsOf(index: PoolIndex, name: string): readonly string[] {
  const entry = index.byName.get(name)
  return [...(entry?.segments.IPv4 ?? []), ...(entry?.segments.IPv6 ?? [])].map(formatRange)
}

describe('pools', () => {
  it('an address belongs to the pool whose range holds it', () => {
    const index = indexPools([
      pool('a', ['192.0.2.0/24', '2001:db8::/64']),
      pool('b', ['198.51.100.10-198.51.100.20']),
    ])
    expect(ownerOf(index, '192.0.2.0')).to.equal('a')
    expect(ownerOf(index, '192.0.2.255')).to.equal('a')
    expect(ownerOf(index, '2001:db8::ffff:ffff:ffff:ffff')).to.equal('a')
    expect(ownerOf(index, '198.51.100.20')).to.equal('b')
    expect(ownerOf(index, '198.51.100.21')).to.equal(undefined)
    expect(ownerOf(index, '2001:db8:0:1::')).to.equal(undefined)
  })

  it('of two pools that overlap the older one keeps the overlap, and both know', () => {
    const index = indexPools([
      pool('young', ['192.0.2.0-192.0.2.19'], { createdAt: at(2) }),
      pool('old', ['192.0.2.10-192.0.2.12'], { createdAt: at(1) }),
    ])
    expect(segmentsOf(index, 'old')).to.deep.equal(['192.0.2.10-192.0.2.12'])
    expect(segmentsOf(index, 'young')).to.deep.equal(['192.0.2.0-192.0.2.9', '192.0.2.13-192.0.2.19'])
    const [old, young] = index.entries
    expect(old?.overlaps.map((overlap) => [overlap.with.name, overlap.keeps])).to.deep.equal([
      ['young', true],
    ])
    expect(young?.overlaps.map((overlap) => [overlap.with.name, overlap.keeps])).to.deep.equal([
      ['old', false],
    ])
    expect(young?.capacity.IPv4).to.equal(17n)
  })

  it('pools of one age are ordered by name', () => {
    const index = indexPools([pool('b', ['192.0.2.0/24']), pool('a', ['192.0.2.0/25'])])
    expect(ownerOf(index, '192.0.2.1')).to.equal('a')
    expect(segmentsOf(index, 'b')).to.deep.equal(['192.0.2.128/25'])
  })

  it('a range stays one stretch where only a younger pool overlaps it', () => {
    const index = indexPools([
      pool('old', ['192.0.2.0/24'], { createdAt: at(1) }),
      pool('young', ['192.0.2.7/32', '192.0.2.9/32'], { createdAt: at(2) }),
    ])
    expect(segmentsOf(index, 'old')).to.deep.equal(['192.0.2.0/24'])
  })

  it('ranges are tried in the order written, not by their addresses', () => {
    const index = indexPools([pool('a', ['198.51.100.0/30', '192.0.2.0/30'])])
    expect(segmentsOf(index, 'a')).to.deep.equal(['198.51.100.0/30', '192.0.2.0/30'])
  })

  it('sizes are exact for any IPv6 prefix and without what avoidBuggyIPs avoids', () => {
    const index = indexPools([
      pool('huge', ['2001:db8::/32', '2001:db9::/127']),
      pool('avoiding', ['192.0.2.0/24', '198.51.100.250-198.51.101.5', '203.0.113.1/32'], {
        avoidBuggyIPs: true,
      }),
    ])
    expect(index.byName.get('huge')?.capacity.IPv6).to.equal(2n ** 96n + 2n)
    expect(index.byName.get('avoiding')?.capacity.IPv4).to.equal(254n + 10n + 1n)
  })

  it('exclusions are cut out of what a pool gives, and the addresses stay its own', () => {
    const index = indexPools([
      pool('old', ['192.0.2.10-192.0.2.19'], {
        createdAt: at(1),
        excludeAddresses: ['192.0.2.0-192.0.2.12'],
      }),
      pool('young', ['192.0.2.0/27'], {
        createdAt: at(2),
        excludeAddresses: ['192.0.2.4/30', '192.0.2.6/31'],
      }),
    ])
    expect(segmentsOf(index, 'old')).to.deep.equal(['192.0.2.13-192.0.2.19'])
    expect(segmentsOf(index, 'young')).to.deep.equal([
      '192.0.2.0/30',
      '192.0.2.8/31',
      '192.0.2.20-192.0.2.31',
    ])
    expect(ownerOf(index, '192.0.2.10')).to.equal('old')
    expect(ownerOf(index, '192.0.2.5')).to.equal('young')
    expect(index.byName.get('young')?.capacity.IPv4).to.equal(18n)
  })

  it('the same pools are not cut twice', () => {
    const pools = [pool('a', ['192.0.2.0/24'])]
    expect(indexPools([...pools])).to.equal(indexPools([...pools]))
  })

  it('every address of any pools has the oldest pool that lists it as its owner', () => {
    const ranges = fc.array(
      fc
        .tuple(fc.nat(60), fc.nat(10))
        .map(([first, more]) => `10.0.0.${first}-10.0.0.${Math.min(63, first + more)}`),
      { minLength: 1, maxLength: 4 },
    )
    const excluded = fc.oneof(fc.constant<string[]>([]), ranges)
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(3), ranges, fc.boolean(), excluded), { maxLength: 6 }),
        (specs) => {
          const pools = specs.map(([age, addresses, avoidBuggyIPs, excludeAddresses], number) =>
            pool(`p${number}`, addresses, { createdAt: at(age), avoidBuggyIPs, excludeAddresses }),
          )
          const index = indexPools(pools)
          const capacities = new Map(index.entries.map(({ name }) => [name, 0n]))
          for (let last = 0; last < 64; last++) {
            const address = { family: 'IPv4', value: (10n << 24n) + BigInt(last) } as const
            const oldest = index.entries.find((entry) => poolListsAddress(entry.pool, address))
            expect(ownerOf(index, formatAddress(address))).to.equal(oldest?.name)
            const segment = segmentOf(index, address)
            if (oldest === undefined || segment === undefined) continue
            const isExcluded = (oldest.pool.excluded ?? []).some((one) => rangeContains(one, address))
            expect(segment.excluded).to.equal(isExcluded)
            expect(oldest.segments.IPv4.includes(segment)).to.equal(!isExcluded)
            if (mayAssign(segment, address))
              capacities.set(oldest.name, (capacities.get(oldest.name) ?? 0n) + 1n)
          }
          for (const { name, capacity } of index.entries) expect(capacity.IPv4).to.equal(capacities.get(name))
        },
      ),
    )
  })
})
