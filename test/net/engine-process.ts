// The layer 2 engine of one host, in a process of its own, as the speaker of that node would run it.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { L2Config } from '../../protocols/l2/claim.ts'
import type { L2Observed, ObservedClaim } from '../../protocols/l2/observed.ts'
import { until, untilTrue } from '../support/until.ts'
import type { Wish } from './engine-inside.ts'
import type { Host } from './lan.ts'

export type EngineOptions = {
  readonly unprivileged?: boolean // as nobody, with CAP_NET_RAW and nothing else
  readonly workerUrl?: string
  readonly journalFile?: string
  readonly env?: Readonly<Record<string, string>>
  readonly nodeFlags?: readonly string[]
}

type Said = {
  readonly observed?: L2Observed
  readonly log?: { readonly level: string; readonly message: string }
  readonly yielded?: readonly string[]
  readonly stopped?: boolean
  readonly parsedMs?: number
}

/** All capabilities but one are gone, as in the DaemonSet's security context. */
const netRawOnly = [
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  '--bounding-set=-all,+net_raw',
  '--inh-caps=-all,+net_raw',
  '--ambient-caps=-all,+net_raw',
  '--no-new-privs',
]

/** A process may start slowly on a busy machine; nothing is measured by this. */
const patienceMs = 60_000

const nothing: L2Observed = {
  generation: -1,
  alive: false,
  interfaces: [],
  claims: [],
  dropped: {},
  loopLagMs: 0,
}

export class EngineProcess {
  observed: L2Observed = nothing
  readonly logs: string[] = []
  readonly said: Said[] = []
  private readonly child: ChildProcess
  private readonly exited: Promise<void>
  private generation = 0

  constructor(host: Host, options: EngineOptions = {}) {
    const { unprivileged = false, workerUrl, journalFile } = options
    const script = new URL('./engine-inside.ts', import.meta.url).pathname
    const privileges = unprivileged ? netRawOnly : []
    const args = [
      `--net=/run/netns/${host.namespace}`,
      'setpriv',
      '--pdeathsig',
      'KILL',
      ...privileges,
      process.execPath,
      ...(options.nodeFlags ?? []),
      script,
    ]
    const env = {
      ...process.env,
      ...options.env,
      ...(workerUrl === undefined ? {} : { HERALD_WORKER_URL: workerUrl }),
      ...(journalFile === undefined ? {} : { HERALD_JOURNAL: journalFile }),
    }
    const child = spawn('nsenter', args, { stdio: ['pipe', 'pipe', 'inherit'], env })
    createInterface(child.stdout).on('line', (line) => this.take(JSON.parse(line)))
    this.child = child
    this.exited = new Promise((resolve) => child.once('exit', () => resolve()))
  }

  /** Claims on all interfaces, or as they are given. */
  apply(claims: readonly (string | L2Config['claims'][number])[], more: Partial<L2Config> = {}): void {
    this.generation += 1
    const config: L2Config = {
      generation: this.generation,
      claims: claims.map((claim) =>
        typeof claim === 'string' ? { address: claim, interfaces: 'all' } : claim,
      ),
      interfacesToExclude: ['^lo$', '^veth'],
      gratuitousIntervalMs: 0,
      ...more,
    }
    this.wish({ type: 'apply', config })
  }

  wish(wish: Wish): void {
    this.child.stdin?.write(`${JSON.stringify(wish)}\n`)
  }

  /** Resolves with how long it took, in ms. */
  async yield(addresses: readonly string[], withinMs: number): Promise<number> {
    const started = performance.now()
    this.wish({ type: 'yield', addresses, withinMs })
    await this.hear('yield', ({ yielded }) => yielded !== undefined, withinMs + patienceMs)
    return performance.now() - started
  }

  claim(address: string): ObservedClaim | undefined {
    return this.observed.claims.find((claim) => claim.address === address)
  }

  async hear(what: string, holds: (said: Said) => boolean, timeoutMs = patienceMs): Promise<Said> {
    return until(what, () => this.said.find(holds), { timeoutMs, everyMs: 2 })
  }

  /** The claims of the last apply are answered for. */
  async ready(count = 1): Promise<void> {
    await this.sees(`${count} claims announced`, ({ generation, claims }) => {
      const isCurrent = generation === this.generation
      return isCurrent && claims.filter(({ interfaces }) => interfaces.length > 0).length >= count
    })
  }

  async sees(
    what: string,
    holds: (observed: L2Observed) => boolean,
    timeoutMs = patienceMs,
  ): Promise<L2Observed> {
    try {
      return await until(what, () => (holds(this.observed) ? this.observed : undefined), {
        timeoutMs,
        everyMs: 5,
      })
    } catch (error) {
      throw new Error(`${what}: ${JSON.stringify({ ...this.observed, logs: this.logs })}`, { cause: error })
    }
  }

  async stop(): Promise<void> {
    this.child.stdin?.end()
    const timer = setTimeout(() => this.kill(), patienceMs)
    await this.exited
    clearTimeout(timer)
  }

  /** All threads stand still, from when this is done until the next one. */
  async freeze(): Promise<void> {
    this.child.kill('SIGSTOP')
    const tasks = `/proc/${this.child.pid}/task`
    const stands = (task: string) => /\) T /.test(readFileSync(`${tasks}/${task}/stat`, 'utf8'))
    await untilTrue('every thread stands still', async () => readdirSync(tasks).every(stands))
  }

  thaw(): void {
    this.child.kill('SIGCONT')
  }

  kill(): void {
    this.child.kill('SIGKILL')
  }

  private take(said: Said): void {
    this.said.push(said)
    if (said.observed !== undefined) this.observed = said.observed
    if (said.log !== undefined) this.logs.push(JSON.stringify(said.log))
  }
}
