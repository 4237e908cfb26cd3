// Herald's BGP engine as an originator of the bgp bench, in the namespace that it was started in: wishes come as JSON
// lines, and each is answered when all sessions have been told. What is timed is timed here.
import { createInterface } from 'node:readline'
import type { PeerConfig, Route } from '../../protocols/bgp/config.ts'
import { startBgpEngine } from '../../protocols/engine/bgp-engine.ts'
import { untilTrue } from '../support/until.ts'
import { changeAt, inTime, prefixAt, sameCommunity, wallClock } from './bgp-prefixes.ts'
import type { ChangePlan } from './bgp-prefixes.ts'

export type Wish =
  | { readonly type: 'peers'; readonly peers: readonly PeerConfig[] }
  | { readonly type: 'hold'; readonly count: number } // so many prefixes and no others
  | { readonly type: 'change'; readonly plan: ChangePlan } // one by one
export type Answer = { readonly at: readonly number[] } // when each change was wished

const workerUrl = new URL('../../build/bgp-worker.js', import.meta.url)
const engine = startBgpEngine({
  workerUrl,
  onLog: ({ level, message }) => {
    if (level === 'error') console.error(message)
  },
})
let peers: readonly PeerConfig[] = []
let routes: readonly Route[] = []
let generation = 0

function apply(): void {
  generation += 1
  engine.apply({ generation, peers, routes, bfd: {} })
}

function routeAt(number: number): Route {
  return { prefix: prefixAt(number), peers: 'all', attributes: { communities: [sameCommunity] } }
}

/** A list of its own for every change, as a plan is; routes that stay are the same objects. */
function change(index: number, window: number): void {
  const { kind } = changeAt(index, window)
  routes = kind === 'announce' ? [...routes, routeAt(window + (index >>> 1))] : routes.slice(1)
  apply()
}

async function grant(wish: Wish): Promise<readonly number[]> {
  const wall = wallClock()
  switch (wish.type) {
    case 'peers': {
      peers = wish.peers
      apply()
      return [wall()]
    }
    case 'hold': {
      routes = Array.from({ length: wish.count }, (_, number) => routeAt(number))
      const at = wall()
      apply()
      return [at]
    }
    case 'change':
      return inTime(wish.plan, (index) => change(index, wish.plan.window))
  }
}

async function answer(wish: Wish): Promise<void> {
  const at = await grant(wish)
  const isTold = () => engine.observe().generation === generation
  await untilTrue('all is told', isTold, { timeoutMs: 60_000, everyMs: 5 })
  process.stdout.write(`${JSON.stringify({ at } satisfies Answer)}\n`)
}

const input = createInterface(process.stdin)
input.on('line', (line) => {
  answer(JSON.parse(line)).catch((error: unknown) => {
    console.error(String(error))
    process.exit(1)
  })
})
input.on('close', () => process.exit())
