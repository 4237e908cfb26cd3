// What holds in any cluster (the list of invariants in docs/testing.md): each one is a property.
import { expect } from 'chai'
import * as fc from 'fast-check'
import type { Service } from '../crds/core.ts'
import {
  anyService,
  anySnapshot,
  applied,
  clusterNodes,
  reborn,
  shuffled,
} from '../test/support/snapshot-arbitraries.ts'
import { at } from '../test/support/snapshots.ts'
import { annotationOf } from './annotations.ts'
import { electionsIn } from './l2.ts'
import { ownershipVerdict } from './ownership.ts'
import type { ControllerPlan, ServicePlan } from './plan.ts'
import { planController, planSpeaker } from './plan.ts'
import { indexPools, poolListsAddress, segmentOf } from './pools.ts'
import { named } from './request.ts'
import { sharingVerdict } from './sharing.ts'
import type { Snapshot } from './snapshot.ts'

const runs = { numRuns: 300 }

function addressesIn(plan: ServicePlan | undefined): readonly string[] {
  return plan?.state === 'assigned' ? plan.addresses : []
}

/** A pool lists it, or it was given from a pool whose addresses cannot all be read. */
function mayHold(of: Snapshot, service: Service | undefined, text: string): boolean {
  const address = named(text)
  return indexPools(of.pools).entries.some(
    ({ name, pool, addressesUnreadable }) =>
      (address !== undefined && poolListsAddress(pool, address)) ||
      (addressesUnreadable &&
        service !== undefined &&
        annotationOf(service, 'ip-allocated-from-pool') === name),
  )
}

function everyClaim(of: Snapshot): readonly { readonly node: string; readonly address: string }[] {
  return clusterNodes.flatMap((node) =>
    planSpeaker(of, node).claims.map(({ address }) => ({ node, address })),
  )
}

function serviceCalled(of: Snapshot, key: string): Service {
  const found = of.services.find((one) => one.key === key)
  if (found === undefined) throw new Error(`no Service ${key}`)
  return found
}

type Kin = {
  readonly namespace: string
  readonly pool: string | undefined
  readonly family: string | undefined
}

/** The addresses of one family and pool that Services of a namespace have, of those that have no other: it is of that pool. */
function alike(plans: ControllerPlan['services'], { namespace, pool, family }: Kin): ReadonlySet<string> {
  const texts = [...plans].flatMap(([key, plan]) => {
    const [text, second] = addressesIn(plan)
    if (plan.state !== 'assigned' || plan.pool !== pool || text === undefined || second !== undefined)
      return []
    return key.startsWith(`${namespace}/`) && named(text)?.family === family ? [text] : []
  })
  return new Set(texts)
}

/** To be compared: the map of Services is in layers, which are no part of what it says. */
function plain(plan: ControllerPlan): ControllerPlan {
  return { ...plan, services: new Map(plan.services) }
}

