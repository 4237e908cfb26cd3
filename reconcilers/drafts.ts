// The Services of a snapshot before anything is given: which are ours, what stands on them and may stay, and who has
// what we may not give.
import type { Service } from '../crds/core.ts'
import { contestedAddresses } from './contested.ts'
import { everyService, flawsOf } from './flaws.ts'
import type { Ledger, Stranger } from './ledger.ts'
import { openLedger } from './ledger.ts'
import { ownershipVerdict, planForeign } from './ownership.ts'
import type { ServicePlan } from './plan.ts'
import type { PoolIndex } from './pools.ts'
import { sharingVerdict } from './sharing.ts'
import type { Snapshot } from './snapshot.ts'
import type { Held, Standing } from './standing.ts'
import { longerAssigned, standingOf, standingTexts } from './standing.ts'
import type { Verdict } from './verdict.ts'

export type Draft = {
  readonly service: Service
  standing: Standing
  readonly flaw?: Verdict // a field of it cannot be read: it gets nothing new
}

export type Drafts = {
  readonly drafts: Draft[] // our Services, with what may stay of what stands
  readonly foreign: readonly (readonly [string, ServicePlan])[]
  readonly strangers: readonly Stranger[]
}

export function draftServices(snapshot: Snapshot, index: PoolIndex): Drafts {
  const ground = { index, namespaces: snapshot.namespaces }
  const drafts: Draft[] = []
  const foreign: (readonly [string, ServicePlan])[] = []
  const flaws = flawsOf(snapshot.flawedServices)
  const strangers = snapshot.flawedServices.flatMap(
    ({ namespace, name, ingress = [], service }): Stranger[] =>
      service === undefined && ingress.length > 0 ? [{ key: `${namespace}/${name}`, texts: ingress }] : [],
  )
  for (const service of inOrder(everyService(snapshot))) {
    const verdict = ownershipVerdict(service, snapshot.settings)
    if (verdict === undefined) {
      const texts = standingTexts(service, snapshot)
      const draft = { service, standing: standingOf(service, texts, ground) }
      const flaw = flaws.get(service.key)
      drafts.push(flaw === undefined ? draft : { ...draft, flaw })
      continue
    }
    foreign.push([service.key, planForeign(service, verdict, index)])
    if (service.type === 'LoadBalancer' && service.ingress.length > 0)
      strangers.push({ key: service.key, texts: service.ingress })
  }
  return { drafts, foreign, strangers }
}

/** Oldest first, then by key. The snapshot is in this order already; whoever makes one by hand need not know. */
function inOrder(services: readonly Service[]): readonly Service[] {
  const ordered = services.every((service, position) => {
    const before = services[position - 1]
    return before === undefined || compareAge(before, service) <= 0
  })
  return ordered ? services : services.toSorted(compareAge)
}

function compareAge(a: Service, b: Service): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1
  if (a.key === b.key) return 0
  return a.key < b.key ? -1 : 1
}

/**
 * Two Services that stand on one address and may not share it: a leader that lost its Lease while it wrote, or an edit
 * by hand. The one that had it first keeps it. Answers with every address in use, each once.
 */
export function settleContests(drafts: Draft[]): Held[] {
  const contested = contestedAddresses(drafts, ({ standing }) => standing.addresses)
  for (const [text, rivals] of contested) {
    const admitted: Service[] = []
    for (const draft of rivals.toSorted((a, b) => longerAssigned(a.service, b.service))) {
      const verdict = againstSharing(draft.service, admitted, text)
      if (verdict === undefined) admitted.push(draft.service)
      else draft.standing = without(draft.standing, text, verdict)
    }
  }
  return inUseOnce(drafts, contested)
}

function inUseOnce(drafts: readonly Draft[], contested: ReadonlyMap<string, unknown>): Held[] {
  const inUse: Held[] = []
  const counted = new Set<string>()
  for (const { standing } of drafts) {
    for (const held of standing.held) {
      const { text } = held.address
      if (contested.size > 0 && contested.has(text)) {
        if (counted.has(text)) continue
        counted.add(text)
      }
      inUse.push(held)
    }
  }
  return inUse
}

function againstSharing(
  newcomer: Service,
  holders: readonly Service[],
  address: string,
): Verdict | undefined {
  for (const holder of holders) {
    const verdict = sharingVerdict({ newcomer, holder, address })
    if (verdict !== undefined) return verdict
  }
  return undefined
}

function without(standing: Standing, address: string, verdict: Verdict): Standing {
  const held = standing.held.filter((one) => one.address.text !== address)
  return {
    held,
    addresses: held.map((one) => one.address),
    lost: [...standing.lost, { address, verdict }],
  }
}

/** The ledger before anything is given, without what this Service has: what it could have. */
export function ledgerWithout(snapshot: Snapshot, index: PoolIndex, key: string): Ledger {
  const { drafts, strangers } = draftServices(snapshot, index)
  settleContests(drafts)
  const others = drafts.filter(({ service }) => service.key !== key)
  return openLedger(
    { index, namespaces: snapshot.namespaces },
    others.map(({ service, standing }) => ({ service, held: standing.held })),
    strangers.filter((stranger) => stranger.key !== key),
  )
}
