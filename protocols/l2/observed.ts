// What the layer 2 engine tells of itself: the input of status and metrics. Plain data; no code.

export type L2Observed = {
  readonly generation: number // of the last L2Config applied; -1 before the first
  readonly alive: boolean // the worker thread runs and answers
  readonly interfaces: readonly ObservedInterface[] // every interface of the node, by index
  readonly claims: readonly ObservedClaim[] // in no order that means anything
  readonly dropped: Readonly<Record<string, number>> // frames ignored since the start, by reason (ignored.ts)
  readonly loopLagMs: number // longest delay of the worker's loop in the last report's time
}

export type ObservedInterface = {
  readonly name: string
  readonly index: number
  readonly mac: string
  readonly permanentMac?: string // that it was made with; absent: it is no hardware
  readonly candidate: boolean // claims are announced on it, IPv4 at least
  readonly objection?: string // why it is no candidate
  readonly objectionIPv6?: string // why it is a candidate for IPv4 only
  readonly addresses: readonly string[] // CIDR text: '192.0.2.1/24'
}

/** Another machine announces what is ours. Wall clock, ms. */
export type ObservedRival = {
  readonly mac: string
  readonly seenAt: number // its last announcement
  readonly toldAt?: number // our own last one, before or since
}

/** Of the check for another machine that uses the address (check.ts). */
export type ObservedCheck = {
  readonly state: 'under-way' | 'free' | 'in-use'
  readonly mac?: string // in-use: who answers for it
  readonly interfaceName?: string // in-use: where
  readonly seenAt?: number // in-use: its last answer; wall clock, ms
  readonly proxy?: string // a MAC that answers for what nobody has, too: it does not count
}

export type ObservedClaim = {
  readonly address: string
  readonly interfaces: readonly string[] // it is answered for on these, now
  readonly announcedAt?: number // wall clock, ms, of the first frame on any interface
  readonly requestsReceived: number
  readonly responsesSent: number
  readonly gratuitousSent: number
  readonly rival?: ObservedRival
  readonly heldBy?: string // the kernel answers for it, too: the interface of this node that has the address
  readonly yielded?: boolean // handed over, though the config still lists it
  readonly check?: ObservedCheck
}
