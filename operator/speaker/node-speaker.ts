// The speaker of one node: what is known of the cluster becomes claims for the engine, and what the engine sees becomes
// status. It announces once it has seen everything, and goes on announcing without the API server.
import type { OwnerReference } from '../../crds/kind.ts'
import type { L2Engine } from '../../protocols/engine/l2-engine.ts'
import { electionsIn, warmElections } from '../../reconcilers/l2.ts'
import { planSpeaker } from '../../reconcilers/plan.ts'
import type { SpeakerPlan } from '../../reconcilers/plan.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import { startCollector } from '../collect.ts'
import { sameValue } from '../equal.ts'
import type { Health } from '../health.ts'
import type { Client } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import type { Log } from '../log.ts'
import { startLoop } from '../loop.ts'
import type { LoopOptions } from '../loop.ts'
import type { Members } from '../members/members.ts'
import type { SpeakerInterface } from '../members/speaker-lease.ts'
import { yieldedAddresses } from '../members/yielding.ts'
import type { SpeakerSettings } from '../speaker-settings.ts'
import { stackOf } from '../watch-log.ts'
import { startWatching } from '../watching.ts'
import { startAnnouncer } from './announcer.ts'
import { inheritedBy } from './handover.ts'
import { startPresence } from './presence.ts'
import { startReporting } from './reporting.ts'
import { followForSpeaker } from './sources.ts'

export type NodeSpeakerOptions = {
  readonly settings: SpeakerSettings
  readonly client: Client
  readonly clock: Clock
  readonly log: Log
  readonly engine: L2Engine
  readonly identity: string
  readonly owner: () => OwnerReference | undefined
  readonly measured?: LoopOptions['measured']
  readonly processed?: () => void // a change was taken in
}

export type NodeSpeaker = {
  readonly plan: () => SpeakerPlan | undefined
  readonly members: Members
  readonly health: Health
  readonly isStale: () => boolean
  /** Hands the addresses over and ends; the API server need not be there. */
  readonly stop: () => Promise<void>
}

/** Without any sign of life of a watch for so long the configuration in use may be out of date. */
const staleMs = 60_000

export function startNodeSpeaker(options: NodeSpeakerOptions): NodeSpeaker {
  const { settings, client, clock, log, engine, identity, owner, measured, processed } = options
  const { namespace, nodeName, ignoreExcludeLabel, loadBalancerClass } = settings
  const planSettings = {
    ignoreExcludeLabel,
    ...(loadBalancerClass === undefined ? {} : { loadBalancerClass }),
  }
  let interfaces: readonly SpeakerInterface[] = []
  let yielded: ReadonlyMap<string, string> = new Map()
  let frozenSince: number | undefined // wall clock, ms
  let latest: { readonly snapshot: Snapshot; readonly plan: SpeakerPlan } | undefined
  let isStopping = false

  const failed = (error: unknown) => log.error({ error: stackOf(error) }, 'a pass failed')
  const loop = startLoop({ pass, failed, clock, ...(measured === undefined ? {} : { measured }) })
  const changed = () => {
    processed?.()
    loop.mark()
  }
  const watching = startWatching({ client, clock, log })
  const sources = followForSpeaker(watching, { namespace, nodeName, changed })
  // Renewals are no reason to plan anew; that the list is whole may be the last thing to wait for.
  sources.leases.onChange(({ type }) => {
    if (type === 'synced') changed()
  })
  const collector = startCollector(sources)
  const announcer = startAnnouncer({
    engine,
    log,
    interfacesToExclude: settings.interfacesToExclude,
    gratuitousIntervalMs: settings.gratuitousIntervalMs,
  })
  const presence = startPresence({
    settings,
    client,
    clock,
    log,
    leases: sources.leases,
    identity,
    interfaces: () => interfaces,
    nodeUid: () => sources.nodes.objects().get(nodeName)?.metadata.uid,
    changed: loop.mark,
    deaf: watching.restart,
  })
  const reporting = startReporting({ nodeName, identity, client, clock, log, owner, watching, sources })
  engine.onChange(() => {
    noteInterfaces()
    loop.mark()
  })

  /** The others elect by what the Lease says of this node. */
  function noteInterfaces(): void {
    const candidates = engine.observe().interfaces.filter(({ candidate }) => candidate)
    const now = candidates.map(({ name, mac }) => ({ name, mac }))
    if (sameValue(now, interfaces)) return
    interfaces = now
    presence.tell()
  }

  function takeSnapshot(): Snapshot {
    return collector.snapshot({
      takenAt: clock.wall(),
      namespace,
      settings: planSettings,
      speakers: presence.members.speakers(),
      pending: [],
    })
  }

  /** A speaker counts once it could announce: it has seen everything, and its engine knows the interfaces. */
  function isReadyToJoin(): boolean {
    return watching.unsynced().length === 0 && engine.observe().generation >= 0
  }

  function pass(): void {
    if (isStopping || !isReadyToJoin()) return
    presence.join()
    if (!presence.members.known()) return
    const snapshot = takeSnapshot()
    if (latest === undefined && isWarming(snapshot)) return
    const plan = planSpeaker(snapshot, nodeName)
    latest = { snapshot, plan }
    yielded = heard()
    announcer.announce(plan, snapshot, yielded)
    reporting.report({ snapshot, plan, observed: engine.observe() })
  }

  function heard(): ReadonlyMap<string, string> {
    const { frozen, nodeOfMac } = presence.members
    const { claims } = engine.observe()
    frozenSince = frozen() ? (frozenSince ?? clock.wall()) : undefined
    const next = yieldedAddresses(yielded, { frozenSince, claims, own: nodeName, nodeOfMac })
    for (const [address, to] of next)
      if (!yielded.has(address)) log.warn({ address, to }, 'address yielded: another speaker announces it')
    return next
  }

  /** Thousands of elections take a while the first time: others run in between, the membership above all. */
  let warmth: { readonly of: Generator<void>; done: boolean } | undefined
  function isWarming(snapshot: Snapshot): boolean {
    warmth ??= { of: warmElections(snapshot, nodeName), done: false }
    if (warmth.done) return false
    warmth.done = warmth.of.next().done === true
    loop.mark()
    return true
  }

  async function stop(): Promise<void> {
    isStopping = true
    loop.stop()
    const heirs = latest === undefined ? [] : addressesWithHeirs(latest.snapshot)
    log.info({ claims: announcer.claims().length, handedOver: heirs.length }, 'stopping')
    const handedOver = announcer.handOver(heirs)
    await presence.leave()
    await Promise.all([handedOver, reporting.stop()])
    await engine.stop()
    collector.stop()
    await watching.stop()
  }

  function addressesWithHeirs(snapshot: Snapshot): readonly string[] {
    const speakers = snapshot.speakers.filter(({ node }) => node !== nodeName)
    const elected = electionsIn({ ...snapshot, speakers })
    return inheritedBy(announcer.claims(), snapshot.services, (service) => 'node' in elected(service))
  }

  const ready = [
    {
      name: 'caches',
      objection: () =>
        watching.unsynced().length === 0 ? undefined : `not listed yet: ${watching.unsynced().join(', ')}`,
    },
    {
      name: 'layer 2 worker',
      objection: () => (engine.observe().alive ? undefined : 'the thread does not answer'),
    },
    { name: 'plan', objection: () => (latest === undefined ? 'nothing was planned yet' : undefined) },
  ]
  return {
    plan: () => latest?.plan,
    members: presence.members,
    health: { live: [], ready },
    isStale: () => watching.silentMs() > staleMs,
    stop,
  }
}
