// Something done every so many ms, counted from the start: a late turn makes no later ones late.
import { monotonicMs } from './records.ts'

export function onSchedule(everyMs: number, turn: () => void): { readonly stop: () => void } {
  const startedAt = monotonicMs()
  let count = 0
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const next = (): void => {
    if (stopped) return
    turn()
    count += 1
    timer = setTimeout(next, Math.max(0, startedAt + count * everyMs - monotonicMs()))
  }
  next()
  return {
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}
