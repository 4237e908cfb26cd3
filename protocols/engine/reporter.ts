// Turns session after session into small reports: only what differs, however many claims there are.
import { kernelAddresses } from '../l2/kernel-answers.ts'
import { claimFacts, interfaceFacts } from '../l2/observe.ts'
import type { ClaimFacts } from '../l2/observe.ts'
import type { Session } from '../l2/session.ts'
import type { Counted, CountDeltas, Report } from './l2-messages.ts'
import { counted } from './l2-messages.ts'

type Counters = Record<Counted, number>

export class Reporter {
  private counters = new Map<string, Counters>() // since the last report
  private dropped: Record<string, number> = {}
  private last: Session | undefined
  private kernel: ReturnType<typeof kernelAddresses> = new Map() // of the links of `last`
  private readonly told = new Map<string, string>() // facts as they were told, by address

  count(address: string, what: Counted): void {
    const counters = this.counters.get(address)
    if (counters !== undefined) counters[what] += 1
    else
      this.counters.set(address, {
        requestsReceived: 0,
        responsesSent: 0,
        gratuitousSent: 0,
        [what]: 1,
      })
  }

  drop(reason: string): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + 1
  }

  get hasCounts(): boolean {
    return this.counters.size > 0 || Object.keys(this.dropped).length > 0
  }

  take(session: Session, loopLagMs: number): Report {
    const linksChanged = session.links !== this.last?.links || session.exclusion !== this.last.exclusion
    const claims = this.changedClaims(session, linksChanged)
    const gone = session.index === this.last?.index ? [] : this.goneAddresses(session)
    const counts = this.takeCounts()
    const dropped = this.dropped
    this.dropped = {}
    this.last = session
    return {
      generation: session.config.generation,
      loopLagMs,
      ...(linksChanged ? { interfaces: interfaceFacts(session) } : {}),
      ...(claims.length > 0 ? { claims } : {}),
      ...(gone.length > 0 ? { gone } : {}),
      ...(counts === undefined ? {} : { counts }),
      ...(Object.keys(dropped).length > 0 ? { dropped } : {}),
    }
  }

  /** Chunks of the vector that are the same as last time hold nothing new. */
  private changedClaims(session: Session, all: boolean): readonly ClaimFacts[] {
    if (all) this.kernel = kernelAddresses(session.links.values())
    const changed: ClaimFacts[] = []
    for (const [index, chunk] of session.claims.chunks.entries()) {
      const before = this.last?.claims.chunks[index]
      if (!all && chunk === before) continue
      for (const [offset, claim] of chunk.entries()) {
        if (!all && claim === before?.[offset]) continue
        const facts = claimFacts(claim, session, this.kernel)
        if (facts !== undefined && this.isNews(facts)) changed.push(facts)
      }
    }
    return changed
  }

  private isNews(facts: ClaimFacts): boolean {
    const text = JSON.stringify(facts)
    if (this.told.get(facts.address) === text) return false
    this.told.set(facts.address, text)
    return true
  }

  private goneAddresses(session: Session): readonly string[] {
    const gone = [...this.told.keys()].filter((address) => !session.index.byAddress.has(address))
    for (const address of gone) this.told.delete(address)
    return gone
  }

  private takeCounts(): CountDeltas | undefined {
    if (this.counters.size === 0) return undefined
    const addresses = [...this.counters.keys()]
    const deltas = new Float64Array(addresses.length * counted.length)
    let offset = 0
    for (const counters of this.counters.values())
      for (const what of counted) {
        deltas[offset] = counters[what]
        offset += 1
      }
    this.counters = new Map()
    return { addresses, deltas }
  }
}
