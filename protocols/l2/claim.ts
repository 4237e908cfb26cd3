// What the reconcilers wish of the layer 2 engine: which addresses this node owns, and on which interfaces.
// Plain data: it crosses to the worker thread as it is.

/**
 * Whether another machine uses the address is asked …
 *   beside  while it is announced at once: three probes, a second in all
 *   before  it is announced: as quickly
 *   full    before it is announced, with the times of RFC 5227 and RFC 4862: 4 to 7 s, 1 to 2 s for IPv6
 *   only    and it is not announced at all
 */
export const checkKinds = ['beside', 'before', 'full', 'only'] as const
export type CheckKind = (typeof checkKinds)[number]

/** One address that this node answers for. */
export type Claim = {
  readonly address: string // canonical text, IPv4 or IPv6
  readonly interfaces: 'all' | readonly string[] // exact names, sorted; 'all' = every candidate interface
  readonly check?: CheckKind // absent: it is announced, whoever else may have it
  readonly controls?: readonly string[] // of its family: addresses that no machine has that uses this one (control.ts)
}

/** All that the l2 worker is told; it replaces whatever it was told before. */
export type L2Config = {
  readonly generation: number
  readonly claims: readonly Claim[] // one an address
  readonly interfacesToExclude: readonly string[] // regular expressions, unanchored (announcedInterfacesToExclude)
  readonly gratuitousIntervalMs: number // 0 = no periodic refresh
  readonly nodeMacs?: readonly string[] // of the nodes of the cluster, sorted: what they answer is no other's use
  readonly proxyMacs?: readonly string[] // of machines that answer for anything, sorted: what they answer says nothing
}
