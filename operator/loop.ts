// The loop: a change marks it dirty, one pass at a time plans for all the changes there are.
// An idle loop starts at once, after what the same turn of the event loop brings; a busy one rests for twice as long as
// its last pass took, and for longer with each pass that follows at the end of a rest (bounded): so thousands of changes
// cost a few passes, leave little garbage, and the API side has the thread: its writes are what a burst waits for.
import type { Clock } from './kube/clock.ts'

export type LoopOptions = {
  readonly pass: () => void // never waits; what it throws goes to `failed`, and it is tried again
  readonly failed: (error: unknown) => void
  readonly longestRestMs?: number // 250
  readonly clock: Clock
  readonly measured?: (figures: { readonly waitedMs: number; readonly tookMs: number }) => void
}

export type Loop = {
  readonly mark: () => void // something changed
  readonly markIn: (ms: number) => void // something will have changed by then; the earliest wish counts
  readonly finish: () => void // the pass that is planned is made now, and none after it
  readonly stop: () => void
}

/** So long a rest for each millisecond of work: after one pass, and after many in a row. */
const restForOne = { first: 2, most: 9 } as const

/** A pass that failed has left its work undone, and the next change may be an hour away. */
const firstRetryMs = 1_000
const longestRetryMs = 60_000

type Wish = { readonly at: number; readonly cancel: () => void }

export function startLoop(options: LoopOptions): Loop {
  const { pass, failed, measured, longestRestMs = 250, clock } = options
  let restUntil = Number.NEGATIVE_INFINITY
  let inARow = 0 // passes before, each of which a change waited for until the rest was over
  let planned: (Wish & { readonly markedAt: number }) | undefined
  let later: Wish | undefined
  let failures = 0 // in a row
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
    inARow = planned !== undefined && planned.at > planned.markedAt ? inARow + 1 : 0
    planned = undefined // a change that comes up during the pass asks for another one
    try {
      pass()
      failures = 0
    } catch (error) {
      failed(error)
      markIn(Math.min(firstRetryMs * 2 ** failures, longestRetryMs))
      failures += 1
    }
    const endedAt = clock.now()
    const rest = Math.min(restForOne.first + inARow, restForOne.most) * (endedAt - startedAt)
    restUntil = endedAt + Math.min(rest, longestRestMs)
    measured?.({ waitedMs, tookMs: endedAt - startedAt })
  }

  function finish(): void {
    const isPlanned = planned !== undefined
    stop()
    if (isPlanned) run()
  }

  function stop(): void {
    stopped = true
    planned?.cancel()
    later?.cancel()
  }

  return { mark, markIn, finish, stop }
}
