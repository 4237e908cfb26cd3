// Runs the layer 2 engine in the namespace that it was started in; wishes come as JSON lines, what is so goes out.
import { createInterface } from 'node:readline'
import { startL2Engine } from '../../protocols/engine/l2-engine.ts'
import type { L2Config } from '../../protocols/l2/claim.ts'
import { relist } from '../support/relist.ts'

export type Wish =
  | { readonly type: 'apply'; readonly config: L2Config }
  | { readonly type: 'yield'; readonly addresses: readonly string[]; readonly withinMs: number }
  | { readonly type: 'parse'; readonly megabytes: number; readonly times: number } // keep the main thread busy
  | { readonly type: 'stop' }

const { HERALD_WORKER_URL: workerUrl, HERALD_JOURNAL: journalFile } = process.env

const engine = startL2Engine({
  onLog: (log) => say({ log }),
  ...(workerUrl === undefined ? {} : { workerUrl: new URL(workerUrl) }),
  ...(journalFile === undefined ? {} : { journalFile }),
})
engine.onChange((observed) => say({ observed }))
/** Counters are no change: whoever wants them asks. */
let told = engine.observe()
setInterval(() => {
  if (engine.observe() === told) return
  told = engine.observe()
  say({ observed: told })
}, 100).unref()

function say(what: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}

async function grant(wish: Wish): Promise<void> {
  switch (wish.type) {
    case 'apply':
      return engine.apply(wish.config)
    case 'yield':
      await engine.yield(wish.addresses, wish.withinMs)
      return say({ yielded: wish.addresses })
    case 'parse':
      return relist(wish.megabytes, wish.times, (parsedMs) => say({ parsedMs }))
    case 'stop':
      await engine.stop()
      return say({ stopped: true, observed: engine.observe() })
  }
}

for await (const line of createInterface(process.stdin)) void grant(JSON.parse(line))
await engine.stop()
