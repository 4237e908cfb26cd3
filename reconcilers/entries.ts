// One Service before anything is given: is it ours, what stands on it and may stay, does it want anything; or has it,
// not being ours, what we may not give?
import type { Namespace, Service } from '../crds/core.ts'
import type { Entry, Stranger } from './books.ts'
import type { WithheldAddresses } from './addresses-in-use.ts'
import { ownershipVerdict, planForeign } from './ownership.ts'
import type { ServicePlan } from './plan.ts'
import type { PoolIndex } from './pools.ts'
import { poolListsAddress } from './pools.ts'
import type { Request } from './request.ts'
import { named, requestOf } from './request.ts'
import type { PlanSettings } from './snapshot.ts'
import type { Held, Standing } from './standing.ts'
import { excludedVerdict, placeOf, standingOf } from './standing.ts'
import type { Verdict } from './verdict.ts'

/** All that the entry of a Service depends on, besides itself. */
export type Setting = {
  readonly index: PoolIndex
  readonly namespaces: ReadonlyMap<string, Namespace>
  readonly settings: PlanSettings
  readonly flaws: ReadonlyMap<string, Verdict> // by key
  readonly written: ReadonlyMap<string, readonly string[]> | undefined // by uid
  readonly inUse: WithheldAddresses
}

export function entryOf(service: Service, setting: Setting): Entry {
  const { index, settings, flaws, written } = setting
  const { key } = service
  const foreign = ownershipVerdict(service, settings)
  if (foreign !== undefined) {
    const texts = service.type === 'LoadBalancer' ? service.ingress : []
    const strangers = strangersAmong(key, texts, index)
    return { key, decided: planForeign(service, foreign, index), strangers }
  }
  const standing = standingOf(service, written?.get(service.uid) ?? service.ingress, setting)
  const flaw = flaws.get(key)
  const draft = flaw === undefined ? { service, standing } : { service, standing, flaw }
  if (flaw !== undefined || !wantsNothing(service, standing)) return { key, draft, strangers: [] }
  return { key, draft, decided: assigned(standing.held), strangers: [] }
}

/** Of the addresses those that are in our pools. */
export function strangersAmong(key: string, texts: readonly string[], index: PoolIndex): readonly Stranger[] {
  return texts.flatMap((text): Stranger[] => {
    const address = named(text)
    const place = address === undefined ? undefined : placeOf(index, address)
    return address === undefined || place === undefined ? [] : [{ key, address, place }]
  })
}

function wantsNothing(service: Service, { held, lost }: Standing): boolean {
  const request = requestOf(service)
  if (lost.length > 0 || held.length < request.families.length) return false
  if (request.forbidden !== undefined || request.unreadable !== undefined) return false
  return satisfies(held, request) && !held.some((one) => isToBeLeft(one, request))
}

/** Another machine uses it, and the Service did not ask for it by name. */
export function isToBeLeft({ address, inUse }: Held, { addresses }: Request): boolean {
  return inUse !== undefined && !addresses.some(({ text }) => text === address.text)
}

/** What it has is what it asks for, as far as it goes. */
export function satisfies(held: readonly Held[], { addresses, pool }: Request): boolean {
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

/** With a verdict where an address that stands would not be given any more, or is not announced. */
export function assigned(held: readonly Held[]): ServicePlan & { readonly state: 'assigned' } {
  const excluded = held.find(({ place }) => place?.segment.excluded === true)
  const used = held.find(({ inUse }) => inUse !== undefined)?.inUse
  return {
    state: 'assigned',
    addresses: held.map(({ address }) => address.text),
    pool: held[0]?.pool.name ?? '',
    ...(excluded === undefined ? {} : { verdict: keptVerdict(excluded) }),
    ...(used === undefined ? {} : { verdict: inUseVerdict(used) }),
  }
}

function keptVerdict({ address, pool, place }: Held): Verdict {
  const { reason, message } = excludedVerdict(place?.segment.pool.name ?? pool.name, address)
  return { reason, message: `${message}; the Service keeps it until it wants another` }
}

function inUseVerdict({ reason, message }: Verdict): Verdict {
  return { reason, message: `${message}: it is not announced until it is free` }
}
