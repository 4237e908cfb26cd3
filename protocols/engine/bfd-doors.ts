// Which sockets listen for BFD: one for each family and kind that a session needs, opened when it is needed, closed
// when it is not, and tried again while another program holds the port.
import { parseAddress } from '../net/address.ts'
import type { BfdDoor, BfdListener, BfdNetwork, ReceivedDatagram } from './bfd-sockets.ts'
import type { AdmittedPeer } from './socket-filter.ts'

export type BfdGuest = { readonly remote: string; readonly multihop: boolean; readonly minimumTtl: number }

type Door = BfdDoor & {
  guests: AdmittedPeer[]
  listener?: BfdListener
  admitted: string // whom the kernel lets through now
  problem?: string
}

export type DoorEvents = {
  readonly onReadable: (door: BfdDoor) => void
  readonly onProblem: (door: BfdDoor, problem: string) => void // once for the same
}

export class BfdDoors {
  private readonly network: BfdNetwork
  private readonly events: DoorEvents
  private doors = new Map<string, Door>()

  constructor(network: BfdNetwork, events: DoorEvents) {
    this.network = network
    this.events = events
  }

  /** Opens, closes and admits until it fits. */
  follow(guests: readonly BfdGuest[]): void {
    const before = this.doors
    this.doors = new Map()
    for (const guest of guests) this.doorFor(guest, before).guests.push(admission(guest))
    for (const [key, door] of before) if (!this.doors.has(key)) door.listener?.close()
    this.retry()
  }

  /** What stands between a guest and us. */
  problemOf(guest: BfdGuest): string | undefined {
    return this.doors.get(keyOf(doorOf(guest)))?.problem
  }

  get hasProblems(): boolean {
    return [...this.doors.values()].some(({ problem }) => problem !== undefined)
  }

  /** Tries again what could not be opened. */
  retry(): void {
    for (const door of this.doors.values()) this.open(door)
  }

  read(door: BfdDoor): ReceivedDatagram | undefined {
    const open = this.doors.get(keyOf(door))
    if (open?.listener === undefined) return undefined
    try {
      return open.listener.read()
    } catch (error) {
      this.fail(open, error)
      return undefined
    }
  }

  all(): readonly BfdDoor[] {
    return [...this.doors.values()]
  }

  closeAll(): void {
    for (const door of this.doors.values()) door.listener?.close()
    this.doors.clear()
  }

  private open(door: Door): void {
    const guests = JSON.stringify(door.guests)
    if (door.listener !== undefined && guests === door.admitted) return
    try {
      door.listener ??= this.network.listen(door, {
        onReadable: () => this.events.onReadable(door),
        onError: (error) => this.fail(door, error),
      })
      door.listener.admit(door.guests)
      door.admitted = guests
      delete door.problem
    } catch (error) {
      this.fail(door, error)
    }
  }

  private doorFor(guest: BfdGuest, before: ReadonlyMap<string, Door>): Door {
    const door = doorOf(guest)
    const key = keyOf(door)
    const known = this.doors.get(key)
    if (known !== undefined) return known
    const kept: Door = before.get(key) ?? { ...door, admitted: '', guests: [] }
    kept.guests = []
    this.doors.set(key, kept)
    return kept
  }

  private fail(door: Door, error: unknown): void {
    const problem = error instanceof Error ? error.message : String(error)
    door.listener?.close()
    delete door.listener
    if (door.problem === problem) return
    door.problem = problem
    this.events.onProblem(door, problem)
  }
}

function doorOf({ remote, multihop }: BfdGuest): BfdDoor {
  return { family: parseAddress(remote)?.family ?? 'IPv6', multihop }
}

function keyOf({ family, multihop }: BfdDoor): string {
  return `${family} ${multihop ? 'multihop' : 'single hop'}`
}

/** RFC 5881 §5: of a single hop there is nothing to configure. */
function admission({ remote, multihop, minimumTtl }: BfdGuest): AdmittedPeer {
  return { address: remote, minimumTtl: multihop ? minimumTtl : 255 }
}
