// What is being packed for one peer: some thousand prefixes, put together by their attributes. A part of its queue
// (rib-out.ts), out of which outgoing.ts makes messages.
import type { Family } from '../net/address.ts'
import type { Prefix } from './nlri.ts'
import type { RouteGroup } from './pack.ts'

/** Batches that share attributes; `from` is the place in the first one that is left. */
export type Portion = {
  readonly withdrawals: readonly Batch[]
  readonly announcements: readonly RouteGroup[]
  readonly from: number
}

export type Batch = Pick<RouteGroup, 'family' | 'prefixes'>

export const noPortion: Portion = { withdrawals: [], announcements: [], from: 0 }

/** Prefixes of a portion that have changed since it was taken are said anew, from the queue. */
export function without(portion: Portion, ...changes: readonly (readonly Prefix[])[]): Portion {
  if (portion === noPortion) return portion
  const changed = new Set(changes.flat())
  const rest = unpacked(portion)
  const keep = <Kind extends Batch>(batches: readonly Kind[]) =>
    batches
      .map((batch) => ({ ...batch, prefixes: batch.prefixes.filter((prefix) => !changed.has(prefix)) }))
      .filter(({ prefixes }) => prefixes.length > 0)
  return { withdrawals: keep(rest.withdrawals), announcements: keep(rest.announcements), from: 0 }
}

/** Announcements of families that are said anew from their beginning. */
export function withoutFamilies(portion: Portion, families: readonly Family[]): Portion {
  if (portion === noPortion) return portion
  const rest = unpacked(portion)
  return { ...rest, announcements: rest.announcements.filter(({ family }) => !families.includes(family)) }
}

/** The same portion without what has gone out. */
function unpacked({ withdrawals, announcements, from }: Portion): Portion {
  const cut = <Kind extends Batch>([first, ...rest]: readonly Kind[]) =>
    first === undefined ? [] : [{ ...first, prefixes: first.prefixes.slice(from) }, ...rest]
  if (withdrawals.length > 0) return { withdrawals: cut(withdrawals), announcements, from: 0 }
  return { withdrawals, announcements: cut(announcements), from: 0 }
}
