// Who gets which address. First everything that stands and may stay, then what is wanted, oldest Service first;
// so a restart of everything moves nobody, and equal input gives equal output in any order of objects.
import type { Service } from '../crds/core.ts'
import { findAddresses, findInPool } from './allocation.ts'
import type { Draft } from './drafts.ts'
import { draftServices, settleContests } from './drafts.ts'
import type { Holding, Ledger, Stranger } from './ledger.ts'
import { freshlyGiven, give, openLedger } from './ledger.ts'
import type { ReplacedAssignment, ServicePlan } from './plan.ts'
import type { PoolEntry, PoolIndex } from './pools.ts'
import { poolListsAddress } from './pools.ts'
import type { Request } from './request.ts'
import { requestOf } from './request.ts'
import type { Snapshot } from './snapshot.ts'
import type { Ground, Held, Lost, Standing } from './standing.ts'
import type { Verdict } from './verdict.ts'

export type Allocation = {
  readonly services: ReadonlyMap<string, ServicePlan>
  readonly inUse: readonly Held[] // every address that some Service has, once
  readonly wantedInVain: ReadonlySet<PoolEntry> // pools that have nothing left for Services that wait
  readonly strangers: readonly Stranger[] // they have addresses too, which are not ours to give
}

export function planServices(snapshot: Snapshot, index: PoolIndex): Allocation {
  const { drafts, strangers, foreign } = draftServices(snapshot, index)
  const services = new Map<string, ServicePlan>(foreign)
  const ground = { index, namespaces: snapshot.namespaces }
  const inUse = settleContests(drafts)
  const wantedInVain = settleDrafts({ drafts, strangers, ground }, services, inUse)
  return { services, inUse, wantedInVain, strangers }
}

type Work = {
  readonly drafts: readonly Draft[]
  readonly strangers: readonly Stranger[]
  readonly ground: Ground
}

// The ledger is opened only when somebody wants something: in a settled cluster a plan writes down what stands.
function settleDrafts(work: Work, services: Map<string, ServicePlan>, inUse: Held[]): ReadonlySet<PoolEntry> {
  const waiting: Draft[] = []
  for (const draft of work.drafts) {
    if (wantsNothing(draft)) services.set(draft.service.key, settledPlan(draft))
    else waiting.push(draft)
  }
  if (waiting.length === 0) return new Set()
  const holdings = work.drafts.map(({ service, standing }): Holding => ({ service, held: standing.held }))
  const ledger = openLedger(work.ground, holdings, work.strangers)
  for (const draft of waiting) services.set(draft.service.key, settle(ledger, draft))
  for (const held of freshlyGiven(ledger)) inUse.push(held)
  return ledger.wantedInVain
}

function wantsNothing({ service, standing: { held, lost }, flaw }: Draft): boolean {
  const request = requestOf(service)
  if (
    flaw !== undefined ||
    lost.length > 0 ||
    held.length < request.families.length ||
    request.forbidden !== undefined
  )
    return false
  return request.unreadable === undefined && satisfies(held, request)
}

const settled = new WeakMap<Standing, ServicePlan>()

function settledPlan({ standing }: Draft): ServicePlan {
  const known = settled.get(standing)
  if (known !== undefined) return known
  const plan = assigned(standing.held)
  settled.set(standing, plan)
  return plan
}

/** What it has is what it asks for, as far as it goes. */
function satisfies(held: readonly Held[], { addresses, pool }: Request): boolean {
  if (!addresses.every(({ text }) => held.some(({ address }) => address.text === text))) return false
  if (pool === undefined) return held.length > 0
  return (
    held.length > 0 &&
    held.every((one) => {
      if (one.pool.name === pool) return true
      const asked = one.pool.overlaps.find((overlap) => overlap.with.name === pool)?.with
      return asked !== undefined && poolListsAddress(asked.pool, one.address)
    })
  )
}

