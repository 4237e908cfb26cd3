// Which addresses of each wish to yield are not handed over yet.
import { monotonicClock } from './clock.ts'
import type { Clock } from './clock.ts'

/** The session's own time is up by then; what was taken back meanwhile is never handed over. */
const graceMs = 250

type Pending = { readonly addresses: Set<string>; readonly cancel: () => void }

export class PendingYields {
  private readonly onSettled: (id: number) => void
  private readonly clock: Clock
  private readonly pending = new Map<number, Pending>()

  /** `onSettled`: all of it are handed over, or the time is up. */
  constructor(onSettled: (id: number) => void, clock: Clock = monotonicClock) {
    this.onSettled = onSettled
    this.clock = clock
  }

  begin(id: number, addresses: readonly string[], withinMs: number): void {
    const cancel = this.clock.after(withinMs + graceMs, () => this.settle(id))
    this.pending.set(id, { addresses: new Set(addresses), cancel })
  }

  handedOver(address: string): void {
    for (const { addresses } of this.pending.values()) addresses.delete(address)
    this.settleEmpty()
  }

  /** Those of which nothing is left. */
  settleEmpty(): void {
    for (const [id, { addresses }] of this.pending) if (addresses.size === 0) this.settle(id)
  }

  /** No timer keeps the thread any longer. */
  close(): void {
    for (const { cancel } of this.pending.values()) cancel()
    this.pending.clear()
  }

  private settle(id: number): void {
    this.pending.get(id)?.cancel()
    if (this.pending.delete(id)) this.onSettled(id)
  }
}
