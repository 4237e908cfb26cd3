// The claims on their way to the layer 2 worker: all of them once, then only what differs. A plan has thousands, most of
// them as before: copies of all with each change would be most of what the worker's heap ever holds.
import type { Claim } from '../l2/claim.ts'

export type ClaimChanges = {
  readonly set: readonly Claim[] // new, or not as before
  readonly gone: readonly string[] // addresses
}

/** On the main thread's side: what the worker was told. */
export class ClaimFeed {
  private told = new Map<string, Claim>() // by address

  /** Costs some ms for 10,000 claims; the first of two with one address counts. */
  changesTo(claims: readonly Claim[]): ClaimChanges {
    const next = new Map<string, Claim>()
    const set: Claim[] = []
    for (const claim of claims) {
      const { address } = claim
      if (next.has(address)) continue
      const before = this.told.get(address)
      const isSame = before !== undefined && sameFields(before, claim)
      next.set(address, isSame ? before : claim)
      if (!isSame) set.push(claim)
    }
    const gone = [...this.told.keys()].filter((address) => !next.has(address))
    this.told = next
    return { set, gone }
  }

  /** A new worker knows nothing. */
  startOver(): void {
    this.told = new Map()
  }
}

/** On the worker's side: the claims as they are after all changes so far, in the order in which they came. */
export class ClaimTable {
  private readonly claims = new Map<string, Claim>()

  take({ set, gone }: ClaimChanges): readonly Claim[] {
    for (const address of gone) this.claims.delete(address)
    for (const claim of set) this.claims.set(claim.address, claim)
    return [...this.claims.values()]
  }
}

type Fields = Readonly<Record<string, unknown>>

/** Whatever fields there are: of values and of lists of them. */
function sameFields(a: Fields, b: Fields): boolean {
  if (a === b) return true
  for (const key in a) if (!same(a[key], b[key])) return false
  for (const key in b) if (b[key] !== undefined && a[key] === undefined) return false
  return true
}

function same(a: unknown, b: unknown): boolean {
  if (a === b || !Array.isArray(a) || !Array.isArray(b)) return a === b
  return a.length === b.length && a.every((item, index) => item === b[index])
}
