// For tests of layer 2: a node with Ethernet links, a session on it, and a clock that is a number.
import type { Claim, L2Config } from '../../protocols/l2/claim.ts'
import type { Link } from '../../protocols/l2/link.ts'
import { newSession } from '../../protocols/l2/session.ts'
import type { Effect, Event, Session } from '../../protocols/l2/session.ts'
import { step } from '../../protocols/l2/step.ts'
import { formatEffect } from '../../protocols/l2/trace.ts'

export const macOfEth0 = '02:00:00:00:00:01'
export const macOfEth1 = '02:00:00:00:00:02'
export const macOfClient = '02:00:00:00:00:50'
export const macOfOther = '02:00:00:00:00:99'

export function link(more: Partial<Link> & { readonly index: number; readonly name: string }): Link {
  return {
    mac: `02:00:00:00:00:0${more.index}`,
    isEthernet: true,
    up: true,
    running: true,
    broadcast: true,
    noArp: false,
    addresses: [
      { address: `192.0.2.${more.index}`, prefixLength: 24, tentative: false },
      { address: `fe80::${more.index}`, prefixLength: 64, tentative: false },
    ],
    capture: 'open',
    ...more,
  }
}

export const eth0 = link({ index: 1, name: 'eth0' })
export const eth1 = link({ index: 2, name: 'eth1' })

export function config(claims: readonly (string | Claim)[], more: Partial<L2Config> = {}): L2Config {
  return {
    generation: 1,
    claims: claims.map((claim) =>
      typeof claim === 'string' ? { address: claim, interfaces: 'all' } : claim,
    ),
    interfacesToExclude: ['^lo$'],
    gratuitousIntervalMs: 0,
    ...more,
  }
}

/** Feeds events and keeps what came of them. */
export class L2Bench {
  session: Session
  now: number

  constructor(session: Session = newSession(), now = 0) {
    this.session = session
    this.now = now
  }

  feed(event: Event): readonly Effect[] {
    const next = step(this.session, event, this.now)
    this.session = next.session
    return next.effects
  }

  /** As the driver does: due rounds go out, and are reported to be on the wire a microsecond later. */
  run(event: Event): readonly Effect[] {
    const effects = [...this.feed(event)]
    while (this.session.wakeAt !== undefined && this.session.wakeAt <= this.now)
      effects.push(...this.feed({ type: 'wake' }))
    for (const { link: index, addresses } of firstAnnouncements(effects))
      effects.push(...this.feed({ type: 'announced', link: index, addresses, at: this.wallMicros() }))
    return effects
  }

  /** Passes time, and wakes whenever it is asked for. */
  advance(ms: number): readonly Effect[] {
    const until = this.now + ms
    const effects: Effect[] = []
    while (this.session.wakeAt !== undefined && this.session.wakeAt <= until) {
      this.now = Math.max(this.now, this.session.wakeAt)
      effects.push(...this.run({ type: 'wake' }))
    }
    this.now = until
    return effects
  }

  wallMicros(): number {
    return this.now * 1000
  }

  frame(
    frame: Uint8Array,
    more: { readonly link?: number; readonly capturedAt?: number; readonly isLate?: true } = {},
  ): readonly Effect[] {
    const { link: index = 1, capturedAt = this.wallMicros(), ...rest } = more
    return this.run({ type: 'frame', link: index, capturedAt, ...rest, frame })
  }
}

function firstAnnouncements(effects: readonly Effect[]): { link: number; addresses: string[] }[] {
  const byLink = new Map<number, Set<string>>()
  for (const effect of effects)
    if (effect.type === 'announce' && effect.first)
      byLink.set(effect.link, (byLink.get(effect.link) ?? new Set()).add(effect.address))
  return [...byLink].map(([index, addresses]) => ({ link: index, addresses: [...addresses] }))
}

/** A node that holds these claims on eth0 and eth1 and has announced them all, `ms` ago. */
export function holding(claims: readonly (string | Claim)[], ms = 60_000): L2Bench {
  const bench = new L2Bench()
  bench.run({ type: 'interfaces', links: [eth0, eth1] })
  bench.run({ type: 'configured', config: config(claims) })
  bench.advance(ms)
  return bench
}

export function lines(effects: readonly Effect[]): readonly string[] {
  return effects.map((effect) => formatEffect(effect, (index) => `eth${index - 1}`))
}

/** What goes onto the wire, without the frames. */
export function sent(effects: readonly Effect[]): readonly string[] {
  return effects.flatMap((effect) =>
    effect.type === 'announce' || effect.type === 'answer'
      ? [`${effect.type} eth${effect.link - 1} ${effect.address}`]
      : [],
  )
}

export function ignored(effects: readonly Effect[]): readonly string[] {
  return effects.flatMap((effect) => (effect.type === 'ignore' ? [effect.reason] : []))
}
