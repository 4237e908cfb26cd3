// What is wrong with the memory of a pool, as warnings on the pool. Allocation goes on whatever becomes of the memory.
import type { PoolMemory } from '../crds/pool-memory.ts'
import type { Objection } from '../crds/kind.ts'
import { rememberLast } from './once.ts'
import type { PoolClashes } from './pool-clashes.ts'
import type { PoolEntry, PoolIndex } from './pools.ts'
import { isFull, mostBytes, mostReleases } from './memory-bounds.ts'
import type { Memory } from './memory.ts'
import type { MemoryTroubles, Snapshot } from './snapshot.ts'
import type { Verdict } from './verdict.ts'

/** Warnings of pools, with those. */
export function withMemory(
  warnings: PoolClashes,
  { memory, memoryTroubles }: Snapshot,
  index: PoolIndex,
): PoolClashes {
  if (memory === undefined) return warnings
  const all = new Map(warnings)
  for (const entry of index.entries) {
    const own = troublesOf(entry, memory, memoryTroubles)
    if (own.length > 0) all.set(entry, [...(all.get(entry) ?? []), ...own])
  }
  return all
}

function troublesOf(
  entry: PoolEntry,
  memory: Memory,
  troubles: MemoryTroubles | undefined,
): readonly Verdict[] {
  const unreadable = troubles?.pools.get(entry.name)
  const store = entry.pool.reuseAfterMs === undefined ? undefined : troubles?.store
  const found = [unreadable, store].flatMap((verdict) => verdict ?? [])
  return isFull(memory.get(entry.name) ?? []) ? [...found, fullVerdict(entry)] : found
}

/** While the API server has no such kind, or refuses it. */
export const memoryUnavailable: Verdict = {
  reason: 'MemoryUnavailable',
  message:
    'PoolMemories cannot be read: there is no such kind, or no right to it; a restart of the controller forgets what rests',
}

function fullVerdict({ name }: PoolEntry): Verdict {
  const message = `PoolMemory ${name} holds all that it may, ${mostReleases} entries or ${mostBytes / 1024} kB: each further release drops the oldest`
  return { reason: 'MemoryFull', message }
}

export type ReadMemory = { readonly value: PoolMemory; readonly objections: readonly Objection[] }

/** What stands in the cluster, by pool, and what is wrong with it. The same objects while nothing changes. */
export const memoryIn: (rows: readonly ReadMemory[]) => {
  readonly memory: Memory
  readonly memoryTroubles: MemoryTroubles
} = rememberLast((rows) => ({
  memory: new Map(rows.map(({ value: { name, released } }) => [name, released])),
  memoryTroubles: { pools: new Map(rows.flatMap(unreadable)) },
}))

function unreadable({ value: { name }, objections }: ReadMemory): readonly [string, Verdict][] {
  const [first] = objections
  if (first === undefined) return []
  const others = objections.length === 1 ? '' : `, and ${objections.length - 1} more`
  const message = `PoolMemory ${name}: ${first.field} ${first.value} ${first.message}${others}; what can be read counts`
  return [[name, { reason: 'MemoryUnreadable', message }]]
}
