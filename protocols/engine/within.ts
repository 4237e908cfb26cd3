// Patience with an end: for what may never happen.
import { monotonicClock } from './clock.ts'
import type { Clock } from './clock.ts'

/** Resolves when `work` does, or after `ms`. */
export async function within(ms: number, work: Promise<void>, clock: Clock = monotonicClock): Promise<void> {
  const { promise: patience, resolve: giveUp } = Promise.withResolvers<void>()
  const cancel = clock.after(ms, giveUp)
  await Promise.race([work, patience])
  cancel()
}
