// A speaker with a frozen view that hears another speaker of ours announce its address: that one knows more, so this
// one is silent for that address until its own view is fresh again. Two owners are worse than one that is out of date.
import type { ObservedClaim } from '../../protocols/l2/observed.ts'

export type Hearing = {
  readonly frozen: boolean
  readonly claims: readonly ObservedClaim[]
  readonly own: string // node
  readonly nodeOfMac: (mac: string) => string | undefined
}

/** Address → the node that announces it in place of this one. The same map while nothing changes. */
export function yieldedAddresses(
  before: ReadonlyMap<string, string>,
  { frozen, claims, own, nodeOfMac }: Hearing,
): ReadonlyMap<string, string> {
  if (!frozen) return before.size === 0 ? before : new Map()
  const fresh = claims.flatMap(({ address, rival }) => {
    const node = rival === undefined || before.has(address) ? undefined : nodeOfMac(rival.mac)
    return node === undefined || node === own ? [] : [[address, node] as const]
  })
  return fresh.length === 0 ? before : new Map([...before, ...fresh])
}
