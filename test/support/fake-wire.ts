// Ends of BFD on one clock: a network whose datagrams are plain values, that loses and keeps waiting what a test says.
import type { BfdListener, BfdListening, BfdNetwork, BfdSender } from '../../protocols/engine/bfd-sockets.ts'
import type { Clock } from '../../protocols/engine/clock.ts'

type Due = { readonly at: number; readonly run: () => void }

/** A clock that goes only when it is told to. */
export class StepClock implements Clock {
  private time = 0
  private due: Due[] = []

  now(): number {
    return this.time
  }

  after(ms: number, run: () => void): () => void {
    const entry = { at: this.time + ms, run }
    this.due.push(entry)
    return () => {
      this.due = this.due.filter((other) => other !== entry)
    }
  }

  /** Runs all that falls due on the way, each at its time. */
  advance(ms: number): void {
    const until = this.time + ms
    for (;;) {
      const next = this.due.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.due = this.due.filter((other) => other !== next)
      this.time = Math.max(this.time, next.at)
      next.run()
    }
    this.time = until
  }
}

type Datagram = { readonly bytes: Uint8Array; readonly source: string }

/** The thread of one end: asleep, it runs no timer and looks at no socket; awake again, the timers come first, as in libuv. */
export class FakeThread implements Clock {
  private readonly world: StepClock
  private asleep: (() => void)[] | undefined

  constructor(world: StepClock) {
    this.world = world
  }

  now(): number {
    return this.world.now()
  }

  after(ms: number, run: () => void): () => void {
    let isTaken = false
    const cancel = this.world.after(ms, () => this.run(() => (isTaken ? undefined : run())))
    return () => {
      isTaken = true
      cancel()
    }
  }

  run(task: () => void): void {
    if (this.asleep === undefined) task()
    else this.asleep.push(task)
  }

  sleep(): void {
    this.asleep = []
  }

  wake(): void {
    const tasks = this.asleep ?? []
    this.asleep = undefined
    for (const task of tasks) task()
  }
}

const latencyMs = 1

/** One end's sockets. What is sent lies in the other end's queue until its thread looks. */
export class FakeEnd implements BfdNetwork {
  readonly address: string
  readonly thread: FakeThread
  refusal: string | undefined // every listen fails with it
  isCut = false // what this end sends is lost
  admitted: readonly string[] = []
  private readonly world: StepClock
  private peer: FakeEnd | undefined
  private queue: Datagram[] = []
  private listening: BfdListening | undefined

  constructor(address: string, world: StepClock) {
    this.address = address
    this.world = world
    this.thread = new FakeThread(world)
  }

  join(peer: FakeEnd): void {
    this.peer = peer
    peer.peer = this
  }

  listen(_: unknown, listening: BfdListening): BfdListener {
    if (this.refusal !== undefined) throw new Error(this.refusal)
    this.listening = listening
    return {
      admit: (peers) => {
        this.admitted = peers.map(({ address }) => address)
      },
      read: () => this.queue.shift(),
      close: () => {
        this.listening = undefined
      },
    }
  }

  open(): BfdSender {
    return {
      send: (bytes) => {
        const datagram = { bytes: bytes.slice(), source: this.address }
        if (!this.isCut) this.world.after(latencyMs, () => this.peer?.arrive(datagram))
        return undefined
      },
      close: () => undefined,
    }
  }

  interfaceIndex(): number {
    return 1
  }

  arrive(datagram: Datagram): void {
    if (this.listening === undefined) return
    this.queue.push(datagram)
    this.thread.run(() => this.listening?.onReadable())
  }
}