describe('invariants of plans', () => {
  it('never assigns or announces an address outside its pools', () => {
    fc.assert(
      fc.property(anySnapshot, (of) => {
        for (const [key, plan] of planController(of).services)
          for (const text of addressesIn(plan))
            expect(mayHold(of, serviceCalled(of, key), text)).to.equal(true)
        for (const { address } of everyClaim(of)) {
          const holders = of.services.filter(({ ingress }) => ingress.includes(address))
          expect(holders.some((holder) => mayHold(of, holder, address))).to.equal(true)
        }
      }),
      runs,
    )
  })

  it('at most one node claims an address in one election view, and no plan claims an address twice', () => {
    fc.assert(
      fc.property(anySnapshot, (of) => {
        for (const view of [of, applied(of, planController(of))]) {
          const claimed = everyClaim(view).map(({ address }) => address)
          expect(new Set(claimed).size).to.equal(claimed.length)
        }
      }),
      runs,
    )
  })

  it('an address is shared only by services that agree', () => {
    fc.assert(
      fc.property(anySnapshot, (of) => {
        const holders = new Map<string, Service[]>()
        for (const [key, plan] of planController(of).services)
          for (const text of addressesIn(plan)) {
            const newcomer = serviceCalled(of, key)
            for (const holder of holders.get(text) ?? [])
              expect(sharingVerdict({ newcomer, holder, address: text })).to.equal(undefined)
            holders.set(text, [...(holders.get(text) ?? []), newcomer])
          }
      }),
      runs,
    )
  })

  it('nothing new is excluded, of a paused pool, or beyond a quota', () => {
    fc.assert(
      fc.property(anySnapshot, (of) => {
        const index = indexPools(of.pools)
        const plans = planController(of).services
        for (const [key, plan] of plans) {
          const { ingress, namespace } = serviceCalled(of, key)
          for (const text of addressesIn(plan).filter((one) => !ingress.includes(one))) {
            const address = named(text)
            const segment = address === undefined ? undefined : segmentOf(index, address)
            const entry = segment?.pool
            expect(segment?.excluded).to.equal(false)
            expect(entry?.pool.paused).to.equal(undefined)
            const used = alike(plans, { namespace, pool: entry?.name, family: address?.family })
            expect(used.size).to.be.at.most(entry?.pool.quota?.perNamespace ?? Number.POSITIVE_INFINITY)
          }
        }
      }),
      runs,
    )
  })

  it('a service keeps its address while it may: new Services and deletions move nobody', () => {
    fc.assert(
      fc.property(anySnapshot, fc.array(anyService('new'), { maxLength: 1 }), fc.nat(6), (of, more, gone) => {
        const settled = settle(of)
        const before = planController(settled)
        const services = settled.services
          .filter((one, position) => position !== gone && !more.some(({ key }) => key === one.key))
          .concat(more.map((one) => ({ ...one, createdAt: at(9), ingress: [], conditions: [] })))
        const after = planController({ ...settled, services })
        for (const { key } of services) if (key !== more[0]?.key) expectKept(before, after, key)
      }),
      runs,
    )
  })

  it('no silence without a reason', () => {
    fc.assert(
      fc.property(anySnapshot, (of) => {
        const plan = planController(of)
        const elected = electionsIn(of)
        for (const one of of.services) {
          const planned = plan.services.get(one.key)
          if (planned?.state !== 'assigned')
            expect(planned?.verdict.message).to.be.a('string').that.is.not.equal('')
          else if (planned.addresses.length < one.clusterIPs.length)
            expect(planned.verdict).to.not.equal(undefined)
          if (ownershipVerdict(one, of.settings) !== undefined) continue
          const outcome = elected(one)
          for (const node of clusterNodes) {
            const here = planSpeaker(of, node).services.get(one.key)
            if ('verdict' in outcome)
              expect(here).to.deep.equal({ state: 'silent', verdict: outcome.verdict })
            else expect(here?.state).to.equal(outcome.node === node ? 'announced' : undefined)
          }
        }
      }),
      runs,
    )
  })

  it('plan(snapshot) is a function: same in, same out, any order of objects', () => {
    const pairs = anySnapshot.chain((of) => fc.tuple(fc.constant(of), shuffled(reborn(of))))
    fc.assert(
      fc.property(pairs, ([of, other]) => {
        expect(plain(planController(other))).to.deep.equal(plain(planController(of)))
        for (const node of clusterNodes) expect(planSpeaker(other, node)).to.deep.equal(planSpeaker(of, node))
      }),
      runs,
    )
  })

  it('a plan from a fresh process equals the plan after any history', () => {
    fc.assert(
      fc.property(anySnapshot, fc.array(anySnapshot, { minLength: 1, maxLength: 2 }), (first, others) => {
        for (const of of [first, ...others.flatMap((other) => mixturesOf(first, other))]) {
          const fresh = reborn(of)
          expect(plain(planController(of))).to.deep.equal(plain(planController(fresh)))
          expect(planSpeaker(of, 'node-a')).to.deep.equal(planSpeaker(fresh, 'node-a'))
        }
      }),
      { numRuns: 120 }, // each of them plans a dozen snapshots
    )
  })

  it('applying a plan twice does nothing the second time', () => {
    fc.assert(
      fc.property(anySnapshot, (of) => {
        const settled = settle(of)
        const plan = planController(settled)
        for (const one of settled.services) {
          const planned = plan.services.get(one.key)
          if (planned?.state === 'assigned') {
            expect(planned.addresses).to.deep.equal(one.ingress)
            expect(planned.replaced).to.equal(undefined)
          } else if (planned?.state === 'pending') expect(one.ingress).to.deep.equal([])
          else expect(planned?.release).to.equal(false)
        }
      }),
      runs,
    )
  })
})

/** Written again and again until nothing changes: what one Service leaves another may take in the next plan. */
function settle(of: Snapshot): Snapshot {
  let current = of
  for (let round = 0; round < 10; round++) {
    const next = applied(current, planController(current))
    const same = next.services.every((one, position) => {
      const before = current.services[position]
      return (
        JSON.stringify([one.ingress, one.annotations]) ===
        JSON.stringify([before?.ingress, before?.annotations])
      )
    })
    current = next
    if (same) return current
  }
  throw new Error('the plan does not come to rest')
}

/** The same Services, as objects too, while one thing or another around them changes. */
function mixturesOf(kept: Snapshot, other: Snapshot): readonly Snapshot[] {
  const { endpoints, namespaces, nodes, speakers, pools, l2Advertisements } = other
  return [
    { ...kept, endpoints },
    { ...kept, namespaces },
    { ...kept, nodes, speakers },
    { ...kept, pools },
    { ...kept, l2Advertisements },
    { ...kept, services: [...kept.services.slice(1), ...other.services.slice(-1)].filter(firstOfKey) },
  ]
}

function firstOfKey({ key }: Service, position: number, all: readonly Service[]): boolean {
  return all.findIndex((one) => one.key === key) === position
}

/** It may have gained a family, or got what it asked for: what it had is there unless it asked for something else. */
function expectKept(before: ControllerPlan, after: ControllerPlan, key: string): void {
  const planned = after.services.get(key)
  const replaced = planned !== undefined && planned.state !== 'not-ours' ? planned.replaced : undefined
  if (replaced?.verdict.reason === 'RequestChanged') return
  for (const text of addressesIn(before.services.get(key))) expect(addressesIn(planned)).to.include(text)
}
