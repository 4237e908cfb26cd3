// BGPSessionStates for who reads FRR-K8s' objects: written while the cluster has that kind and the right to it is there.
// Where FRR-K8s itself tells the sessions of the node, nothing is written: it would take ours away again.
import {
  bgpSessionStateKind,
  bgpSessionStateLabels,
  parseBGPSessionState,
} from '../../crds/bgp-session-state.ts'
import type { BGPSessionState } from '../../crds/bgp-session-state.ts'
import { nodeLabel } from '../../reconcilers/node-label.ts'
import { frrk8sSessions, staleFrrk8sSessions } from '../../reconcilers/peers-frrk8s.ts'
import type { BgpSeen } from '../../reconcilers/peers-report.ts'
import type { SpeakerPlan } from '../../reconcilers/plan.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import type { StatusObject } from '../../reconcilers/status.ts'
import type { Cache, Change } from '../kube/cache.ts'
import type { Client } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { followPassingKind } from '../kube/passing-kind.ts'
import type { PassingKind, PassingKindNotice } from '../kube/passing-kind.ts'
import type { Log } from '../log.ts'
import { startPublisher } from '../publish.ts'
import type { Publisher, Writer } from '../publish.ts'
import { writeLog } from '../write-log.ts'

export type SessionStatesOptions = {
  readonly namespace: string
  readonly nodeName: string
  readonly client: Client
  readonly clock: Clock
  readonly log: Log
  readonly writer: Writer
  readonly changed: () => void // report() has another effect now
}

type Known = Pick<Snapshot, 'namespace' | 'speakers'>

export type SessionStates = {
  readonly report: (known: Known, plan: SpeakerPlan, seen?: BgpSeen) => void
  readonly stop: () => Promise<void>
}

/** Whether the kind is there is asked by all speakers together at most so often. */
const looksPerSecond = 10
const shortestRestMs = 10_000
const withoutPeersMs = 600_000

/** What somebody else deletes is not written again before. */
const deletedRestMs = 60_000

export function startSessionStates(options: SessionStatesOptions): SessionStates {
  const states = new States(options)
  return {
    report: (known, plan, seen) => states.report(known, plan, seen),
    stop: () => states.stop(),
  }
}

class States {
  readonly #options: SessionStatesOptions
  readonly #publisher: Publisher
  readonly #held = new Map<string, number>() // names that somebody else deleted, and until when they rest
  #kind: PassingKind | undefined
  #hasPeers = false
  #speakers = 1
  #wished: ReadonlySet<string> = new Set()
  #isStandingBack = false

  constructor(options: SessionStatesOptions) {
    const { writer, clock, log } = options
    this.#options = options
    this.#publisher = startPublisher({
      writer,
      standing: {
        get: ({ namespace, name }) => this.#cache()?.get(`${namespace}/${name}`),
        seen: (object) => void this.#cache()?.upsertIfNewer(object),
      },
      mayWrite: () => this.#cache() !== undefined,
      clock,
      settled: () => {},
      report: writeLog(log),
    })
  }

  report({ namespace, speakers }: Known, plan: SpeakerPlan, seen?: BgpSeen): void {
    this.#speakers = speakers.length
    this.#look(plan.bgp.peers.length > 0)
    const cache = this.#cache()
    if (cache === undefined) return this.#wish([], [])
    const standing = [...cache.objects().values()].map((object) => parseBGPSessionState(object).value)
    const objects = this.#leaveTo(standing) ? [] : frrk8sSessions({ namespace }, plan, seen)
    this.#wish(objects, staleFrrk8sSessions(standing, objects))
  }

  #wish(objects: readonly StatusObject[], stale: readonly BGPSessionState[]): void {
    const now = this.#options.clock.now()
    this.#wished = new Set(objects.map(({ name }) => name))
    this.#publisher.publish({
      objects: objects.filter(({ name }) => (this.#held.get(name) ?? 0) <= now),
      remove: stale.map(({ namespace, name }) => ({ kind: bgpSessionStateKind, namespace, name })),
    })
  }

  /** Once without any peer, for what a process before this one may have left; then only while there are some. */
  #look(hasPeers: boolean): void {
    if (this.#kind !== undefined && (!hasPeers || this.#hasPeers)) return
    this.#hasPeers ||= hasPeers
    if (this.#cache() !== undefined) return
    void this.#kind?.stop()
    const { client, clock, namespace, nodeName } = this.#options
    this.#kind = followPassingKind({
      client,
      clock,
      kind: bgpSessionStateKind,
      scope: { namespace, labelSelector: `${bgpSessionStateLabels.node}=${nodeLabel(nodeName)}` },
      restMs: () => this.#restMs(),
      changed: (change) => this.#changed(change),
      report: (notice) => this.#note(notice),
    })
  }

  #restMs(): number {
    return this.#hasPeers
      ? Math.max(shortestRestMs, (this.#speakers / looksPerSecond) * 1_000)
      : withoutPeersMs
  }

  #cache(): Cache | undefined {
    return this.#kind?.cache()
  }

  #changed(change: Change | undefined): void {
    if (change?.type === 'deleted') this.#rest(change.object.metadata.name)
    this.#options.changed()
  }

  /** Whoever it is that deletes it, both would go on for ever. */
  #rest(name: string): void {
    if (!this.#wished.has(name)) return
    const { clock, log, changed } = this.#options
    this.#held.set(name, clock.now() + deletedRestMs)
    log.info({ name }, 'somebody else deleted a BGPSessionState')
    clock.after(deletedRestMs, changed)
  }

  #leaveTo(standing: readonly BGPSessionState[]): boolean {
    const isFrrk8sHere = standing.some(({ isOurs }) => !isOurs)
    if (isFrrk8sHere && !this.#isStandingBack)
      this.#options.log.info('FRR-K8s tells the BGP sessions of this node: no BGPSessionState is written')
    this.#isStandingBack = isFrrk8sHere
    return isFrrk8sHere
  }

  #note(notice: PassingKindNotice): void {
    const { log } = this.#options
    if (notice.type === 'there') {
      this.#held.clear()
      log.info('the cluster has BGPSessionStates: sessions are told there too')
    } else if (notice.type === 'refused')
      log.warn({ error: String(notice.error) }, 'BGPSessionStates may not be read: none is written')
    else log.info('the cluster has no BGPSessionStates any more')
  }

  async stop(): Promise<void> {
    await Promise.all([this.#publisher.stop(), this.#kind?.stop()])
  }
}
