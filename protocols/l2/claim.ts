// What the reconcilers wish of the layer 2 engine: which addresses this node owns, and on which interfaces.
// Plain data: it crosses to the worker thread as it is.

/** One address that this node answers for. */
export type Claim = {
  readonly address: string // canonical text, IPv4 or IPv6
  readonly interfaces: 'all' | readonly string[] // exact names, sorted; 'all' = every candidate interface
}

/** All that the l2 worker is told; it replaces whatever it was told before. */
export type L2Config = {
  readonly generation: number
  readonly claims: readonly Claim[] // one an address
  readonly interfacesToExclude: readonly string[] // regular expressions, unanchored (announcedInterfacesToExclude)
  readonly gratuitousIntervalMs: number // 0 = no periodic refresh
}
