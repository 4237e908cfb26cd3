// Joins and leaves of multicast groups, some at a time: a take-over of thousands announces first, and joins while it
// answers.
import type { Effect } from '../l2/session.ts'
import { GroupMemberships } from './groups.ts'

export type GroupChange = Extract<Effect, { readonly type: 'join' | 'leave' }>

/** A join costs up to 40 µs: so many are made before frames and timers have their turn. */
const groupsPerTurn = 50

export class GroupChanges {
  private readonly onNotJoined: (change: GroupChange, error: unknown) => void
  private readonly groups = new GroupMemberships()
  private readonly waiting: GroupChange[] = []
  private turn: NodeJS.Immediate | undefined

  /** Without the membership a switch that snoops MLD may hold solicitations back; all others still reach us. */
  constructor(onNotJoined: (change: GroupChange, error: unknown) => void) {
    this.onNotJoined = onNotJoined
  }

  /** After what is due at once. */
  add(change: GroupChange): void {
    if (this.waiting.push(change) === 1) this.turn = setImmediate(() => this.carryOut())
  }

  close(): void {
    clearImmediate(this.turn)
    this.groups.close()
  }

  private carryOut(): void {
    for (const change of this.waiting.splice(0, groupsPerTurn)) {
      if (change.type === 'join') this.join(change)
      else this.groups.leave(change.link, change.group)
    }
    if (this.waiting.length > 0) this.turn = setImmediate(() => this.carryOut())
  }

  private join(change: GroupChange): void {
    try {
      this.groups.join(change.link, change.group)
    } catch (error) {
      this.onNotJoined(change, error)
    }
  }
}
