// What the kernel says of a process: its processor time and its memory.
import { readFileSync } from 'node:fs'

const ticksPerSecond = 100 // USER_HZ, the same on every Linux

/** User and system time since it started, in ms; resolution 10 ms. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2) // the name before it may hold anything
    .split(' ')
    .slice(11, 13)
    .map(Number)
  return ((user + system) * 1_000) / ticksPerSecond
}
