// What a change of objects would do to Services that have their addresses.
import { expect } from 'chai'
import * as fc from 'fast-check'
import { anyBgpSnapshot } from '../test/support/bgp-cluster-arbitraries.ts'
import { anySnapshot, reborn, shuffled } from '../test/support/snapshot-arbitraries.ts'
import { advertisement, assigned, cluster, object, pool, service } from '../test/support/snapshots.ts'
import { bgpAdvertisementKind, parseBGPAdvertisement } from '../crds/bgp-advertisement.ts'
import { bgpPeerKind, parseBGPPeer } from '../crds/bgp-peer.ts'
import type { ServiceChange } from './compare.ts'
import { compareFutures, whatMoves } from './compare.ts'
import { carriedOut, settle } from './settle.ts'
import type { Snapshot } from './snapshot.ts'

const lan = pool('lan', ['192.0.2.0/24'])
const far = pool('far', ['198.51.100.0/24'], { createdAt: '2026-02-01T00:00:00Z' })
const web = assigned(service('web'), ['192.0.2.0'], 'lan')

function at(changes: Partial<Snapshot> = {}): Snapshot {
  return cluster(['node-a', 'node-b'], {
    pools: [lan],
    l2Advertisements: [advertisement('all')],
    services: [web],
    ...changes,
  })
}

function onlyChange(earlier: Snapshot, later: Snapshot): ServiceChange {
  const { services } = compareFutures(earlier, later)
  expect(services).to.have.length(1)
  const [change] = services
  if (change === undefined) throw new Error('nothing changes')
  return change
}

