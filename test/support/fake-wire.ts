// Ends of BFD on one clock: a network whose datagrams are plain values, that loses and keeps waiting what a test says.
import type { BfdListener, BfdListening, BfdNetwork, BfdSender } from '../../protocols/engine/bfd-sockets.ts'
import type { Clock } from '../../protocols/engine/clock.ts'
import type { FakeClock } from './fake-clock.ts'

type Datagram = { readonly bytes: Uint8Array; readonly source: string }

/** The thread of one end: asleep, it runs no timer and looks at no socket; awake again, the timers come first, as in libuv. */
export class FakeThread implements Clock {
  private readonly world: FakeClock
  private asleep: (() => void)[] | undefined

  constructor(world: FakeClock) {
    this.world = world
  }

  now(): number {
    return this.world.clock.now()
  }

  after(ms: number, run: () => void): () => void {
    let isTaken = false
    const cancel = this.world.clock.after(ms, () => this.run(() => (isTaken ? undefined : run())))
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
  private readonly world: FakeClock
  private peer: FakeEnd | undefined
  private queue: Datagram[] = []
  private listening: BfdListening | undefined

  constructor(address: string, world: FakeClock) {
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
        if (!this.isCut) this.world.clock.after(latencyMs, () => this.peer?.arrive(datagram))
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
