// Claims cross to the worker as changes, and are there what they were here.
import { expect } from 'chai'
import fc from 'fast-check'
import type { Claim } from '../l2/claim.ts'
import { checkKinds } from '../l2/claim.ts'
import { ClaimFeed, ClaimTable } from './claim-feed.ts'

const claimArbitrary: fc.Arbitrary<Claim> = fc.record(
  {
    address: fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3', '2001:db8::1'),
    interfaces: fc.constantFrom<Claim['interfaces']>('all', ['eth0'], ['eth0', 'eth1']),
    check: fc.constantFrom(...checkKinds),
  },
  { requiredKeys: ['address', 'interfaces'] },
)

const claimsArbitrary = fc.uniqueArray(claimArbitrary, { selector: ({ address }) => address })

/** What crosses to another thread is copied. */
const crossed = <T>(value: T): T => structuredClone(value)

describe('the feed of claims', () => {
  it('leaves the worker with the claims that were wished last, whatever was wished before', () => {
    fc.assert(
      fc.property(fc.array(claimsArbitrary), claimsArbitrary, (before, last) => {
        const feed = new ClaimFeed()
        const table = new ClaimTable()
        for (const claims of before) table.take(crossed(feed.changesTo(claims)))
        expect(table.take(crossed(feed.changesTo(last)))).to.have.deep.members([...last])
      }),
    )
  })

  it('tells nothing the second time, also of claims that were made anew', () => {
    const claim: Claim = { address: '192.0.2.1', interfaces: ['eth0'], check: 'beside' }
    const feed = new ClaimFeed()
    feed.changesTo([claim])
    expect(feed.changesTo([{ ...claim, interfaces: ['eth0'] }])).to.deep.equal({ set: [], gone: [] })
  })

  it('tells of a claim that is wished otherwise, and of no other', () => {
    const feed = new ClaimFeed()
    const other: Claim = { address: '192.0.2.2', interfaces: 'all' }
    feed.changesTo([{ address: '192.0.2.1', interfaces: 'all' }, other])
    const now: Claim = { address: '192.0.2.1', interfaces: ['eth0'] }
    expect(feed.changesTo([now, other])).to.deep.equal({ set: [now], gone: [] })
  })

  it('tells a new worker everything', () => {
    const claim: Claim = { address: '192.0.2.1', interfaces: 'all' }
    const feed = new ClaimFeed()
    feed.changesTo([claim])
    feed.startOver()
    expect(feed.changesTo([claim])).to.deep.equal({ set: [claim], gone: [] })
  })

  it('keeps to the first of two claims with one address', () => {
    const first: Claim = { address: '192.0.2.1', interfaces: 'all' }
    const feed = new ClaimFeed()
    expect(feed.changesTo([first, { ...first, interfaces: ['eth0'] }]).set).to.deep.equal([first])
  })
})
