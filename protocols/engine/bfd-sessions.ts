// The BFD sessions of this node as a set: those that are wished, and those that still say AdminDown.
import { randomInt } from 'node:crypto'
import { addresseeOf, closeSender, hold, scopeOf, sessionKey } from './bfd-session.ts'
import type { BfdSessionSpec, HeldSession } from './bfd-session.ts'
import type { BfdNetwork } from './bfd-sockets.ts'

export class BfdSessions {
  private readonly network: BfdNetwork
  private readonly held = new Map<string, HeldSession>() // by sessionKey
  private readonly leaving = new Map<string, HeldSession>()
  private known: readonly ReturnType<typeof addresseeOf>[] = []

  constructor(network: BfdNetwork) {
    this.network = network
  }

  get(key: string): HeldSession | undefined {
    return this.held.get(key)
  }

  wished(): readonly HeldSession[] {
    return [...this.held.values()]
  }

  all(): readonly HeldSession[] {
    return [...this.held.values(), ...this.leaving.values()]
  }

  get hasLeaving(): boolean {
    return this.leaving.size > 0
  }

  get isEmpty(): boolean {
    return this.held.size === 0 && this.leaving.size === 0
  }

  /** Whom a packet may be for. */
  get addressees(): readonly ReturnType<typeof addresseeOf>[] {
    return this.known
  }

  begin(spec: BfdSessionSpec): HeldSession {
    const held = hold(spec, this.freeDiscriminator(), randomInt(2 ** 32))
    this.held.set(sessionKey(spec), held)
    return held
  }

  leave(held: HeldSession): void {
    this.held.delete(held.key)
    this.leaving.set(held.key, held)
  }

  /** One that has the place of a new one still. */
  leavingOf(key: string): HeldSession | undefined {
    return this.leaving.get(key)
  }

  forget(held: HeldSession): void {
    this.leaving.delete(held.key)
    held.wakeAt = undefined
    closeSender(held)
  }

  /** Interfaces may be others now. */
  followInterfaces(): void {
    for (const held of this.held.values()) held.scope = scopeOf(held, this.network)
    this.followAddressees()
  }

  followAddressees(): void {
    this.known = this.wished().map(addresseeOf)
  }

  /** When the first of them wants to be woken. */
  wakeAt(): number | undefined {
    let earliest: number | undefined
    for (const { wakeAt } of this.all())
      if (wakeAt !== undefined && (earliest === undefined || wakeAt < earliest)) earliest = wakeAt
    return earliest
  }

  /** Not 0, and hard to guess: who does not know it can say nothing to a session that is up (RFC 5880 §6.3). */
  private freeDiscriminator(): number {
    for (;;) {
      const value = randomInt(1, 2 ** 32)
      if (!this.known.some(({ localDiscriminator }) => localDiscriminator === value)) return value
    }
  }
}
