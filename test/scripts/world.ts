// The whole product in one process: controllers, speakers, an API server and a LAN in memory, one clock for all.
// All of Herald's code is the real one; only what lies outside of it is made up.
import { namespaceKind } from '../../crds/namespace.ts'
import { nodeKind } from '../../crds/node.ts'
import { controllerSettings } from '../../operator/controller-settings.ts'
import { startLeader } from '../../operator/controller/leader.ts'
import type { Leader } from '../../operator/controller/leader.ts'
import { createLog } from '../../operator/log.ts'
import { startNodeSpeaker } from '../../operator/speaker/node-speaker.ts'
import type { NodeSpeaker } from '../../operator/speaker/node-speaker.ts'
import type { Clock } from '../../operator/kube/clock.ts'
import type { Log } from '../../operator/log.ts'
import { speakerSettings } from '../../operator/speaker-settings.ts'
import { fakeClock } from '../support/fake-clock.ts'
import { createFakeClient } from './fake-client.ts'
import type { FakeClient } from './fake-client.ts'
import { createLan } from './fake-lan.ts'
import type { FakeLan } from './fake-lan.ts'
import { createStore } from './fake-store.ts'
import type { Store } from './fake-store.ts'

type Running = {
  readonly api: FakeClient
  readonly process: Leader | NodeSpeaker
  readonly halt: () => void // its time stands still for ever
}

export type World = {
  readonly store: Store
  readonly lan: FakeLan
  readonly now: () => number
  readonly wall: () => number
  readonly advance: (ms: number) => Promise<void>
  /** 'controller', 'controller-2', or the name of a node, whose speaker it is. */
  readonly start: (name: string, flags: readonly string[]) => void
  readonly beginStop: (name: string) => void // SIGTERM
  readonly stop: (name: string) => Promise<void> // SIGTERM, and what follows until it has ended
  readonly kill: (name: string) => void // SIGKILL
  readonly cut: (name: string) => void // from the API server only
  readonly mend: (name: string) => void
  readonly log: () => readonly string[] // of every process, in order
  readonly end: () => void
}

type Parts = { readonly api: FakeClient; readonly clock: Clock; readonly log: Log }

const stepMs = 5

/** terminationGracePeriodSeconds of the manifests. */
const longestStopMs = 10_000

export function createWorld(): World {
  const { clock, advance: advanceClock, nextIn } = fakeClock()
  const store = createStore(clock.wall)
  const lan = createLan()
  const running = new Map<string, Running>()
  const lines: string[] = []
  let incarnations = 0

  for (const name of ['default', 'metallb-system']) store.put(namespaceKind, name, {})

  function start(name: string, flags: readonly string[]): void {
    const api = createFakeClient(store)
    const own = haltable(clock)
    const log = createLog(name, 'info', { write: (line) => void lines.push(line) })
    const process = name.startsWith('controller')
      ? startController(name, flags, { api, clock: own.clock, log })
      : startSpeaker(name, flags, { api, clock: own.clock, log })
    running.set(name, { api, process, halt: own.halt })
  }

  function startController(identity: string, flags: readonly string[], parts: Parts): Leader {
    const settings = controllerSettings({ argv: flags, env: {}, readFile: () => undefined })
    return startLeader({ ...parts, client: parts.api.client, settings, identity, owner: () => undefined })
  }

  function startSpeaker(node: string, flags: readonly string[], parts: Parts): NodeSpeaker {
    if (store.get(nodeKind, node) === undefined) store.put(nodeKind, node, {})
    const settings = speakerSettings({
      argv: [...flags, `--node-name=${node}`],
      env: {},
      readFile: () => undefined,
    })
    const engine = lan.attach(node, parts.clock)
    const identity = `${node}-${++incarnations}`
    return startNodeSpeaker({
      ...parts,
      client: parts.api.client,
      settings,
      engine,
      startBgpEngine: () => {
        throw new Error('no peers here')
      },
      identity,
      owner: () => undefined,
    })
  }

  const find = (name: string): Running => {
    const found = running.get(name)
    if (found === undefined) throw new Error(`${name} does not run`)
    return found
  }

  /** Time passes from one timer to the next, and after each all that follows runs to its end. */
  async function advance(ms: number): Promise<void> {
    await settle()
    for (const end = clock.now() + ms; clock.now() < end; ) {
      advanceClock(Math.min(Math.max(nextIn(), 0), end - clock.now()))
      await settle()
    }
  }

  async function stop(name: string): Promise<void> {
    const ended = beginStop(name)
    for (let waited = 0; running.has(name); waited += stepMs) {
      if (waited > longestStopMs) throw new Error(`${name} does not stop`)
      await advance(stepMs)
    }
    await ended
  }

  async function beginStop(name: string): Promise<void> {
    await find(name).process.stop()
    running.delete(name)
  }

  function kill(name: string): void {
    const { api, halt } = find(name)
    halt()
    api.cut()
    lan.detach(name)
    running.delete(name)
  }

  return {
    store,
    lan,
    now: clock.now,
    wall: clock.wall,
    advance,
    start,
    beginStop: (name) => void beginStop(name),
    stop,
    kill,
    cut: (name) => find(name).api.cut(),
    mend: (name) => find(name).api.mend(),
    log: () => lines,
    end: () => {
      for (const name of running.keys()) kill(name)
    },
  }
}

/** The clock of one process, which can be stopped for good. */
function haltable(clock: Clock): { readonly clock: Clock; readonly halt: () => void } {
  let halted = false
  const after: Clock['after'] = (ms, run) =>
    clock.after(ms, () => {
      if (!halted) run()
    })
  return { clock: { ...clock, after }, halt: () => void (halted = true) }
}

/** Everything that is due now and takes no time: promises, and what they bring about. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < turnsToSettle; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}

/** An answer of the fake API server takes a few turns, a write that follows from it a few more. */
const turnsToSettle = 4
