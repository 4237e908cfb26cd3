// The layer 2 engine of a node without a thread and without a kernel: the real machine and the real reports, with
// frames handed to whoever made it. One interface, eth0.
import type { L2Engine } from '../../protocols/engine/l2-engine.ts'
import { Observation } from '../../protocols/engine/observation.ts'
import { Reporter } from '../../protocols/engine/reporter.ts'
import type { L2Config } from '../../protocols/l2/claim.ts'
import type { Link } from '../../protocols/l2/link.ts'
import type { L2Observed } from '../../protocols/l2/observed.ts'
import { newSession } from '../../protocols/l2/session.ts'
import type { Effect, Event } from '../../protocols/l2/session.ts'
import { step } from '../../protocols/l2/step.ts'

export type EngineClock = {
  readonly now: () => number // monotonic ms
  readonly wall: () => number
  readonly after: (ms: number, run: () => void) => () => void
}

export type FakeEngineOptions = {
  readonly mac: string
  readonly clock: EngineClock
  readonly send: (frame: Uint8Array) => void
}

type Yield = { readonly left: Set<string>; readonly resolve: () => void }

const linkIndex = 2
const reportMs = 100

export function startFakeEngine({ mac, clock, send }: FakeEngineOptions): {
  readonly engine: L2Engine
  readonly receive: (frame: Uint8Array) => void
  readonly tick: () => void // what the worker does ten times a second: it tells what has changed
} {
  const observation = new Observation()
  const reporter = new Reporter()
  const listeners: ((observed: L2Observed) => void)[] = []
  const yields: Yield[] = []
  let session = newSession()
  let cancelWake = () => {}
  let stopped = false
  let reportIsDue = false

  function feed(event: Event): void {
    if (stopped) return
    const next = step(session, event, clock.now())
    session = next.session
    const announced = next.effects.flatMap(carryOut)
    if (announced.length > 0)
      feed({ type: 'announced', link: linkIndex, addresses: announced, at: clock.wall() * 1_000 })
  }

  /** The addresses whose first announcement went out. */
  function carryOut(effect: Effect): readonly string[] {
    switch (effect.type) {
      case 'answer':
        reporter.count(effect.address, 'requestsReceived')
        reporter.count(effect.address, 'responsesSent')
        send(effect.frame)
        return []
      case 'announce':
        reporter.count(effect.address, 'gratuitousSent')
        send(effect.frame)
        return effect.first ? [effect.address] : []
      case 'probe':
        send(effect.frame)
        return []
      case 'wake-at':
        cancelWake()
        cancelWake = clock.after(Math.max(0, effect.at - clock.now()), () => feed({ type: 'wake' }))
        return []
      case 'yielded':
        settle(effect.address)
        return []
      case 'report':
        clock.after(0, report)
        return []
      case 'ignore':
        reporter.drop(effect.reason)
        if (effect.address !== undefined) reporter.count(effect.address, 'requestsReceived')
        reportSoon()
        return []
      case 'join':
      case 'leave':
        return []
    }
  }

  function settle(address: string): void {
    for (const each of yields) {
      each.left.delete(address)
      if (each.left.size === 0) each.resolve()
    }
  }

  /** What can wait, as the engine's driver tells it. */
  function reportSoon(): void {
    if (reportIsDue) return
    reportIsDue = true
    clock.after(reportMs, report)
  }

  function report(): void {
    reportIsDue = false

    if (stopped || !observation.take(reporter.take(session, 0))) return
    for (const listener of listeners) listener(observation.value())
  }

  const engine: L2Engine = {
    apply: (config: L2Config) => {
      feed({ type: 'configured', config })
      if (session.links.size === 0) feed({ type: 'interfaces', links: [linkWith(mac)] })
      clock.after(0, report)
    },
    yield: (addresses, withinMs) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      yields.push({ left: new Set(addresses), resolve })
      feed({ type: 'yield', addresses, deadline: clock.now() + withinMs })
      if (addresses.length === 0) resolve()
      return promise
    },
    announceAnew: (addresses) => feed({ type: 'announce-anew', addresses }),
    observe: () => observation.value(),
    onChange: (listener) => void listeners.push(listener),
    stop: () => {
      stopped = true
      cancelWake()
      return Promise.resolve()
    },
  }
  const receive = (frame: Uint8Array) =>
    feed({ type: 'frame', link: linkIndex, capturedAt: clock.wall() * 1_000, frame })
  return { engine, receive, tick: report }
}

function linkWith(mac: string): Link {
  return {
    index: linkIndex,
    name: 'eth0',
    mac,
    isEthernet: true,
    up: true,
    running: true,
    broadcast: true,
    noArp: false,
    addresses: [{ address: 'fe80::1', prefixLength: 64, tentative: false }],
    capture: 'open',
  }
}
