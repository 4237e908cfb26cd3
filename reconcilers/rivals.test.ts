// Two Services on one address that may not share it: one is announced, by whichever protocol, and the other by nobody.
import { expect } from 'chai'
import { bgpAdvertisement, bgpPeer } from '../test/support/bgp-snapshots.ts'
import { advertisement, at, assigned, cluster, condition, pool, service } from '../test/support/snapshots.ts'
import { planController, planSpeaker } from './plan.ts'
import type { Snapshot } from './snapshot.ts'

const since = (seconds: number) => ({
  conditions: [condition('metallb.io/Allocated', { reason: 'Allocated', lastTransitionTime: at(seconds) })],
})
/** The younger Service had the address first. */
const first = { ...assigned(service('younger', { createdAt: at(9) }), ['192.0.2.7'], 'p'), ...since(10) }
const late = { ...assigned(service('elder', { createdAt: at(1) }), ['192.0.2.7'], 'p'), ...since(20) }

function scene(changes: Partial<Snapshot> = {}): Snapshot {
  return cluster(['node-a', 'node-b'], {
    pools: [pool('p', ['192.0.2.0/24'])],
    l2Advertisements: [advertisement('all')],
    bgpPeers: [bgpPeer('tor')],
    bgpAdvertisements: [bgpAdvertisement('all')],
    services: [late, first],
    ...changes,
  })
}

/** By layer 2 and by BGP, on every node: the reason, or that it is announced. */
function told(of: Snapshot, key: string): ReadonlySet<string> {
  return new Set(
    ['node-a', 'node-b'].flatMap((node) => {
      const plan = planSpeaker(of, node)
      return [plan.services.get(key), plan.bgp.services.get(key)].flatMap((outcome) => {
        if (outcome === undefined) return []
        return outcome.state === 'silent' ? [outcome.verdict.reason] : ['announced']
      })
    }),
  )
}

describe('two Services on one address that they may not share', () => {
  it('the one that had it first is announced, the other by nobody', () => {
    expect([...told(scene(), 'default/younger')]).to.deep.equal(['announced'])
    expect([...told(scene(), 'default/elder')]).to.deep.equal(['AddressInUse'])
  })

  it('the other is announced by nobody even if the first one has no endpoint', () => {
    const all = scene()
    const of = { ...all, endpoints: new Map([...all.endpoints].filter(([key]) => key === 'default/elder')) }
    expect([...told(of, 'default/elder')]).to.deep.equal(['AddressInUse'])
  })

  it('the first one stays where it is and the other moves, with the reason', () => {
    const { services } = planController(scene())
    expect(services.get('default/younger')).to.deep.include({ addresses: ['192.0.2.7'] })
    const moved = services.get('default/elder')
    expect(moved).to.deep.include({ state: 'assigned', addresses: ['192.0.2.0'] })
    expect(moved?.state === 'assigned' ? moved.replaced?.verdict.reason : undefined).to.equal('AddressInUse')
  })
})
