// Pools that hold what the cluster itself uses.
import { expect } from 'chai'
import * as fc from 'fast-check'
import type { Cidr } from '../crds/service-cidr.ts'
import { cidrOf } from '../crds/service-cidr.ts'
import { formatAddress, rangeContains } from '../protocols/net/address.ts'
import { at, node, pool, snapshot } from '../test/support/snapshots.ts'
import { planController } from './plan.ts'
import { indexPools, segmentsWithin } from './pools.ts'
import type { Snapshot } from './snapshot.ts'

function cidr(text: string): Cidr {
  const found = cidrOf(text)
  if (found === undefined) throw new Error(`${text} is no CIDR`)
  return found
}

function warningsOf(changes: Partial<Snapshot>, name = 'lan'): readonly string[] {
  const plan = planController(snapshot(changes)).pools.get(name)
  return (plan?.warnings ?? []).map(({ reason, message }) => `${reason}: ${message}`)
}

const lan = pool('lan', ['192.0.2.0/24', '2001:db8::/64'])

describe('pools that hold what the cluster uses', () => {
  it('are warned of addresses of nodes, and stay in use', () => {
    const nodes = [
      node('a', { addresses: ['192.0.2.5', '2001:db8::5'] }),
      node('b', { addresses: ['198.51.100.1', 'host.example'] }),
    ]
    expect(warningsOf({ pools: [lan], nodes })).to.deep.equal([
      'PoolHoldsNodeAddress: pool lan holds addresses of nodes: 192.0.2.5 of node a, 2001:db8::5 of node a',
    ])
    expect(planController(snapshot({ pools: [lan], nodes })).pools.get('lan')?.verdicts).to.deep.equal([])
  })

  it('are warned of ServiceCIDRs and of the CIDRs of pods, whichever is the larger', () => {
    const serviceCIDRs = [{ name: 'kubernetes', cidrs: [cidr('192.0.0.0/16'), cidr('2001:db8::/112')] }]
    const nodes = [node('a', { podCIDRs: [cidr('192.0.2.128/25'), cidr('10.244.0.0/24')] })]
    expect(warningsOf({ pools: [lan], nodes, serviceCIDRs })).to.deep.equal([
      'PoolOverlapsServiceCIDR: pool lan overlaps cluster IPs of Services: 192.0.0.0/16 of ServiceCIDR kubernetes, 2001:db8::/112 of ServiceCIDR kubernetes',
      'PoolOverlapsPodCIDR: pool lan overlaps addresses of pods: 192.0.2.128/25 of node a',
    ])
  })

  it('name three examples and count the rest', () => {
    const nodes = [1, 2, 3, 4, 5].map((last) => node(`n${last}`, { addresses: [`192.0.2.${last}`] }))
    expect(warningsOf({ pools: [lan], nodes })[0]).to.match(/192\.0\.2\.3 of node n3 and 2 more$/)
  })

  it('are left in peace about what they exclude', () => {
    const pools = [pool('lan', ['192.0.2.0/24'], { excludeAddresses: ['192.0.2.0/28'] })]
    const nodes = [node('a', { addresses: ['192.0.2.5'], podCIDRs: [cidr('192.0.2.8/29')] })]
    expect(warningsOf({ pools, nodes })).to.deep.equal([])
  })

  it('are warned only of what they would give: of two that overlap the older', () => {
    const pools = [lan, pool('young', ['192.0.2.0/28'], { createdAt: at(1) })]
    const nodes = [node('a', { addresses: ['192.0.2.5'] })]
    expect(warningsOf({ pools, nodes }, 'young').join()).to.not.contain('PoolHoldsNodeAddress')
    expect(warningsOf({ pools, nodes }).join()).to.contain('PoolHoldsNodeAddress')
  })

  it('the stretches within a range are found as by looking at each address', () => {
    const span = fc
      .tuple(fc.nat(60), fc.nat(12))
      .map(([first, more]) => `10.0.0.${first}-10.0.0.${first + more}`)
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 6 }), span, (texts, within) => {
        const pools = texts.map((text, number) => pool(`p${number}`, [text]))
        const index = indexPools(pools)
        const range = cidr(within)
        const names = new Set(segmentsWithin(index, range).map((segment) => segment.pool.name))
        const scanned = new Set<string>()
        for (let value = range.first; value <= range.last; value++) {
          const address = { family: 'IPv4', value } as const
          const owner = index.segments.IPv4.find((segment) => rangeContains(segment, address))
          if (owner !== undefined) scanned.add(owner.pool.name)
        }
        expect([...names].toSorted(), formatAddress({ family: 'IPv4', value: range.first })).to.deep.equal(
          [...scanned].toSorted(),
        )
      }),
    )
  })
})
