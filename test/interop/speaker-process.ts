// The BGP engine of one host, in a process of its own, as the speaker of that node would run it.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { PeerReport } from '../../protocols/bgp/observed.ts'
import type { BgpWish, PeerRoutes, RoutingObserved, StopWish } from '../../protocols/engine/bgp-messages.ts'
import type { Host } from '../net/lan.ts'
import { until } from '../support/until.ts'
import type { Wish } from './speaker-inside.ts'

type Said = {
  readonly observed?: RoutingObserved
  readonly now?: RoutingObserved
  readonly log?: { readonly level: string; readonly message: string; readonly fields: unknown }
  readonly routes?: PeerRoutes | null
  readonly stopped?: boolean
  readonly failed?: string
}

export type SpeakerOptions = {
  readonly journalFile?: string
  readonly workerUrl?: string
  readonly privileges?: readonly string[] // of setpriv
  readonly env?: Readonly<Record<string, string>>
}

/** Of setpriv, as in the DaemonSet's security context. */
export const netRawOnly = [
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  '--bounding-set=-all,+net_raw',
  '--inh-caps=-all,+net_raw',
  '--ambient-caps=-all,+net_raw',
  '--no-new-privs',
]

const nothing: RoutingObserved = {
  generation: -1,
  alive: false,
  peers: {},
  listening: [],
  loopLagMs: 0,
  bfd: {},
  bfdGeneral: { loopLagMs: 0, malformed: 0, unknown: 0 },
}

/** A process may start slowly on a busy machine; nothing is measured by this. */
const patienceMs = 30_000

export class SpeakerProcess {
  readonly host: Host
  observed: RoutingObserved = nothing
  readonly states: string[] = [] // 'PEER State', as they were told
  readonly said: Said[] = []
  private readonly child: ChildProcess
  private readonly exited: Promise<void>
  hasEnded = false
  private wish: BgpWish = { generation: 0, peers: [], routes: [], bfd: {} }

  constructor(host: Host, { journalFile, workerUrl, privileges = [], env: more }: SpeakerOptions = {}) {
    this.host = host
    const script = new URL('./speaker-inside.ts', import.meta.url).pathname
    const inside = [`--net=/run/netns/${host.namespace}`, 'setpriv', '--pdeathsig', 'KILL', ...privileges]
    const env = {
      ...process.env,
      ...more,
      ...(workerUrl === undefined ? {} : { HERALD_WORKER_URL: workerUrl }),
      ...(journalFile === undefined ? {} : { HERALD_JOURNAL: journalFile }),
    }
    const child = spawn('nsenter', [...inside, process.execPath, script], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env,
    })
    createInterface(child.stdout).on('line', (line) => this.take(JSON.parse(line)))
    this.child = child
    this.exited = new Promise((resolve) => {
      child.once('exit', () => {
        this.hasEnded = true
        resolve()
      })
    })
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  /** Changes some of the wish. */
  apply(changed: Partial<Omit<BgpWish, 'generation'>>): void {
    this.wish = { ...this.wish, ...changed, generation: this.wish.generation + 1 }
    this.tell({ type: 'apply', wish: this.wish })
  }

  async forgetAll(): Promise<void> {
    this.drain([])
    this.apply({ peers: [], routes: [], bfd: {} })
    await this.sees('no peer is left', ({ peers }) => Object.keys(peers).length === 0)
  }

  drain(peers: readonly string[] | 'all'): void {
    this.tell({ type: 'drain', peers })
  }

  /** Its main thread parses so much once a second, so many times. */
  relist(megabytes: number, times: number): void {
    this.tell({ type: 'relist', megabytes, times })
  }

  async routes(peer: string): Promise<PeerRoutes> {
    const before = this.said.length
    this.tell({ type: 'routes', peer })
    return until(
      'the routes of the peer',
      () => this.said.slice(before).find(({ routes }) => routes)?.routes ?? undefined,
    )
  }

  /** Counters and all, as the engine knows them. */
  async now(): Promise<RoutingObserved> {
    const before = this.said.length
    this.tell({ type: 'observe' })
    return until('what is so', () => this.said.slice(before).find(({ now }) => now)?.now)
  }

  /** Ends the sessions, the engine, and the process. */
  async stop(how: StopWish = { keepRoutes: false, pauseMs: 0 }): Promise<void> {
    this.tell({ type: 'stop', how })
    await until('the engine has stopped', () => this.said.find(({ stopped }) => stopped), {
      timeoutMs: how.pauseMs + patienceMs,
      everyMs: 5,
    })
    await this.end()
  }

  kill(): void {
    this.child.kill('SIGKILL')
  }

  /** Without a word to anybody. */
  async end(): Promise<void> {
    this.child.stdin?.end()
    const timer = setTimeout(() => this.kill(), 3000)
    await this.exited
    clearTimeout(timer)
  }

  async sees(
    what: string,
    holds: (observed: RoutingObserved) => boolean,
    timeoutMs = patienceMs,
  ): Promise<RoutingObserved> {
    try {
      return await until(what, () => (holds(this.observed) ? this.observed : undefined), {
        timeoutMs,
        everyMs: 5,
      })
    } catch (error) {
      const logs = this.said.flatMap(({ log }) => (log === undefined ? [] : [log]))
      throw new Error(`${what}: ${JSON.stringify({ ...this.observed, logs: logs.slice(-20) })}`, {
        cause: error,
      })
    }
  }

  async established(peer = 'router'): Promise<PeerReport> {
    const { peers } = await this.sees(
      `the session with ${peer} is established`,
      (observed) => observed.peers[peer]?.session.state === 'Established',
    )
    const report = peers[peer]
    if (report === undefined) throw new Error('unreachable')
    return report
  }

  private tell(wish: Wish): void {
    this.child.stdin?.write(`${JSON.stringify(wish)}\n`)
  }

  private take(said: Said): void {
    this.said.push(said)
    if (said.failed !== undefined) throw new Error(said.failed)
    if (said.observed === undefined) return
    this.observed = said.observed
    for (const [name, { session }] of Object.entries(said.observed.peers)) {
      const state = `${name} ${session.state}`
      if (this.states.findLast((each) => each.startsWith(`${name} `)) !== state) this.states.push(state)
    }
  }
}
