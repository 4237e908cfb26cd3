// Runs the BGP engine in the namespace that it was started in; wishes come as JSON lines, what is so goes out.
import { createInterface } from 'node:readline'
import { startBgpEngine } from '../../protocols/engine/bgp-engine.ts'
import type { BgpWish, StopWish } from '../../protocols/engine/bgp-messages.ts'
import { relist } from '../support/relist.ts'

export type Wish =
  | { readonly type: 'apply'; readonly wish: BgpWish }
  | { readonly type: 'drain'; readonly peers: readonly string[] | 'all' }
  | { readonly type: 'routes'; readonly peer: string }
  | { readonly type: 'observe' }
  | { readonly type: 'relist'; readonly megabytes: number; readonly times: number } // keep the main thread busy
  | { readonly type: 'stop'; readonly how: StopWish }

const { HERALD_WORKER_URL: workerUrl, HERALD_JOURNAL: journalFile } = process.env

const engine = startBgpEngine({
  onLog: (log) => say({ log }),
  ...(workerUrl === undefined ? {} : { workerUrl: new URL(workerUrl) }),
  ...(journalFile === undefined ? {} : { journalFile }),
})
engine.onChange((observed) => say({ observed }))

function say(what: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}

async function grant(wish: Wish): Promise<void> {
  switch (wish.type) {
    case 'apply':
      return engine.apply(wish.wish)
    case 'drain':
      return engine.drain(wish.peers)
    case 'routes':
      return say({ routes: (await engine.routes(wish.peer)) ?? null })
    case 'observe':
      return say({ now: engine.observe() })
    case 'relist':
      return relist(wish.megabytes, wish.times, () => undefined)
    case 'stop':
      await engine.stop(wish.how)
      say({ stopped: true, observed: engine.observe() })
  }
}

const input = createInterface(process.stdin)
input.on('line', (line) => {
  grant(JSON.parse(line)).catch((error: unknown) => say({ failed: String(error) }))
})
input.on('close', () => process.exit())