/** A Service that lacks something: what it has is kept until what it wants is had. */
function settle(ledger: Ledger, { service, standing, flaw }: Draft): ServicePlan {
  const { held, lost } = standing
  const request = requestOf(service)
  const hindrance = flaw ?? request.forbidden ?? request.unreadable ?? deletingVerdict(service)
  if (hindrance !== undefined) return keep(standing, hindrance)
  if (!satisfies(held, request)) {
    const found = findAddresses(ledger, service)
    if ('held' in found) return move(ledger, { service, standing, held: found.held })
    noteExhausted(ledger, found.exhausted)
    return keep(standing, found.verdict)
  }
  if (held.length < request.families.length) return complete(ledger, service, standing)
  return assigned(held, undefined, replacedBy(lost, held))
}

function noteExhausted(ledger: Ledger, exhausted: readonly PoolEntry[]): void {
  for (const entry of exhausted) ledger.wantedInVain.add(entry)
}

function deletingVerdict(service: Service): Verdict | undefined {
  if (!service.deleting) return undefined
  return { reason: 'Deleting', message: 'the Service is being deleted' }
}

function keep({ held, lost }: Standing, verdict: Verdict): ServicePlan {
  const replaced = replacedBy(lost, held)
  if (held.length > 0) return assigned(held, verdict, replaced)
  return { state: 'pending', verdict, ...(replaced === undefined ? {} : { replaced }) }
}

type Move = { readonly service: Service; readonly standing: Standing; readonly held: readonly Held[] }

function move(ledger: Ledger, { service, standing, held }: Move): ServicePlan {
  give(
    ledger,
    service,
    held.filter((one) => !has(standing.held, one)),
  )
  const left = standing.held
    .filter((one) => !has(held, one))
    .map(({ address }): Lost => ({ address: address.text, verdict: requestChanged(held) }))
  return assigned(held, missingFamily(service, held), replacedBy([...standing.lost, ...left], held))
}

function has(held: readonly Held[], { address }: Held): boolean {
  return held.some((one) => one.address.text === address.text)
}

function requestChanged(held: readonly Held[]): Verdict {
  const texts = held.map(({ address }) => address.text).join(', ')
  return { reason: 'RequestChanged', message: `the Service asks for something else and got ${texts}` }
}

/** It has one family and wants both: the second comes from the pool of the first, so that both are announced alike. */
function complete(ledger: Ledger, service: Service, standing: Standing): ServicePlan {
  const { held } = standing
  const [first] = held
  const families = requestOf(service).families.filter((family) =>
    held.every(({ address }) => address.family !== family),
  )
  if (first === undefined) return keep(standing, noAddress)
  const found = findInPool({ ledger, service, entry: first.pool, families })
  if ('held' in found)
    return move(ledger, { service, standing, held: inFamilyOrder([...held, ...found.held]) })
  if (service.ipFamilyPolicy === 'RequireDualStack') {
    const pair = findAddresses(ledger, service)
    if ('held' in pair) return move(ledger, { service, standing, held: pair.held })
  }
  noteExhausted(ledger, found.exhausted)
  return keep(standing, missingFamily(service, held) ?? found.verdict)
}

const noAddress: Verdict = { reason: 'NoPoolFits', message: 'the Service has no address' }

function inFamilyOrder(held: readonly Held[]): readonly Held[] {
  return held.toSorted((a, b) => Number(a.address.family === 'IPv6') - Number(b.address.family === 'IPv6'))
}

function missingFamily(service: Service, held: readonly Held[]): Verdict | undefined {
  const missing = requestOf(service).families.find((family) =>
    held.every(({ address }) => address.family !== family),
  )
  const [first] = held
  if (missing === undefined || first === undefined) return undefined
  const message = `the Service also wants an ${missing} address, and pool ${first.pool.name} has none to give`
  return { reason: 'SecondFamilyMissing', message }
}

function assigned(held: readonly Held[], verdict?: Verdict, replaced?: ReplacedAssignment): ServicePlan {
  return {
    state: 'assigned',
    addresses: held.map(({ address }) => address.text),
    pool: held[0]?.pool.name ?? '',
    ...(verdict === undefined ? {} : { verdict }),
    ...(replaced === undefined ? {} : { replaced }),
  }
}

function replacedBy(lost: readonly Lost[], held: readonly Held[]): ReplacedAssignment | undefined {
  const gone = lost.filter(({ address }) => !held.some((one) => one.address.text === address))
  const [first] = gone
  if (first === undefined) return undefined
  return { addresses: gone.map(({ address }) => address), verdict: first.verdict }
}
