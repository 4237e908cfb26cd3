// Puts the bgp worker's small reports together to the whole that the main thread sees. Counters never go backwards, also
// when the worker was started anew.
import type { ListeningObserved, MessageCounts, PeerCounters, PeerReport } from '../bgp/observed.ts'
import { states } from '../bgp/session.ts'
import type { State } from '../bgp/session.ts'
import type { BfdObserved } from '../bfd/observed.ts'
import type { BgpReport, RoutingObserved } from './bgp-messages.ts'

const noBfd: Pick<RoutingObserved, 'bfd' | 'bfdGeneral'> = {
  bfd: {},
  bfdGeneral: { loopLagMs: 0, malformed: 0, unknown: 0 },
}

export class BgpObservation {
  private generation = -1
  private alive = false
  private loopLagMs = 0
  private listening: readonly ListeningObserved[] = []
  private bfd = noBfd
  private peers = new Map<string, PeerReport>()
  private readonly before = new Map<string, PeerCounters>() // what workers that died had counted
  private readonly orphans = new Set<string>() // peers of a worker that died: the next one tells which are left
  private whole: RoutingObserved | undefined

  /** Whether anything beside counters and the loop's delay is different now. */
  take(report: BgpReport): boolean {
    const { generation, peers, gone, listening, bfd = this.bfd, loopLagMs } = report
    const isNews =
      !this.alive ||
      generation !== this.generation ||
      listening !== undefined ||
      gone.length > 0 ||
      bfdFacts(bfd.bfd) !== bfdFacts(this.bfd.bfd) ||
      Object.entries(peers).some(([name, peer]) => this.isNews(name, peer))
    this.whole = undefined
    this.alive = true
    this.generation = generation
    this.loopLagMs = loopLagMs
    this.listening = listening ?? this.listening
    this.bfd = bfd
    for (const [name, peer] of Object.entries(peers)) this.learn(name, peer)
    for (const name of [...gone, ...(generation < 0 ? [] : this.orphans)]) this.forget(name)
    return isNews
  }

  /** No session stands; the next worker tells what becomes of them. `at`: wall clock, ms. */
  workerDied(at: number): void {
    this.whole = undefined
    this.alive = false
    this.generation = -1
    this.listening = []
    this.bfd = noBfd
    for (const [name, peer] of this.peers) {
      this.orphans.add(name)
      this.before.set(name, peer.counters)
      this.peers.set(name, withoutSession(peer, at))
    }
  }

  value(): RoutingObserved {
    this.whole ??= {
      generation: this.generation,
      alive: this.alive,
      peers: Object.fromEntries(this.peers),
      listening: this.listening,
      loopLagMs: this.loopLagMs,
      ...this.bfd,
    }
    return this.whole
  }

  /** Asked for by whoever wanted it. */
  workerStopped(): void {
    this.whole = undefined
    this.alive = false
  }

  private isNews(name: string, { session, objection }: PeerReport): boolean {
    const known = this.peers.get(name)
    if (known === undefined || known.objection !== objection) return true
    return JSON.stringify(known.session) !== JSON.stringify(session)
  }

  private learn(name: string, peer: PeerReport): void {
    this.orphans.delete(name)
    const before = this.before.get(name)
    const counters = before === undefined ? peer.counters : sum(before, peer.counters)
    this.peers.set(name, { ...peer, counters })
  }

  private forget(name: string): void {
    this.peers.delete(name)
    this.orphans.delete(name)
    this.before.delete(name)
  }
}

/** All but what is counted and measured. */
function bfdFacts(bfd: RoutingObserved['bfd']): string {
  const facts = (each: BfdObserved) => ({ ...each, counters: undefined, lastDiscard: undefined })
  return JSON.stringify(Object.entries(bfd).map(([peer, each]) => [peer, facts(each)]))
}

function withoutSession({ session, counters }: PeerReport, at: number): PeerReport {
  const reason = 'the bgp worker died, and is being started again'
  const { peer: _, notKept: __, ...rest } = session
  return {
    counters,
    session: {
      ...rest,
      state: 'Idle',
      reason,
      since: at,
      ...(session.state === 'Idle' ? {} : { lastFailure: { reason, at } }),
      received: { IPv4: 0, IPv6: 0 },
      keptFor: [],
      isTelling: false,
    },
  }
}

function sum(a: PeerCounters, b: PeerCounters): PeerCounters {
  return {
    sent: sumCounts(a.sent, b.sent),
    received: sumCounts(a.received, b.received),
    established: a.established + b.established,
    transitions: sumStates(a.transitions ?? {}, b.transitions ?? {}),
  }
}

type Transitions = Partial<Record<State, number>>

function sumStates(a: Transitions, b: Transitions): Transitions {
  const sums = { ...a }
  for (const state of states) {
    const count = (a[state] ?? 0) + (b[state] ?? 0)
    if (count > 0) sums[state] = count
  }
  return sums
}

function sumCounts(a: MessageCounts, b: MessageCounts): MessageCounts {
  return {
    open: a.open + b.open,
    update: a.update + b.update,
    notification: a.notification + b.notification,
    keepalive: a.keepalive + b.keepalive,
    'route-refresh': a['route-refresh'] + b['route-refresh'],
    bytes: a.bytes + b.bytes,
  }
}
