// A clock that is a number, for tests of the files that take one: time passes only by advance() or spend().
import type { Clock } from '../../operator/kube/clock.ts'

type Timer = { readonly at: number; readonly run: () => void }

export type FakeClock = {
  readonly clock: Clock
  readonly advance: (ms: number) => void // runs what falls due, in order
  readonly nextIn: () => number // ms until the next timer falls due; Infinity when there is none
  readonly spend: (ms: number) => void // time that a pass takes
}

/** The wall clock at the start. */
const epochMs = Date.parse('2026-11-24T08:00:00Z')

export function fakeClock(): FakeClock {
  let now = 0
  const timers = new Set<Timer>()
  const clock: Clock = {
    now: () => now,
    wall: () => epochMs + now,
    random: () => 1, // the whole of every back-off
    after: (ms, run) => {
      const timer = { at: now + ms, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
  }
  function nextDue(end: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of timers)
      if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer
    return next
  }
  function advance(ms: number): void {
    const end = now + ms
    for (let timer = nextDue(end); timer !== undefined; timer = nextDue(end)) {
      timers.delete(timer)
      now = Math.max(now, timer.at)
      timer.run()
    }
    now = Math.max(now, end)
  }
  const nextIn = () => (nextDue(Number.POSITIVE_INFINITY)?.at ?? Number.POSITIVE_INFINITY) - now

  return { clock, advance, nextIn, spend: (ms) => void (now += ms) }
}
