// Changes of objects handed to a handler one by one: in order and never two at once for one object, many objects at
// once, the newest state for whoever comes late, and again after a rest when the handler fails.
import { sleep } from './clock.ts'
import type { Clock } from './clock.ts'

export type EdgeType = 'ADDED' | 'MODIFIED' | 'DELETED'

export type Edge<T> = { readonly type: EdgeType; readonly object: T }

export type EdgeQueueOptions<T> = {
  readonly handle: (edge: Edge<T>) => Promise<void>
  readonly failed: (error: unknown, retryInMs: number) => void
  readonly clock: Clock
  readonly concurrency?: number // 16
}

export type EdgeQueue<T> = {
  readonly add: (key: string, edge: Edge<T>) => void
  readonly stop: () => Promise<void> // waits for the handlers that run
}

const firstRestMs = 1_000
const longestRestMs = 300_000

/** `tried`: a handler was given it, and failed; who knows what it had done by then. */
type Waiting<T> = Edge<T> & { readonly tried?: true }

type Line<T> = { waiting: readonly Waiting<T>[]; failures: number }

export function createEdgeQueue<T>(options: EdgeQueueOptions<T>): EdgeQueue<T> {
  const { handle, failed, clock, concurrency = 16 } = options
  const lines = new Map<string, Line<T>>() // objects with something to hand over, or a handler at work
  const ready: string[] = [] // keys in the order of arrival; each at most once
  const running = new Set<Promise<void>>()
  const stopping = new AbortController()

  function add(key: string, edge: Edge<T>): void {
    if (stopping.signal.aborted) return
    const line = lines.get(key)
    if (line !== undefined) {
      line.waiting = merged(line.waiting, edge)
      return
    }
    lines.set(key, { waiting: [edge], failures: 0 })
    ready.push(key)
    startMore()
  }

  function startMore(): void {
    while (running.size < concurrency && !stopping.signal.aborted) {
      const key = ready.shift()
      if (key === undefined) return
      const run = drain(key).finally(() => {
        running.delete(run)
        startMore()
      })
      running.add(run)
    }
  }

  /** One edge of one object; what is left stands at the end of the line. */
  async function drain(key: string): Promise<void> {
    const line = lines.get(key)
    const [edge, ...rest] = line?.waiting ?? []
    if (line === undefined || edge === undefined) return void lines.delete(key)
    line.waiting = rest
    try {
      await handle({ type: edge.type, object: edge.object })
      line.failures = 0
    } catch (error) {
      later(key, edge, error)
      return
    }
    if (line.waiting.length === 0) lines.delete(key)
    else ready.push(key)
  }

  /** It rests without taking a place among those that run. */
  function later(key: string, edge: Edge<T>, error: unknown): void {
    const line = lines.get(key)
    if (line === undefined) return
    line.failures += 1
    const tried: readonly Waiting<T>[] = [{ ...edge, tried: true }]
    line.waiting = line.waiting.reduce(merged, tried)
    const restMs =
      Math.min(firstRestMs * 2 ** (line.failures - 1), longestRestMs) * (0.5 + clock.random() / 2)
    failed(error, restMs)
    const again = (): void => {
      if (stopping.signal.aborted) return
      ready.push(key)
      startMore()
    }
    void sleep(clock, restMs, stopping.signal).then(again)
  }

  async function stop(): Promise<void> {
    stopping.abort()
    await Promise.allSettled(running)
  }

  return { add, stop }
}

/** What nobody has seen yet needs not be seen twice: the newest state stands for those before it. */
function merged<T>(waiting: readonly Waiting<T>[], edge: Waiting<T>): readonly Waiting<T>[] {
  const last = waiting.at(-1)
  if (last === undefined || last.type === 'DELETED' || edge.type === 'ADDED') return [...waiting, edge]
  const before = waiting.slice(0, -1)
  if (edge.type === 'MODIFIED') return [...before, { ...last, object: edge.object }]
  return last.type === 'ADDED' && last.tried !== true ? before : [...before, edge] // it came and went unseen
}
