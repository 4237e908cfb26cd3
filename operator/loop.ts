// The loop: a change marks it dirty, one pass at a time plans for all the changes there are.
// An idle loop starts at once, after what the same turn of the event loop brings; a busy one rests for twice as long as
// its last pass took (bounded), so that thousands of changes cost a few passes, leave little garbage, and the API side
// keeps two thirds of the thread: its writes are what a burst waits for.
import type { Clock } from './kube/clock.ts'

export type LoopOptions = {
  readonly pass: () => void // never waits; what it throws goes to `failed`
  readonly failed: (error: unknown) => void
  readonly longestRestMs?: number // 250
  readonly clock: Clock
  readonly measured?: (figures: { readonly waitedMs: number; readonly tookMs: number }) => void
}

export type Loop = {
  readonly mark: () => void // something changed
  readonly markIn: (ms: number) => void // something will have changed by then; the earliest wish counts
  readonly stop: () => void
}

/** So long a rest for each millisecond of work. */
const restForOne = 2

type Wish = { readonly at: number; readonly cancel: () => void }

export function startLoop(options: LoopOptions): Loop {
  const { pass, failed, measured, longestRestMs = 250, clock } = options
  let restUntil = Number.NEGATIVE_INFINITY
  let planned: (Wish & { readonly markedAt: number }) | undefined
  let later: Wish | undefined
  let stopped = false

  function mark(): void {
    if (stopped || planned !== undefined) return
    const markedAt = clock.now()
    const at = Math.max(markedAt, restUntil)
    planned = { at, markedAt, cancel: clock.after(at - markedAt, run) }
  }

  function markIn(ms: number): void {
    const at = clock.now() + ms
    if (stopped || (later !== undefined && later.at <= at)) return
    later?.cancel()
    const wake = () => {
      later = undefined
      mark()
    }
    later = { at, cancel: clock.after(ms, wake) }
  }

  function run(): void {
    const startedAt = clock.now()
    const waitedMs = startedAt - (planned?.markedAt ?? startedAt)
    planned = undefined // a change that comes up during the pass asks for another one
    try {
      pass()
    } catch (error) {
      failed(error)
    }
    const endedAt = clock.now()
    restUntil = endedAt + Math.min(restForOne * (endedAt - startedAt), longestRestMs)
    measured?.({ waitedMs, tookMs: endedAt - startedAt })
  }

  function stop(): void {
    stopped = true
    planned?.cancel()
    later?.cancel()
  }

  return { mark, markIn, stop }
}