describe('two futures of a cluster', () => {
  it('are the same where nothing changes, whatever the order of objects', () => {
    const both = { pools: [lan, far], services: [web, service('late')] }
    const earlier = at(both)
    const later = at({ pools: [far, lan], services: [service('late'), web] })
    expect(compareFutures(earlier, later)).to.deep.equal({
      services: [],
      unserved: [],
      unchanged: 2,
      objects: [],
    })
  })

  it('differ where a pool goes: its Services move to another one', () => {
    const change = onlyChange(at({ pools: [lan, far] }), at({ pools: [far] }))
    expect(change.before).to.deep.include({ addresses: ['192.0.2.0'], pool: 'lan' })
    expect(change.after).to.deep.include({ addresses: ['198.51.100.0'], pool: 'far' })
    expect(whatMoves(change)).to.include('addresses')
  })

  it('differ where the last pool goes: its Services lose address and owner, with the reason', () => {
    const change = onlyChange(at(), at({ pools: [] }))
    expect(change.after).to.deep.include({ addresses: [], routing: [] })
    expect(change.after?.verdict?.reason).to.equal('NoPools')
    expect(whatMoves(change)).to.deep.equal(['addresses', 'owner'])
  })

  it('give a Service that waits what another one leaves', () => {
    const one = pool('one', ['192.0.2.0/32'])
    const waiting = service('waiting', { createdAt: '2026-03-01T00:00:00Z' })
    const leaving = { ...web, annotations: { ...web.annotations, 'metallb.io/address-pool': 'far' } }
    const earlier = at({
      pools: [one, pool('far', ['198.51.100.0/24'], { autoAssign: false })],
      services: [web, waiting],
    })
    const { services } = compareFutures(earlier, { ...earlier, services: [leaving, waiting] })
    expect(services.map(({ service: key, after }) => [key, after?.addresses])).to.deep.equal([
      ['default/waiting', ['192.0.2.0']],
      ['default/web', ['198.51.100.0']],
    ])
  })

  it('differ where only another node may announce', () => {
    const owner = settleOwner(at())
    const other = owner === 'node-a' ? 'node-b' : 'node-a'
    const onlyOther = advertisement('all', {
      nodeSelectors: [{ matchLabels: { 'kubernetes.io/hostname': other } }],
    })
    const nodes = ['node-a', 'node-b'].map((name) => ({
      name,
      labels: { 'kubernetes.io/hostname': name },
      networkUnavailable: false,
      addresses: [],
    }))
    const change = onlyChange(at({ nodes }), at({ nodes, l2Advertisements: [onlyOther] }))
    expect([change.before?.owner, change.after?.owner]).to.deep.equal([owner, other])
    expect(whatMoves(change)).to.deep.equal(['owner'])
  })

  it('differ where routers are told of a Service, by every node', () => {
    const peer = parseBGPPeer(
      object(
        bgpPeerKind,
        { name: 'tor', createdAt: '', labels: {} },
        { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.254' },
      ),
    )
    const routes = parseBGPAdvertisement(
      object(bgpAdvertisementKind, { name: 'all', createdAt: '', labels: {} }, {}),
    )
    const nodes = ['node-a', 'node-b'].map((name) => ({
      name,
      labels: {},
      networkUnavailable: false,
      addresses: [name === 'node-a' ? '192.0.2.201' : '192.0.2.202'],
    }))
    const change = onlyChange(
      at({ nodes, bgpPeers: [peer] }),
      at({ nodes, bgpPeers: [peer], bgpAdvertisements: [routes] }),
    )
    expect(whatMoves(change)).to.deep.equal(['routing'])
    expect(change.after?.routing).to.deep.equal(['node-a', 'node-b'])
  })

  it('have Services that are new, and such that are gone', () => {
    const fresh = onlyChange(at(), at({ services: [web, service('fresh')] }))
    expect(fresh.service).to.equal('default/fresh')
    expect(fresh.before).to.equal(undefined)
    expect(fresh.after?.addresses).to.deep.equal(['192.0.2.1'])
    expect(onlyChange(at(), at({ services: [] })).after).to.equal(undefined)
  })

  it('name new Services that would get nothing, which moves nobody', () => {
    const vain = service('vain', { annotations: { 'metallb.io/loadBalancerIPs': '203.0.113.9' } })
    const { services, unserved, unchanged } = compareFutures(at(), at({ services: [web, vain] }))
    expect([services, unchanged]).to.deep.equal([[], 1])
    expect(unserved.map(({ service: key, after }) => [key, after?.verdict?.reason])).to.deep.equal([
      ['default/vain', 'AddressOutsidePools'],
    ])
  })

  it('say what is newly wrong with an object, and nothing that was so before', () => {
    const bad = pool('bad', ['nonsense'])
    const over = pool('over', ['192.0.2.128/25'], { createdAt: '2026-03-01T00:00:00Z' })
    const { objects } = compareFutures(at({ pools: [lan, bad] }), at({ pools: [lan, bad, over] }))
    expect(objects.map(({ kind, name, verdict }) => `${kind} ${name}: ${verdict.reason}`)).to.deep.equal([
      'IPAddressPool lan: OverlappingPools',
      'IPAddressPool over: NoAddressLeft',
      'IPAddressPool over: OverlappingPools',
    ])
  })
})

describe('in any cluster', () => {
  it('nothing moves when what stands is applied again, in any order', () => {
    const copies = anySnapshot.chain((of) => fc.tuple(fc.constant(of), shuffled(reborn(of))))
    fc.assert(
      fc.property(copies, ([of, copy]) => {
        expect(compareFutures(of, copy)).to.deep.include({ services: [], unserved: [], objects: [] })
      }),
    )
  })

  it('a Service that is taken away is named, where it had something', () => {
    fc.assert(
      fc.property(anyBgpSnapshot, (of) => {
        const before = compareFutures({ ...of, services: [], flawedServices: [] }, of)
        const after = compareFutures(of, { ...of, services: [], flawedServices: [] })
        const keys = after.services.map(({ service: key }) => key)
        for (const { service: key, after: had } of before.services)
          if ((had?.addresses.length ?? 0) > 0) expect(keys).to.include(key)
      }),
    )
  })

  it('the rounds come to an end: a plan of the settled cluster changes nothing', () => {
    fc.assert(
      fc.property(anySnapshot, (of) => {
        const { snapshot, plan } = settle(of)
        expect(carriedOut(snapshot, plan)).to.equal(snapshot)
      }),
    )
  })
})

describe('a settled cluster', () => {
  it('has in it what its plan gives, and a plan of it changes nothing', () => {
    const start = at({ services: [service('a'), service('b'), web] })
    const { snapshot, plan } = settle(start)
    expect(snapshot.services.map(({ ingress }) => ingress)).to.deep.equal([
      ['192.0.2.1'],
      ['192.0.2.2'],
      ['192.0.2.0'],
    ])
    expect(carriedOut(snapshot, plan)).to.equal(snapshot)
  })

  it('leaves the addresses of a Service that is not ours', () => {
    const theirs = service('theirs', { loadBalancerClass: 'other', ingress: ['203.0.113.1'] })
    expect(settle(at({ services: [theirs] })).snapshot.services).to.deep.equal([theirs])
  })
})

function settleOwner(snapshot: Snapshot): string | undefined {
  return compareFutures(snapshot, { ...snapshot, services: [] }).services[0]?.before?.owner
}
