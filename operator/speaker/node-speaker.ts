// The speaker of one node: what is known of the cluster becomes claims for the engine, and what the engine sees becomes
// status. It announces once it has seen everything, and goes on announcing without the API server.
import { parseConfigurationState } from '../../crds/configuration-state.ts'
import type { ConfigurationState } from '../../crds/configuration-state.ts'
import type { OwnerReference } from '../../crds/kind.ts'
import type { BgpEngine } from '../../protocols/engine/bgp-engine.ts'
import type { RoutingObserved } from '../../protocols/engine/bgp-messages.ts'
import type { L2Engine } from '../../protocols/engine/l2-engine.ts'
import type { SpeakerPlan } from '../../reconcilers/plan.ts'
import type { Health } from '../health.ts'
import type { Cache } from '../kube/cache.ts'
import type { Client } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import type { Log } from '../log.ts'
import { startLoop } from '../loop.ts'
import type { Loop, LoopOptions } from '../loop.ts'
import type { Members } from '../members/members.ts'
import type { SpeakerSettings } from '../speaker-settings.ts'
import { stackOf } from '../watch-log.ts'
import { startBgp } from './bgp.ts'
import type { Bgp } from './bgp.ts'
import { followCluster } from './cluster.ts'
import type { Cluster } from './cluster.ts'
import { startLayer2 } from './layer2.ts'
import type { Layer2 } from './layer2.ts'
import { startPlanning } from './planning.ts'
import type { Planning } from './planning.ts'
import { startPresence } from './presence.ts'
import type { Presence } from './presence.ts'
import { startReporting } from './reporting.ts'
import type { Reporting } from './reporting.ts'

export type NodeSpeakerOptions = {
  readonly settings: SpeakerSettings
  readonly client: Client
  readonly clock: Clock
  readonly log: Log
  readonly engine: L2Engine
  readonly startBgpEngine: () => BgpEngine
  readonly identity: string
  readonly owner: () => OwnerReference | undefined
  readonly measured?: LoopOptions['measured']
  readonly processed?: () => void // a change was taken in
}

export type NodeSpeaker = {
  readonly plan: () => SpeakerPlan | undefined
  readonly bgp: () => RoutingObserved | undefined // undefined: there never was a peer
  readonly members: Members
  readonly health: Health
  readonly isStale: () => boolean
  /** Hands the addresses over and ends; the API server need not be there. */
  readonly stop: () => Promise<void>
}

/** Without any sign of life of a watch for so long the configuration in use may be out of date. */
const staleMs = 60_000

export function startNodeSpeaker(options: NodeSpeakerOptions): NodeSpeaker {
  const parts = wire(options)
  const { cluster, presence, planning } = parts
  return {
    plan: () => planning.latest()?.plan,
    bgp: parts.bgp.observed,
    members: presence.members,
    health: { live: [], ready: readiness(parts) },
    isStale: () => cluster.watching.silentMs() > staleMs,
    stop: () => stop(parts),
  }
}

type Parts = {
  readonly loop: Loop
  readonly cluster: Cluster
  readonly layer2: Layer2
  readonly bgp: Bgp
  readonly presence: Presence
  readonly reporting: Reporting
  readonly planning: Planning
}

/** A node that dies in the middle of a burst of changes is not waited for longer than this. */
const longestRestMs = 50

/** Whatever changes marks the loop; its pass comes later, when everything here is made. */
function wire(options: NodeSpeakerOptions): Parts {
  const { settings, client, clock, log, engine, identity, owner, measured, processed } = options
  const { nodeName } = settings
  const failed = (error: unknown) => log.error({ error: stackOf(error) }, 'a pass failed')
  const pass = () => planning.pass()
  const told = measured === undefined ? {} : { measured }
  const loop = startLoop({ pass, failed, clock, longestRestMs, ...told })
  const changed = () => {
    processed?.()
    loop.mark()
  }
  const cluster = followCluster({ settings, client, clock, log, changed })
  const { watching, sources } = cluster
  const interfacesChanged = () => presence.tell()
  const layer2 = startLayer2({
    settings,
    engine,
    clock,
    log,
    ownState: () => ownState(sources.states, nodeName),
    interfacesChanged,
    changed: loop.mark,
    lookAgainIn: loop.markIn,
  })
  const bgp = startBgp({ settings, startEngine: options.startBgpEngine, log, changed: loop.mark })
  const presence = startPresence({
    settings,
    client,
    clock,
    log,
    leases: sources.leases,
    identity,
    interfaces: layer2.interfaces,
    macs: layer2.macs,
    nodeUid: () => sources.nodes.objects().get(nodeName)?.metadata.uid,
    changed: loop.mark,
    deaf: watching.restart,
  })
  const passAgain = loop.mark
  const reporting = startReporting({
    namespace: settings.namespace,
    nodeName,
    identity,
    client,
    clock,
    log,
    owner,
    watching,
    sources,
    changed: passAgain,
  })
  const planning = startPlanning({ nodeName, cluster, presence, layer2, bgp, reporting, passAgain })
  return { loop, cluster, layer2, bgp, presence, reporting, planning }
}

function ownState(states: Cache, nodeName: string): ConfigurationState | undefined {
  const own = [...states.objects().values()].find(({ metadata }) => metadata.name === `speaker-${nodeName}`)
  return own === undefined ? undefined : parseConfigurationState(own).value
}

/** The Lease goes once the claims are on their way to others: they take over at once. */
async function stop({ loop, cluster, layer2, bgp, presence, reporting, planning }: Parts): Promise<void> {
  loop.stop()
  const handedOver = Promise.all([layer2.handOver(planning.latest()), bgp.stop(planning.latest())])
  await presence.leave()
  await Promise.all([handedOver, reporting.stop()])
  await layer2.stop()
  await cluster.stop()
}

function readiness({ cluster, layer2, bgp, planning }: Parts): Health['ready'] {
  const { unsynced } = cluster.watching
  return [
    {
      name: 'caches',
      objection: () => (cluster.isComplete() ? undefined : `not listed yet: ${unsynced().join(', ')}`),
    },
    {
      name: 'layer 2 worker',
      objection: () => (layer2.observed().alive ? undefined : 'the thread does not answer'),
    },
    {
      name: 'BGP worker',
      objection: () => (bgp.observed()?.alive === false ? 'the thread does not answer' : undefined),
    },
    {
      name: 'plan',
      objection: () => (planning.latest() === undefined ? 'nothing was planned yet' : undefined),
    },
  ]
}
