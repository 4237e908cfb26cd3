// The room of liveness: the Leases of all speakers as they come through the watch, judged by membership.ts.
// A quicker way to see that a speaker is gone would change this folder and nothing else.
import type { Resource } from '../../crds/kind.ts'
import type { Speaker } from '../../reconcilers/snapshot.ts'
import type { Followed } from '../collect/table.ts'
import { sameValue } from '../equal.ts'
import type { Clock } from '../kube/clock.ts'
import { renewIntervalMs } from './figures.ts'
import { aliveNodes, newMembership, nextVerdictIn, step } from './membership.ts'
import type { MembershipEvent } from './membership.ts'
import { readSpeakerLease } from './speaker-lease.ts'
import type { SpeakerLease } from './speaker-lease.ts'

export type MembersOptions = {
  readonly leases: Followed
  readonly clock: Clock
  readonly missed: number
  readonly intervalMs?: number // of the own Lease; absent = by the number of speakers
  readonly own?: string // the node of this speaker; the controller has none
  /** A Lease that this process wrote, come back through the watch: the view is fresh as of this monotonic time. */
  readonly proofOf: (lease: Resource) => number | undefined
  readonly changed: () => void // who is alive, what they say, or whether the view is frozen
}

export type Members = {
  readonly speakers: () => readonly Speaker[] // alive, by node
  readonly frozen: () => boolean // as last known: the own view is not proven fresh
  readonly confirmedAt: () => number // monotonic: the view holds all that was written before then
  readonly deadAfterMs: () => number // not heard of for so long this speaker may count as dead with the others
  readonly known: () => boolean // the view was proven once: there is something to plan with
  readonly intervalMs: () => number // by which the own Lease is to be renewed
  readonly nodeOfMac: (mac: string) => string | undefined // which speaker of ours has this address
  readonly macs: () => readonly string[] // of all nodes, also of those whose speaker is gone; sorted
  readonly stop: () => void
}

export function startMembers(options: MembersOptions): Members {
  const { leases, clock, missed, own, proofOf, changed } = options
  const seen = new Map<string, SpeakerLease>() // the last Lease of each node, also of the dead
  let membership = newMembership({ missed, ownIntervalMs: options.intervalMs ?? renewIntervalMs(1) })
  let speakers: readonly Speaker[] = []
  let known = false
  let isStarting = true // nobody is told of what was there from the start
  let cancelTimer = () => {}

  const intervalMs = () => options.intervalMs ?? renewIntervalMs(Math.max(1, speakers.length))

  function tell(event: MembershipEvent): void {
    const wasFrozen = membership.frozen
    membership = step(membership, event, clock.now())
    known ||= !membership.frozen
    const now = aliveNodes(membership).map((node) => speakerOf(node, seen.get(node)))
    const same = sameValue(now, speakers)
    if (!same) speakers = now
    if (!isStarting && (!same || wasFrozen !== membership.frozen)) changed()
    schedule()
  }

  function schedule(): void {
    cancelTimer()
    const wake = () => tell({ type: 'tick', ownIntervalMs: intervalMs() })
    cancelTimer = clock.after(nextVerdictIn(membership, clock.now()), wake)
  }

  function read(object: Resource): void {
    const lease = readSpeakerLease(object)
    if (lease !== undefined) {
      seen.set(lease.node, lease)
      const { node, renewal, intervalMs: theirs, released } = lease
      const ageMs = clock.wall() - lease.renewedAtMs
      tell({ type: 'seen', lease: { node, renewal, intervalMs: theirs, released, ageMs } })
    }
    const freshAt = proofOf(object)
    if (freshAt !== undefined) tell({ type: 'confirmed', asOf: freshAt })
  }

  function forget(object: Resource): void {
    const node = readSpeakerLease(object)?.node
    if (node === undefined || node === own) return // the own one is written again at the next renewal
    seen.delete(node)
    tell({ type: 'gone', node })
  }

  const unfollow = leases.onChange((change) => {
    if (change.type === 'synced') return
    if (change.type === 'deleted') forget(change.object)
    else read(change.object)
  })
  for (const object of leases.objects().values()) read(object)
  isStarting = false
  schedule()

  function nodeOfMac(mac: string): string | undefined {
    for (const { node, interfaces = [] } of seen.values())
      if (interfaces.some((candidate) => candidate.mac === mac)) return node
    return undefined
  }

  function macs(): readonly string[] {
    const all = [...seen.values()].flatMap(({ interfaces = [], macs: others = [] }) => [
      ...interfaces.map(({ mac }) => mac),
      ...others,
    ])
    return [...new Set(all)].toSorted()
  }

  function stop(): void {
    unfollow()
    cancelTimer()
  }

  return {
    speakers: () => speakers,
    frozen: () => membership.frozen,
    confirmedAt: () => membership.confirmedAt,
    deadAfterMs: () => (missed - 0.5) * intervalMs(), // they may have seen the last renewal a little earlier
    known: () => known,
    intervalMs,
    nodeOfMac,
    macs,
    stop,
  }
}

function speakerOf(node: string, lease: SpeakerLease | undefined): Speaker {
  const interfaces = lease?.interfaces?.map(({ name }) => name)
  return { node, ...(interfaces === undefined ? {} : { interfaces }) }
}
