// spec.quota.perNamespace of a pool: how many addresses of each family the Services of one namespace may have of it.
// An address that several of them share counts once; what a Service would leave does not count against it.
import type { Service } from '../crds/core.ts'
import type { Family } from '../protocols/net/address.ts'
import type { Ledger } from './ledger.ts'
import { holdersOf, usedIn } from './ledger.ts'
import type { PoolEntry } from './pools.ts'
import type { Named } from './request.ts'
import type { Verdict } from './verdict.ts'

/** A Service that wants one more address of a pool. */
export type QuotaWish = { readonly ledger: Ledger; readonly service: Service; readonly entry: PoolEntry }

/** The namespace may have one more address of the family. */
export function hasRoom(wish: QuotaWish, family: Family): boolean {
  const { quota } = wish.entry.pool
  return quota === undefined || countUsed(wish, family) < quota.perNamespace
}

/** … or it has this one already. */
export function hasRoomFor(wish: QuotaWish, address: Named): boolean {
  return hasRoom(wish, address.family) || isUsedByOthers(wish, address)
}

export function quotaVerdict(wish: QuotaWish, family: Family): Verdict {
  const { entry, service } = wish
  const limit = entry.pool.quota?.perNamespace ?? 0
  const message = `the Services of namespace ${service.namespace} have ${countUsed(wish, family)} ${family} addresses of pool ${entry.name}, whose spec.quota.perNamespace is ${limit}`
  return { reason: 'QuotaExceeded', message }
}

function countUsed(wish: QuotaWish, family: Family): number {
  const { ledger, service, entry } = wish
  const used = usedIn(ledger, entry, service.namespace)[family]
  const leaves = (ledger.leaving.get(service) ?? []).filter(
    (address) => used.has(address.text) && !isUsedByOthers(wish, address),
  )
  return used.size - leaves.length
}

function isUsedByOthers({ ledger, service, entry }: QuotaWish, address: Named): boolean {
  const { namespace } = service
  if (!usedIn(ledger, entry, namespace)[address.family].has(address.text)) return false
  return holdersOf(ledger, address, service).some((holder) => holder.namespace === namespace)
}
