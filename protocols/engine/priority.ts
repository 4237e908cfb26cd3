// A worker's thread goes before what can wait: real time where CAP_SYS_NICE allows it, a better nice value where a limit
// allows that, else as everybody.
import { setPriority } from 'node:os'
import type { LogLine } from './l2-messages.ts'
import { trySetRealTime } from './libc.ts'

/** Of the calling thread. */
export function raisePriority(worker: string, onLog: (line: LogLine) => void): void {
  if (trySetRealTime()) return
  try {
    setPriority(0, -20) // of this thread: Linux counts niceness by thread
  } catch {
    const message = 'worker runs at ordinary priority'
    onLog({ level: 'info', message, fields: { worker, wants: 'CAP_SYS_NICE' } })
  }
}
