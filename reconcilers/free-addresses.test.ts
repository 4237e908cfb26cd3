// The search for the next free address, against a scan.
import { expect } from 'chai'
import * as fc from 'fast-check'
import { formatAddress, parseAddress } from '../protocols/net/address.ts'
import { pool } from '../test/support/snapshots.ts'
import type { FreeAddresses } from './free-addresses.ts'
import { freeBeside, markStanding, markTaken, nextFree, offsetIn, unmarkStanding } from './free-addresses.ts'
import type { PoolEntry } from './pools.ts'
import { indexPools, isAvoided } from './pools.ts'

function entryOf(addresses: readonly string[], avoidBuggyIPs = false): PoolEntry {
  const entry = indexPools([pool('a', addresses, { avoidBuggyIPs })]).byName.get('a')
  if (entry === undefined) throw new Error('no pool')
  return entry
}

function mark(free: FreeAddresses, entry: PoolEntry, text: string): void {
  const address = parseAddress(text)
  const segment = entry.segments[address?.family ?? 'IPv4'].find(
    ({ first, last }) => address !== undefined && first <= address.value && address.value <= last,
  )
  if (address === undefined || segment === undefined) throw new Error(`${text} is not in the pool`)
  markStanding(free.stood, segment, offsetIn(segment, address))
}

function take(free: FreeAddresses, entry: PoolEntry, family: 'IPv4' | 'IPv6' = 'IPv4'): string | undefined {
  const found = nextFree(free, entry, family)
  if (found === undefined) return undefined
  markTaken(free, found.segment, offsetIn(found.segment, found.address))
  return formatAddress(found.address)
}

describe('free addresses', () => {
  it('the lowest address comes first, range by range in the order written', () => {
    const entry = entryOf(['198.51.100.0/31', '192.0.2.0/31'])
    const free = freeBeside(new Map())
    const taken = Array.from({ length: 5 }, () => take(free, entry))
    expect(taken).to.deep.equal(['198.51.100.0', '198.51.100.1', '192.0.2.0', '192.0.2.1', undefined])
  })

  it('a gap between addresses in use is found', () => {
    const entry = entryOf(['192.0.2.0/24'])
    const free = freeBeside(new Map())
    for (let last = 0; last < 200; last++) if (last !== 150) mark(free, entry, `192.0.2.${last}`)
    expect(take(free, entry)).to.equal('192.0.2.150')
    expect(take(free, entry)).to.equal('192.0.2.200')
  })

  it('.0 and .255 are skipped where they are avoided', () => {
    const entry = entryOf(['192.0.2.254-192.0.3.1'], true)
    const free = freeBeside(new Map())
    const taken = Array.from({ length: 3 }, () => take(free, entry))
    expect(taken).to.deep.equal(['192.0.2.254', '192.0.3.1', undefined])
  })

  it('an address at the far end of a huge IPv6 range does not disturb the search', () => {
    const entry = entryOf(['2001:db8::/32'])
    const free = freeBeside(new Map())
    mark(free, entry, '2001:db8:ffff::1')
    mark(free, entry, '2001:db8::')
    expect(take(free, entry, 'IPv6')).to.equal('2001:db8::1')
  })

  it('what is given back is found again by the next plan, once nobody has it any more', () => {
    const entry = entryOf(['192.0.2.0/29'])
    const [segment] = entry.segments.IPv4
    if (segment === undefined) throw new Error('one range was written')
    const free = freeBeside(new Map())
    for (const last of [0, 1, 1, 2]) mark(free, entry, `192.0.2.${last}`)
    expect(take(free, entry)).to.equal('192.0.2.3')
    unmarkStanding(free.stood, segment, 1)
    expect(take(freeBeside(free.stood), entry)).to.equal('192.0.2.3')
    unmarkStanding(free.stood, segment, 1)
    expect(take(freeBeside(free.stood), entry)).to.equal('192.0.2.1')
  })

  it('the families of a pool are searched apart', () => {
    const entry = entryOf(['2001:db8::/126', '192.0.2.0/32'])
    const free = freeBeside(new Map())
    expect(take(free, entry)).to.equal('192.0.2.0')
    expect(take(free, entry)).to.equal(undefined)
    expect(take(free, entry, 'IPv6')).to.equal('2001:db8::')
  })

  it('whatever is in use, the search finds what a scan finds', () => {
    const offsets = fc.uniqueArray(fc.nat(600), { maxLength: 400 })
    fc.assert(
      fc.property(offsets, fc.boolean(), fc.nat(20), (used, avoid, wanted) => {
        const entry = entryOf(['10.0.0.0-10.0.0.200', '10.0.1.50-10.0.2.88'], avoid)
        const [one, two] = entry.segments.IPv4
        if (one === undefined || two === undefined) throw new Error('two ranges were written')
        const all = [one, two].flatMap(({ first, last }) =>
          Array.from({ length: Number(last - first) + 1 }, (_, offset) => first + BigInt(offset)),
        )
        const free = freeBeside(new Map())
        const gone = new Set<bigint>()
        for (const position of used) {
          const value = all[position]
          if (value === undefined) continue
          gone.add(value)
          mark(free, entry, formatAddress({ family: 'IPv4', value }))
        }
        const expected = all
          .map((value) => ({ family: 'IPv4', value }) as const)
          .filter((address) => !gone.has(address.value) && !isAvoided(entry.pool, address))
          .slice(0, wanted)
          .map(formatAddress)
        const found = Array.from({ length: wanted }, () => take(free, entry)).filter(
          (text) => text !== undefined,
        )
        expect(found).to.deep.equal(expected)
      }),
    )
  })

  it('over any history of addresses that come and go, plan by plan, the search finds what a scan finds', () => {
    const steps = fc.array(fc.tuple(fc.nat(40), fc.boolean()), { maxLength: 80 })
    fc.assert(
      fc.property(steps, fc.boolean(), (history, avoid) => {
        const entry = entryOf(['10.0.0.240-10.0.1.20'], avoid)
        const [segment] = entry.segments.IPv4
        if (segment === undefined) throw new Error('one range was written')
        const { stood } = freeBeside(new Map())
        const counts = new Map<number, number>()
        for (const [offset, comes] of history) {
          const count = counts.get(offset) ?? 0
          if (comes) markStanding(stood, segment, offset)
          else if (count > 0) unmarkStanding(stood, segment, offset)
          counts.set(offset, Math.max(0, count + (comes ? 1 : -1)))
          const free = freeBeside(stood)
          const expected = Array.from({ length: 37 }, (_, each) => each)
            .filter((each) => (counts.get(each) ?? 0) === 0)
            .map((each) => ({ family: 'IPv4', value: segment.first + BigInt(each) }) as const)
            .filter((address) => !isAvoided(entry.pool, address))
            .slice(0, 5)
            .map(formatAddress)
          const found = Array.from({ length: 5 }, () => take(free, entry))
          expect(found.filter((text) => text !== undefined)).to.deep.equal(expected)
        }
      }),
    )
  })
})
