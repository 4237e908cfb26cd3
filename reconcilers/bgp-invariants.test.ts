// What holds of BGP in any cluster: each one is a property.
import { expect } from 'chai'
import * as fc from 'fast-check'
import { parseAddress, parseCidr, rangeContains } from '../protocols/net/address.ts'
import {
  anyBgpAdvertisement,
  anyBgpSnapshot,
  anyPeer,
  shuffledBgp,
} from '../test/support/bgp-cluster-arbitraries.ts'
import { clusterNodes, reborn } from '../test/support/snapshot-arbitraries.ts'
import { nodeOwnFacts, servingFacts, servingNodes } from './eligibility.ts'
import { ourServices } from './l2-party.ts'
import type { BgpPlan } from './plan.ts'
import { planSpeaker } from './plan.ts'
import { indexPools } from './pools.ts'
import { lossesAmong } from './rivals.ts'
import type { Snapshot } from './snapshot.ts'
import { firstVerdict } from './verdict.ts'

const runs = { numRuns: 100 }

/** Comparable: nothing of how it is kept. */
function plan(of: Snapshot, node = 'node-a') {
  const { services, ...rest } = planSpeaker(of, node).bgp
  return { ...rest, services: new Map([...services].toSorted(([a], [b]) => (a < b ? -1 : 1))) }
}

/** 'prefix peer' → attributes. */
function told(of: Pick<BgpPlan, 'routes' | 'peers'>): ReadonlyMap<string, unknown> {
  const names = of.peers.map(({ name }) => name)
  return new Map(
    of.routes.flatMap(({ prefix, peers, attributes }) =>
      (peers === 'all' ? names : peers).map((peer): [string, unknown] => [`${prefix} ${peer}`, attributes]),
    ),
  )
}

