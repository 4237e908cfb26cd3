// Puts the worker's small reports together to the whole that the main thread sees. Counters never go backwards, also
// when the worker was started anew.
import type { ClaimFacts } from '../l2/observe.ts'
import type { L2Observed, ObservedClaim, ObservedInterface } from '../l2/observed.ts'
import type { Counted, CountDeltas, Report } from './l2-messages.ts'
import { counted } from './l2-messages.ts'

type Counters = Record<Counted, number>
/** `whole` is the same object until its facts or its counters change: readers remember by it. */
type Known = { readonly facts: ClaimFacts; readonly counters: Counters; whole?: ObservedClaim | undefined }

export class Observation {
  private generation = -1
  private alive = false
  private loopLagMs = 0
  private interfaces: readonly ObservedInterface[] = []
  private readonly claims = new Map<string, Known>()
  private readonly dropped = new Map<string, number>()
  private whole: L2Observed | undefined
  private orphans: Set<string> | undefined // claims of a worker that died: the next one tells which are left

  /** Whether something is so that was not before. Counters and delays are for who reads them: they bring nothing about. */
  take(report: Report): boolean {
    const isNews =
      !this.alive ||
      report.generation !== this.generation ||
      report.interfaces !== undefined ||
      report.claims !== undefined ||
      report.gone !== undefined
    this.whole = undefined
    this.alive = true
    this.generation = report.generation
    this.loopLagMs = report.loopLagMs
    this.interfaces = report.interfaces ?? this.interfaces
    for (const facts of report.claims ?? []) this.learn(facts)
    if (report.generation >= 0) this.forgetOrphans()
    for (const address of report.gone ?? []) this.claims.delete(address)
    if (report.counts !== undefined) this.add(report.counts)
    for (const [reason, count] of Object.entries(report.dropped ?? {}))
      this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + count)
    return isNews
  }

  /** Nothing is answered for until the next one reports. Gives the addresses that were handed over. */
  workerDied(): readonly string[] {
    const yielded = [...this.claims.values()].filter(({ facts }) => facts.yielded === true)
    this.whole = undefined
    this.alive = false
    this.generation = -1
    for (const [address, known] of this.claims)
      this.claims.set(address, { counters: known.counters, facts: { address, interfaces: [] } })
    this.orphans = new Set(this.claims.keys())
    return yielded.map(({ facts }) => facts.address)
  }

  private forgetOrphans(): void {
    for (const address of this.orphans ?? []) this.claims.delete(address)
    this.orphans = undefined
  }

  value(): L2Observed {
    this.whole ??= {
      generation: this.generation,
      alive: this.alive,
      interfaces: this.interfaces,
      claims: Array.from(this.claims.values(), wholeOf),
      dropped: Object.fromEntries(this.dropped),
      loopLagMs: this.loopLagMs,
    }
    return this.whole
  }

  private learn(facts: ClaimFacts): void {
    this.orphans?.delete(facts.address)
    const counters = this.claims.get(facts.address)?.counters ?? noCounters()
    this.claims.set(facts.address, { facts, counters })
  }

  private add({ addresses, deltas }: CountDeltas): void {
    for (const [index, address] of addresses.entries()) {
      const known = this.claims.get(address)
      if (known === undefined) continue
      for (const [offset, what] of counted.entries())
        known.counters[what] += deltas[index * counted.length + offset] ?? 0
      known.whole = undefined
    }
  }
}

function noCounters(): Counters {
  return { requestsReceived: 0, responsesSent: 0, gratuitousSent: 0 }
}

function wholeOf(known: Known): ObservedClaim {
  known.whole ??= { ...known.facts, ...known.counters }
  return known.whole
}
