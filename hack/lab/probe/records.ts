// What the probes record, and what they are told: plain data that crosses between the lab and the client's process.
// All times are CLOCK_MONOTONIC in ms: one clock for every process of the machine.

export type HttpWish = {
  readonly address: string
  readonly port: number
  readonly everyMs: number
  readonly timeoutMs: number
}

/** One request: a new TCP connection, started on schedule. */
export type HttpRecord = {
  readonly askedAt: number
  readonly answeredAt?: number
  readonly pod?: string
  readonly node?: string
  readonly seenClient?: string // the address that the backend saw
  readonly error?: string
  readonly failedAt?: number // with an error
}

export type ArpWish = { readonly address: string; readonly everyMs: number }

/** One ARP request, broadcast by an asker that keeps no cache, and who answered it. */
export type ArpRecord = {
  readonly askedAt: number
  readonly answers: readonly { readonly at: number; readonly mac: string }[]
}

/** An announcement that the client heard without having asked. */
export type Announcement = {
  readonly at: number
  readonly address: string
  readonly mac: string
  readonly form: 'arp-request' | 'arp-reply' | 'neighbor-advertisement'
}

export type ProbeCommand =
  | { readonly verb: 'http-start'; readonly probe: number; readonly wish: HttpWish }
  | { readonly verb: 'http-stop'; readonly probe: number }
  | { readonly verb: 'arp-start'; readonly probe: number; readonly wish: ArpWish }
  | { readonly verb: 'arp-stop'; readonly probe: number }
  | {
      readonly verb: 'first-reply'
      readonly address: string
      readonly port: number
      readonly timeoutMs: number
    }
  | { readonly verb: 'resolve'; readonly address: string; readonly timeoutMs: number }
  | { readonly verb: 'announcements' } // heard since the last time one asked

/** The monotonic clock of the machine, in ms. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
