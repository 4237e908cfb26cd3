// Whose link-layer address stands for the next hop: asked a few times, and again when it is doubted. Who answers otherwise
// later is believed (RFC 4861 §7.2.5, RFC 826).
import type { Mac } from '../net/ethernet.ts'
import { monotonicClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { claimedMac, solicitation } from './packet-neighbour.ts'
import type { Asker } from './packet-neighbour.ts'

export type NeighbourSearchOptions = {
  readonly nextHop: string
  readonly asker: Asker
  readonly inject: (frame: Uint8Array) => void
  readonly onFound: () => void // for the first time
  readonly onNobody: () => void
  readonly clock?: Clock
}

const askMs = 250
const questions = 3

export class NeighbourSearch {
  private readonly options: NeighbourSearchOptions
  private readonly clock: Clock
  private found: Mac | undefined
  private asked = 0
  private lastAskedAt = Number.NEGATIVE_INFINITY
  private cancelAsk: (() => void) | undefined

  constructor(options: NeighbourSearchOptions) {
    this.options = options
    this.clock = options.clock ?? monotonicClock
  }

  get mac(): Mac | undefined {
    return this.found
  }

  get askedAt(): number {
    return this.lastAskedAt
  }

  start(): void {
    if (this.asked === questions) return this.options.onNobody()
    this.asked += 1
    this.ask()
    this.cancelAsk = this.clock.after(askMs, () => this.start())
  }

  ask(): void {
    const { nextHop, asker, inject } = this.options
    this.lastAskedAt = this.clock.now()
    inject(solicitation(nextHop, asker))
  }

  /** Whether the frame is an answer, and nothing else. */
  take(frame: Uint8Array): boolean {
    const mac = claimedMac(frame, this.options.nextHop)
    if (mac === undefined) return false
    const isFirst = this.found === undefined
    this.found = mac
    if (isFirst) {
      this.stop()
      this.options.onFound()
    }
    return true
  }

  stop(): void {
    this.cancelAsk?.()
  }
}
