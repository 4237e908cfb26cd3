// One story's stage: our speaker on one host of a LAN, a router on another, and the peer between them.
import type {
  PeerConfig,
  PeerEndpoint,
  Route,
  RouteAttributes,
  SessionConfig,
} from '../../protocols/bgp/config.ts'
import type { Family } from '../../protocols/net/address.ts'
import { setTimeout } from 'node:timers/promises'
import { inside } from '../net/lan.ts'
import type { Host } from '../net/lan.ts'
import { until, untilTrue } from '../support/until.ts'
import type { Place } from './place.ts'
import type { Router, RouterWish, RouteView } from './router.ts'
import { SpeakerProcess } from './speaker-process.ts'

export type Scene = {
  readonly speaker: SpeakerProcess
  readonly router: Router
  readonly peer: PeerConfig
  /** A speaker in the place of the one that is gone. */
  readonly newSpeaker: () => SpeakerProcess
  /** What the kernel of either host has counted from here on: a row and a name of /proc/net/snmp or netstat. */
  readonly kernel: { readonly speaker: Counter; readonly router: Counter }
}

type Counter = (row: string, name: string) => () => number

export type SceneWish = {
  readonly router?: Partial<RouterWish>
  readonly endpoint?: Partial<PeerEndpoint>
  readonly session?: Partial<SessionConfig>
  readonly over?: Family // the session's own; it carries both
}

export type Transport = PeerEndpoint['transport']

export type StartRouter = (place: Place, wish: RouterWish) => Promise<Router>

export type Stage = { readonly speakers: Speakers; readonly router: Place }

export const ourAs = 65001
export const theirAs = 65002
const addresses = { IPv4: ['192.0.2.1', '192.0.2.2'], IPv6: ['2001:db8::1', '2001:db8::2'] } as const

/** A speaker's process takes seconds to start: it plays in one story after the other. */
export class Speakers {
  readonly host: Host
  private current: SpeakerProcess | undefined
  private readonly all: SpeakerProcess[] = []

  constructor(host: Host) {
    this.host = host
  }

  one(): SpeakerProcess {
    this.current ??= this.another()
    return this.current
  }

  another(): SpeakerProcess {
    const speaker = new SpeakerProcess(this.host)
    this.all.push(speaker)
    return speaker
  }

  /** For the next story, with nothing of this one. */
  async clear(): Promise<void> {
    for (const speaker of this.all) if (speaker !== this.current) speaker.kill()
    if (this.current === undefined) return
    if (this.current.hasEnded) this.current = undefined
    else await this.current.forgetAll()
  }

  killAll(): void {
    for (const speaker of this.all) speaker.kill()
    this.current = undefined
  }
}

/** Plays a story, and clears the stage whatever becomes of it. */
export async function play(
  { speakers, router: place }: Stage,
  {
    start,
    wish,
    patienceMs,
  }: { readonly start: StartRouter; readonly wish: SceneWish; readonly patienceMs?: number },
  story: (scene: Scene) => Promise<void>,
): Promise<void> {
  const peer = peerOf(wish)
  const router = await start(place, routerWishOf(wish))
  try {
    const kernel = { speaker: counterOf(speakers.host), router: counterOf(place.host) }
    const speaker = speakers.one()
    const newSpeaker = () => speakers.another()
    await within(patienceMs, story({ speaker, router, peer, newSpeaker, kernel }))
    await speakers.clear()
  } catch (error) {
    speakers.killAll()
    throw error
  } finally {
    await router.stop()
  }
}

/** Where no test's own limit ends it. */
async function within(patienceMs: number | undefined, story: Promise<void>): Promise<void> {
  if (patienceMs === undefined) return story
  const limit = new AbortController()
  const over = setTimeout(patienceMs, undefined, { signal: limit.signal }).then(() => {
    throw new Error(`the story was not over after ${patienceMs / 1000} s`)
  })
  over.catch(() => undefined)
  try {
    await Promise.race([story, over])
  } finally {
    limit.abort()
  }
}

function counterOf({ namespace }: Host): Counter {
  return (row, name) => {
    const read = () =>
      kernelCounter(inside(namespace, 'cat', ['/proc/net/snmp', '/proc/net/netstat']), row, name)
    const before = read()
    return () => read() - before
  }
}

/** Two lines a row: the names, and the numbers below them. */
function kernelCounter(text: string, row: string, name: string): number {
  const [names = [], numbers = []] = text
    .split('\n')
    .filter((line) => line.startsWith(`${row}:`))
    .map((line) => line.split(' '))
  const index = names.indexOf(name)
  if (index < 0) throw new Error(`the kernel counts no ${row} ${name}`)
  return Number(numbers[index])
}

export function peerOf({ endpoint, session, over = 'IPv4' }: SceneWish): PeerConfig {
  return {
    name: 'router',
    endpoint: {
      remote: { address: addresses[over][1], port: 179 },
      transport: 'Kernel',
      ttl: { type: 'hops', hops: 1 },
      listen: false,
      ...endpoint,
    },
    session: {
      localAs: ourAs,
      peerAs: theirAs,
      identifier: '192.0.2.1',
      families: ['IPv4', 'IPv6'],
      holdTimeS: 90,
      passive: false,
      connectRetryMs: 1000,
      delayOpenMs: 0,
      idleHold: { firstMs: 500, longestMs: 2000 },
      ...session,
    },
  }
}

export function routerWishOf({ router, session, over = 'IPv4' }: SceneWish): RouterWish {
  const localAs = session?.localAs ?? ourAs
  const peerAs = session?.peerAs ?? theirAs
  return {
    asNumber: typeof peerAs === 'number' ? peerAs : peerAs === 'internal' ? localAs : theirAs,
    identifier: '192.0.2.2',
    local: addresses[over][1],
    herald: { address: addresses[over][0], asNumber: localAs },
    families: ['IPv4', 'IPv6'],
    holdTimeS: 90,
    connects: false,
    ...router,
  }
}

export function routes(prefixes: readonly string[], attributes: RouteAttributes = {}): readonly Route[] {
  return prefixes.map((prefix) => ({ prefix, peers: 'all', attributes }))
}

/** The router's own table has exactly these of ours. */
export async function routerHas(router: Router, prefixes: readonly string[]): Promise<void> {
  const wanted = prefixes.toSorted()
  let seen: readonly string[] = []
  const isSo = async () => {
    seen = [...(await router.prefixes('IPv4')), ...(await router.prefixes('IPv6'))].toSorted()
    return JSON.stringify(seen) === JSON.stringify(wanted)
  }
  await untilTrue(`${router.name} has ${wanted.length} routes`, isSo, { timeoutMs: 60_000 }).catch(
    (error: unknown) => {
      throw new Error(`${router.name} has ${seen.length} routes: ${seen.slice(0, 10).join(' ')}`, {
        cause: error,
      })
    },
  )
}

export async function routerSees(
  router: Router,
  prefix: string,
  holds: (route: RouteView) => boolean,
): Promise<RouteView> {
  let seen: RouteView | undefined
  const ask = async () => {
    seen = await router.route(prefix)
    return seen !== undefined && holds(seen) ? seen : undefined
  }
  return until(`${router.name} sees ${prefix}`, ask, { timeoutMs: 60_000 }).catch((error: unknown) => {
    throw new Error(`${router.name} sees ${prefix} as ${JSON.stringify(seen)}`, { cause: error })
  })
}

export async function routerEstablished(router: Router): Promise<void> {
  await untilTrue(`${router.name} is established`, async () => (await router.session()).isEstablished, {
    timeoutMs: 60_000,
  })
}
