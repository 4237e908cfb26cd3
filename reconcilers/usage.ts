// Which addresses of a pool the Services of each namespace have: kept only of pools with a quota.
import type { Family } from '../protocols/net/address.ts'
import type { PoolEntry } from './pools.ts'
import type { Held } from './standing.ts'

/** By pool and namespace: of each address how many Services of the namespace have it. */
export type Usage = Map<PoolEntry, Map<string, Record<Family, Map<string, number>>>>

/** A Service of the namespace has the address, or has it no more. */
export function countUse(
  usage: Usage,
  { namespace, held }: { readonly namespace: string; readonly held: Held },
  by: 1 | -1,
): void {
  const { pool, address } = held
  if (pool.pool.quota === undefined) return
  const ofPool = usage.get(pool) ?? new Map<string, Record<Family, Map<string, number>>>()
  const own = ofPool.get(namespace) ?? { IPv4: new Map(), IPv6: new Map() }
  usage.set(pool, ofPool.set(namespace, own))
  const counts = own[address.family]
  const count = (counts.get(address.text) ?? 0) + by
  if (count > 0) counts.set(address.text, count)
  else counts.delete(address.text)
}
