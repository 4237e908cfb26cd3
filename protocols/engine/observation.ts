// Puts the worker's small reports together to the whole that the main thread sees. Counters never go backwards, also
// when the worker was started anew.
import type { ClaimFacts } from '../l2/observe.ts'
import type { L2Observed, ObservedInterface } from '../l2/observed.ts'
import type { Counted, CountDeltas, Report } from './l2-messages.ts'
import { counted } from './l2-messages.ts'

type Counters = Record<Counted, number>
type Known = { facts: ClaimFacts; readonly counters: Counters }

export class Observation {
  private generation = -1
  private alive = false
  private loopLagMs = 0
  private interfaces: readonly ObservedInterface[] = []
  private readonly claims = new Map<string, Known>()
  private readonly dropped = new Map<string, number>()
  private whole: L2Observed | undefined
  private orphans: Set<string> | undefined // claims of a worker that died: the next one tells which are left

  /** Whether anything beside the loop's delay is different now. */
  take(report: Report): boolean {
    const isNews =
      !this.alive ||
      report.generation !== this.generation ||
      report.interfaces !== undefined ||
      report.claims !== undefined ||
      report.gone !== undefined ||
      report.counts !== undefined ||
      report.dropped !== undefined
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
      this.claims.set(address, { ...known, facts: { address, interfaces: [] } })
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
      claims: [...this.claims.values()].map(({ facts, counters }) => ({ ...facts, ...counters })),
      dropped: Object.fromEntries(this.dropped),
      loopLagMs: this.loopLagMs,
    }
    return this.whole
  }

  private learn(facts: ClaimFacts): void {
    this.orphans?.delete(facts.address)
    const known = this.claims.get(facts.address)
    if (known !== undefined) known.facts = facts
    else
      this.claims.set(facts.address, {
        facts,
        counters: { requestsReceived: 0, responsesSent: 0, gratuitousSent: 0 },
      })
  }

  private add({ addresses, deltas }: CountDeltas): void {
    for (const [index, address] of addresses.entries()) {
      const counters = this.claims.get(address)?.counters
      if (counters === undefined) continue
      for (const [offset, what] of counted.entries())
        counters[what] += deltas[index * counted.length + offset] ?? 0
    }
  }
}
