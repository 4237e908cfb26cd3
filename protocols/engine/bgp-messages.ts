// What the main thread and the bgp worker say to each other. Plain data: it is copied by structured clone.
import type { BfdWish } from '../bfd/config.ts'
import type { BfdGeneral, BfdObserved } from '../bfd/observed.ts'
import type { PathAttributes } from '../bgp/attribute.ts'
import type { BgpConfig, RouteAttributes } from '../bgp/config.ts'
import type { BgpObserved, ListeningObserved, PeerReport } from '../bgp/observed.ts'
import type { Freshness } from '../bgp/rib-in.ts'
import type { LogLine } from './l2-messages.ts'
import type { RouteChunk } from './route-chunk.ts'

/** All that is wished of BGP and BFD on this node. */
export type BgpWish = BgpConfig & { readonly bfd: Readonly<Record<string, BfdWish>> } // by the peer's name

export type BgpWishOfPeers = Pick<BgpWish, 'peers' | 'bfd'>

/** BGP, and BFD by the peer's name. */
export type RoutingObserved = BgpObserved & {
  readonly bfd: Readonly<Record<string, BfdObserved>>
  readonly bfdGeneral: BfdGeneral
}

export type StopWish = {
  /** Peers that agreed on graceful restart keep our routes: their sessions end without a word (RFC 4724). */
  readonly keepRoutes: boolean
  /** How long all others hear GRACEFUL_SHUTDOWN (RFC 8326) before they hear Cease. */
  readonly pauseMs: number
  readonly text?: string // goes with the Cease, RFC 9003
}

export type ToWorker =
  | ({ readonly type: 'peers' } & BgpWishOfPeers)
  | {
      readonly type: 'routes'
      readonly chunk: RouteChunk
      readonly isLast: boolean // nothing follows: `generation` is told in full
      readonly generation: number
    }
  | { readonly type: 'drain'; readonly peers: readonly string[] | 'all' }
  | { readonly type: 'show'; readonly id: number; readonly peer: string; readonly limit: number }
  | { readonly type: 'stop'; readonly how: StopWish }

export type FromWorker =
  | { readonly type: 'report'; readonly report: BgpReport }
  | { readonly type: 'taken' } // a chunk of routes; the next one may come
  | { readonly type: 'shown'; readonly id: number; readonly routes?: PeerRoutes } // absent: no such peer
  | { readonly type: 'log'; readonly line: LogLine }

/** Only what has changed since the report before. */
export type BgpReport = {
  readonly generation: number
  readonly peers: Readonly<Record<string, PeerReport>>
  readonly gone: readonly string[]
  readonly listening?: readonly ListeningObserved[]
  readonly bfd?: Pick<RoutingObserved, 'bfd' | 'bfdGeneral'> // all of it
  readonly loopLagMs: number
}

/** What a peer told us, and what it was told, up to a limit each. */
export type PeerRoutes = {
  readonly received: readonly ShownRoute[]
  readonly receivedTotal: number
  readonly told: readonly ToldRoute[]
  readonly toldTotal: number
}

export type ShownRoute = {
  readonly prefix: string
  readonly attributes: PathAttributes
  readonly freshness: Freshness
}

export type ToldRoute = {
  readonly prefix: string
  readonly wish: RouteAttributes
  readonly nextHops?: readonly string[] // as the peer hears them; absent while there is no session
  readonly attributes?: PathAttributes // as the peer hears them
  readonly withheld?: string // why it is not told
}

export type BgpWorkerOptions = {
  readonly journalFile?: string // one file for each peer, with its name behind this one
  readonly journalBytes?: number
  readonly listenPort?: number // where peers connect to us, by default 179
}
