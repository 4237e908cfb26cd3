// Handing over: what moves is handed over, what is withdrawn is not.
import { expect } from 'chai'
import type { Claim } from '../../protocols/l2/claim.ts'
import type { L2Outcome, SpeakerPlan } from '../../reconcilers/plan.ts'
import { noBgp, service, snapshot } from '../../test/support/snapshots.ts'
import { inheritedBy, movedElsewhere } from './handover.ts'

const claimsOf = (...addresses: readonly string[]): readonly Claim[] =>
  addresses.map((address) => ({ address, interfaces: 'all' }))

function planOf(claims: readonly Claim[], services: Readonly<Record<string, L2Outcome>> = {}): SpeakerPlan {
  return { node: 'node-a', claims, services: new Map(Object.entries(services)), bgp: noBgp }
}

const web = service('web', { ingress: ['192.0.2.1', '2001:db8::1'] })
const before = claimsOf('192.0.2.1', '2001:db8::1')

describe('an address that leaves a node', () => {
  it('is handed over when another node wins it', () => {
    expect(movedElsewhere(before, planOf([]), snapshot({ services: [web] }))).to.deep.equal([
      '192.0.2.1',
      '2001:db8::1',
    ])
  })

  it('is left at once when its Service is gone, or is no LoadBalancer any more', () => {
    expect(movedElsewhere(before, planOf([]), snapshot({ services: [] }))).to.deep.equal([])
    const clusterIP = { ...web, type: 'ClusterIP' }
    expect(movedElsewhere(before, planOf([]), snapshot({ services: [clusterIP] }))).to.deep.equal([])
  })

  it('is left at once when nobody is to announce it', () => {
    const silent: L2Outcome = { state: 'silent', verdict: { reason: 'NoServingEndpoint', message: '' } }
    expect(
      movedElsewhere(before, planOf([], { 'default/web': silent }), snapshot({ services: [web] })),
    ).to.deep.equal([])
  })

  it('is left at once when its Service has another one now', () => {
    const moved = service('web', { ingress: ['192.0.2.9'] })
    expect(movedElsewhere(before, planOf([]), snapshot({ services: [moved] }))).to.deep.equal([])
  })

  it('does not concern those that stay', () => {
    const other = service('other', { ingress: ['192.0.2.2'] })
    const claims = claimsOf('192.0.2.1', '192.0.2.2')
    expect(
      movedElsewhere(claims, planOf(claimsOf('192.0.2.2')), snapshot({ services: [web, other] })),
    ).to.deep.equal(['192.0.2.1'])
  })
})

describe('a speaker that goes', () => {
  it('hands over only what somebody is there to take', () => {
    const other = service('other', { ingress: ['192.0.2.2'] })
    const claims = claimsOf('192.0.2.1', '192.0.2.2', '2001:db8::1')
    expect(inheritedBy(claims, [web, other], ({ name }) => name === 'other')).to.deep.equal(['192.0.2.2'])
    expect(inheritedBy(claims, [web, other], () => false)).to.deep.equal([])
  })
})