describe('in any cluster that speaks BGP', () => {
  it('no prefix is told to a peer twice', () => {
    fc.assert(
      fc.property(anyBgpSnapshot, (of) => {
        const { routes, peers } = plan(of)
        const all = routes.flatMap((route) =>
          (route.peers === 'all' ? peers.map(({ name }) => name) : route.peers).map(
            (peer) => `${route.prefix} ${peer}`,
          ),
        )
        expect(new Set(all).size).to.equal(all.length)
      }),
      runs,
    )
  })

  it('no route stands for an address outside the pools', () => {
    fc.assert(
      fc.property(anyBgpSnapshot, (of) => {
        const ranges = indexPools(of.pools).entries.flatMap(({ pool }) => pool.ranges)
        for (const { prefix } of plan(of).routes) {
          const covered = parseCidr(prefix)
          if (covered === undefined) throw new Error(`${prefix} is no prefix`)
          // Whole blocks of a range are as wide as MetalLB lets a route be: the one that holds the address may be smaller.
          expect(
            ranges.some(
              ({ family, first, last }) =>
                family === covered.family && first <= covered.last && covered.first <= last,
            ),
          ).to.equal(true)
        }
      }),
      runs,
    )
  })

  it('every Service of ours is announced, or there is a reason why not', () => {
    fc.assert(
      fc.property(anyBgpSnapshot, (of) => {
        const { services, routes, peers, peerVerdicts } = plan(of)
        if (of.bgpAdvertisements.length === 0) return
        const names = new Set(peers.map(({ name }) => name))
        expect(services.size).to.equal(ourServices(of).length)
        expect(names.size + peerVerdicts.size).to.equal(of.bgpPeers.length)
        for (const outcome of services.values()) {
          if (outcome.state === 'silent') expect(outcome.verdict.message).not.to.equal('')
          else {
            expect(outcome.peers).not.to.deep.equal([])
            for (const peer of outcome.peers) expect(names.has(peer)).to.equal(true)
            for (const prefix of outcome.prefixes)
              expect(routes.some((route) => route.prefix === prefix)).to.equal(true)
          }
        }
      }),
      runs,
    )
  })

  it('every node with peers announces what has the policy Cluster, unless it is told not to', () => {
    fc.assert(
      fc.property(anyBgpSnapshot, (of) => {
        const free = of.bgpAdvertisements.filter(
          ({ value }) =>
            value.nodeSelectors.length + value.serviceSelectors.length + value.peers.length === 0 &&
            value.ipAddressPools.length === 0 &&
            value.maxNodes === undefined,
        )
        if (free.length === 0) return
        for (const node of of.nodes) {
          const candidacy = { name: node.name, node, ignoreExcludeLabel: of.settings.ignoreExcludeLabel }
          const { peers, services } = plan(of, node.name)
          if (firstVerdict(nodeOwnFacts, candidacy) !== undefined) continue
          for (const service of ourServices(of)) {
            const endpoints = of.endpoints.get(service.key)
            const local = service.externalTrafficPolicy === 'Local'
            if (firstVerdict(servingFacts, { service, endpoints }) !== undefined) continue
            if (local && !servingNodes(endpoints ?? []).has(node.name)) continue
            if (lossesAmong(ourServices(of)).has(service)) continue // an older one has its address
            const carried = service.ingress.some((text) => {
              const address = parseAddress(text)
              const pooled = indexPools(of.pools).entries.some(({ pool }) =>
                pool.ranges.some((range) => address !== undefined && rangeContains(range, address)),
              )
              return (
                pooled &&
                peers.some(
                  ({ session }) => address !== undefined && session.families.includes(address.family),
                )
              )
            })
            if (carried) expect(services.get(service.key)?.state).to.equal('announced')
          }
        }
      }),
      runs,
    )
  })

  it('a BGPPeer that cannot be used changes nothing for the others', () => {
    fc.assert(
      fc.property(anyBgpSnapshot, anyPeer('bad'), (of, bad) => {
        const flawed = { ...bad, objections: [{ field: 'spec', value: 'x', message: 'is wrong' }] }
        const without = plan(of)
        const withBad = plan({ ...of, bgpPeers: [...of.bgpPeers, flawed] })
        expect(withBad.peers).to.deep.equal(without.peers)
        expect(told(withBad)).to.deep.equal(told(without))
      }),
      runs,
    )
  })

  it('a change of one BGPPeer, its password or its profile changes the session of no other', () => {
    fc.assert(
      fc.property(anyBgpSnapshot, fc.nat(), fc.integer({ min: 3, max: 900 }), (of, pick, holdTimeS) => {
        const changed = of.bgpPeers[pick % Math.max(1, of.bgpPeers.length)]
        if (changed === undefined) return
        const { name } = changed.value
        const value = {
          ...changed.value,
          holdTimeMs: holdTimeS * 1000,
          password: 'another',
          bfdProfile: `of-${name}`,
        }
        const bgpPeers = of.bgpPeers.map((read) => (read === changed ? { ...read, value } : read))
        const [before, after] = [plan(of), plan({ ...of, bgpPeers })]
        const others = ({ peers }: typeof before) => peers.filter((peer) => peer.name !== name)
        expect(others(after)).to.deep.equal(others(before))
        expect(told(after)).to.deep.equal(told(before))
        for (const { name: other } of others(before))
          expect(after.bfd[other]).to.deep.equal(before.bfd[other])
      }),
      runs,
    )
  })

  it('a younger BGPAdvertisement takes no route away, and of those that stand it changes communities at most', () => {
    fc.assert(
      fc.property(anyBgpSnapshot, anyBgpAdvertisement('young'), (of, young) => {
        const youngest = { ...young, value: { ...young.value, createdAt: '2030-01-01T00:00:00Z' } }
        const before = told(plan(of))
        const after = told(plan({ ...of, bgpAdvertisements: [...of.bgpAdvertisements, youngest] }))
        for (const [route, attributes] of before) {
          expect(after.has(route)).to.equal(true)
          const [old, now] = [attributes, after.get(route)].map((one) => JSON.parse(JSON.stringify(one)))
          for (const field of ['localPref', 'med', 'prepend', 'origin'])
            if (old[field] !== undefined) expect(now[field]).to.equal(old[field])
          for (const one of old.communities ?? []) expect(now.communities).to.include(one)
        }
      }),
      runs,
    )
  })

  it('the order of the objects makes no difference', () => {
    fc.assert(
      fc.property(
        anyBgpSnapshot.chain((of) => fc.tuple(fc.constant(of), shuffledBgp(of))),
        ([of, other]) => {
          for (const node of clusterNodes) expect(plan(other, node)).to.deep.equal(plan(of, node))
        },
      ),
      runs,
    )
  })

  it('a process that has planned before plans as a fresh one', () => {
    fc.assert(
      fc.property(anyBgpSnapshot, anyBgpSnapshot, (first, other) => {
        const { endpoints, nodes, speakers, services, pools, bgpPeers, bgpAdvertisements } = other
        const half = [...first.services.slice(1), ...services.slice(-1)].filter(
          ({ key }, index, all) => all.findIndex((one) => one.key === key) === index,
        )
        const history = [
          first,
          { ...first, endpoints },
          { ...first, services: half },
          { ...first, nodes, speakers },
          { ...first, pools },
          { ...first, bgpPeers },
          { ...first, bgpAdvertisements },
          { ...first, services: first.services.toReversed() },
          first,
        ]
        const planned = history.map((of) => plan(of))
        for (const [place, of] of history.entries()) expect(planned[place]).to.deep.equal(plan(reborn(of)))
      }),
      { numRuns: 60 },
    )
  })

  it('a Service that comes, goes or changes leaves what a fresh process would plan', () => {
    fc.assert(
      fc.property(
        anyBgpSnapshot,
        fc.array(fc.tuple(fc.constantFrom('come', 'go', 'change'), fc.nat(6)), {
          minLength: 1,
          maxLength: 8,
        }),
        (of, story) => {
          let services = of.services.slice(0, 4)
          const steps = story.map(([what, which]): Snapshot => {
            const one = of.services[which % Math.max(1, of.services.length)]
            if (one === undefined) return of
            const others = services.filter(({ key }) => key !== one.key)
            if (what === 'go') services = others
            else if (what === 'come') services = [...others, one]
            else
              services = services.map((standing) =>
                standing.key === one.key ? { ...standing, labels: {} } : standing,
              )
            return { ...of, services }
          })
          const planned = steps.map((step) => plan(step))
          for (const [place, step] of steps.entries())
            expect(planned[place]).to.deep.equal(plan(reborn(step)))
        },
      ),
      runs,
    )
  })
})
