// A speaker with a frozen view that hears another speaker of ours announce its address: that one knows more, so this
// one is silent for that address until its own view is fresh again. Two owners are worse than one that is out of date.
import type { ObservedClaim } from '../../protocols/l2/observed.ts'

export type Hearing = {
  readonly frozenSince: number | undefined // wall clock, ms; undefined: the view is fresh
  readonly claims: readonly ObservedClaim[]
  readonly own: string // node
  readonly nodeOfMac: (mac: string) => string | undefined
}

/** Address → the node that announces it in place of this one. The same map while nothing changes. */
export function yieldedAddresses(
  before: ReadonlyMap<string, string>,
  { frozenSince, claims, own, nodeOfMac }: Hearing,
): ReadonlyMap<string, string> {
  if (frozenSince === undefined) return before.size === 0 ? before : new Map()
  const fresh = claims.flatMap(({ address, rival }) => {
    // What was heard while the view was fresh is settled: the election knew of it.
    const isNews = rival !== undefined && rival.seenAt >= frozenSince && !before.has(address)
    const node = isNews ? nodeOfMac(rival.mac) : undefined
    return node === undefined || node === own ? [] : [[address, node] as const]
  })
  return fresh.length === 0 ? before : new Map([...before, ...fresh])
}
