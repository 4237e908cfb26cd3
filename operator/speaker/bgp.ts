// BGP of a speaker: peers and routes of the plan go to the engine, which is started with the first peer: a cluster
// without BGP pays nothing for it. Changes of sessions are logged; when the speaker ends, routes stay or go.
import type { BgpWish, RoutingObserved } from '../../protocols/engine/bgp-messages.ts'
import type { BgpEngine } from '../../protocols/engine/bgp-engine.ts'
import type { BgpPlan } from '../../reconcilers/plan.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import { sameValue } from '../equal.ts'
import type { Log } from '../log.ts'
import type { SpeakerSettings } from '../speaker-settings.ts'
import type { Planned } from './layer2.ts'
import { startSessionLog } from './session-log.ts'

export type BgpOptions = {
  readonly settings: Pick<SpeakerSettings, 'nodeName' | 'bgpShutdownPauseMs'>
  readonly startEngine: () => BgpEngine
  readonly log: Log
  readonly changed: () => void // something of a session that a status tells
}

export type Bgp = {
  readonly observed: () => RoutingObserved | undefined // undefined: there never was a peer
  readonly announce: (planned: Planned) => void
  /** Ends all sessions. Peers that agreed on graceful restart keep the routes, unless the node itself leaves. */
  readonly stop: (planned: Planned | undefined) => Promise<void>
}

export function startBgp({ settings, startEngine, log, changed }: BgpOptions): Bgp {
  let engine: BgpEngine | undefined
  let wish: BgpWish = { generation: -1, peers: [], routes: [], bfd: {} }
  let told: unknown

  function announce({ plan: { bgp } }: Planned): void {
    if (engine === undefined && bgp.peers.length === 0) return
    engine ??= start()
    engine.drain(bgp.draining === undefined ? [] : 'all')
    if (isWished(bgp, wish)) return
    const { peers, routes, bfd } = bgp
    wish = { generation: wish.generation + 1, peers, routes, bfd }
    engine.apply(wish)
  }

  function start(): BgpEngine {
    log.info('the first peer: starting the bgp worker')
    const started = startEngine()
    const sessionLog = startSessionLog(log)
    started.onChange((observed) => {
      sessionLog(observed)
      const facts = factsOf(observed)
      if (sameValue(facts, told)) return
      told = facts
      changed()
    })
    return started
  }

  async function stop(planned: Planned | undefined): Promise<void> {
    if (engine === undefined) return
    const leaving = planned && leavingOf(planned.snapshot, settings.nodeName)
    const text = leaving === undefined ? 'the speaker is stopping' : `the node is leaving: ${leaving}`
    log.info({ keepRoutes: leaving === undefined, pauseMs: settings.bgpShutdownPauseMs }, text)
    await engine.stop({ keepRoutes: leaving === undefined, pauseMs: settings.bgpShutdownPauseMs, text })
  }

  return { observed: () => engine?.observe(), announce, stop }
}

/** Routes are the same array while none changes. */
function isWished({ peers, routes, bfd }: BgpPlan, wish: BgpWish): boolean {
  return routes === wish.routes && sameValue(peers, wish.peers) && sameValue(bfd, wish.bfd)
}

function leavingOf({ nodes }: Snapshot, own: string) {
  return nodes.find(({ name }) => name === own)?.leaving
}

/** What a status tells of sessions: all but what only counts. */
function factsOf({ alive, peers, bfd, listening }: RoutingObserved): unknown {
  const sessions = Object.entries(peers).map(([name, { session, objection }]) => ({
    name,
    session,
    objection,
  }))
  const neighbours = Object.entries(bfd).map(([name, { state, reason, problem, tooFar }]) => ({
    name,
    state,
    reason,
    problem,
    tooFar,
  }))
  return { alive, listening, sessions, neighbours }
}
