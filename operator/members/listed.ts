// Who is alive as one list of Leases tells: for a command that looks once and has no time to watch.
import type { Resource } from '../../crds/kind.ts'
import { parseLease } from '../../crds/lease.ts'
import type { Lease } from '../../crds/lease.ts'
import type { Speaker } from '../../reconcilers/snapshot.ts'
import { leaderLeaseName } from './leader-lease.ts'
import { readSpeakerLease } from './speaker-lease.ts'
import type { SpeakerLease } from './speaker-lease.ts'

/** `missed` as in the settings of the speakers; `wallMs` is the clock of here. */
export type Judgement = { readonly missed: number; readonly wallMs: number }

/** 'gone': it stopped renewing; 'stopped': it released its Lease. */
export type Life = 'alive' | 'gone' | 'stopped'

export type ListedSpeaker = { readonly lease: SpeakerLease; readonly life: Life }
export type ListedLeader = { readonly lease: Lease; readonly life: Life }

export type Listed = {
  readonly nowMs: number // as the cluster sees it
  readonly leader?: ListedLeader // absent: no controller was ever here
  readonly speakers: readonly ListedSpeaker[] // by node
}

/** Clocks of machines in one cluster may be so far apart. */
const skewMs = 30_000

/**
 * Judged against the latest renewal among all of them, which is now as the cluster sees it; the clock of here is asked
 * only whether that latest one is long past, too.
 */
export function readLeases(objects: readonly Resource[], { missed, wallMs }: Judgement): Listed {
  const speakers = objects.flatMap((object) => readSpeakerLease(object) ?? [])
  const leader = objects
    .filter(({ metadata }) => metadata.name === leaderLeaseName)
    .map((object) => parseLease(object).value)[0]
  const nowMs = clusterNow([...speakers.map(renewalOf), ...(leader === undefined ? [] : [leader])], wallMs)
  return {
    nowMs,
    ...(leader === undefined
      ? {}
      : { leader: { lease: leader, life: lifeOf(leader, leader.durationSeconds * 1_000, nowMs) } }),
    speakers: speakers
      .map((lease) => ({ lease, life: lifeOf(renewalOf(lease), missed * lease.intervalMs, nowMs) }))
      .toSorted((a, b) => (a.lease.node < b.lease.node ? -1 : 1)),
  }
}

type Renewal = Pick<Lease, 'holder' | 'renewedAt'>

function renewalOf({ node, released, renewal }: SpeakerLease): Renewal {
  return { holder: released ? '' : node, renewedAt: renewal }
}

function clusterNow(leases: readonly Renewal[], wallMs: number): number {
  const renewals = leases.map(({ renewedAt }) => Date.parse(renewedAt)).filter((ms) => !Number.isNaN(ms))
  const latest = renewals.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  return wallMs - latest > skewMs ? wallMs : latest
}

function lifeOf({ holder, renewedAt }: Renewal, patienceMs: number, nowMs: number): Life {
  if (holder === '') return 'stopped'
  return nowMs - Date.parse(renewedAt) <= patienceMs ? 'alive' : 'gone'
}

export function livingSpeakers({ speakers }: Listed): readonly Speaker[] {
  return speakers
    .filter(({ life }) => life === 'alive')
    .map(({ lease: { node, interfaces } }) => ({
      node,
      ...(interfaces === undefined ? {} : { interfaces: interfaces.map(({ name }) => name) }),
    }))
}
