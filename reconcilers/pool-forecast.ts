// When a pool will have no address left: by how full it is, and by how quickly it filled of late. Told once, before it is
// so; `PoolFull` says it when it is. What it was told and how full it was is handed in and out: nothing is kept here.
import { ipAddressPoolKind } from '../crds/ip-address-pool.ts'
import type { Family } from '../protocols/net/address.ts'
import type { PoolPlan } from './plan.ts'
import type { Snapshot } from './snapshot.ts'
import type { EventObject } from './status.ts'
import type { Verdict } from './verdict.ts'

/** How full one family of a pool was, at moments at least `apartMs` apart, oldest first. */
export type Filling = {
  readonly marks: readonly Mark[]
  readonly toldAt?: bigint // how many were assigned when it was told; absent: it is to be told
}

type Mark = { readonly at: number; readonly assigned: bigint }

/** By pool and family. */
export type Fillings = ReadonlyMap<string, Filling>

export type Forecast = { readonly fillings: Fillings; readonly events: readonly EventObject[] }

const apartMs = 60_000
const windowMs = 3_600_000

/** A pace is that of ten minutes at least: what comes all at once, as in a restart of everything, need not go on. */
const shortestPaceMs = 600_000

/** Told at four fifths, or earlier when the rest lasts no longer than the window that the pace is of. */
const fullPercent = 80n
const halfPercent = 50n

export function forecastPools(
  { pools, takenAt }: Snapshot,
  plans: ReadonlyMap<string, PoolPlan>,
  before: Fillings,
): Forecast {
  const fillings = new Map<string, Filling>()
  const events: EventObject[] = []
  for (const { value: pool } of pools) {
    const plan = plans.get(pool.name)
    if (plan === undefined) continue
    for (const count of countsOf(plan)) {
      const key = `${pool.name} ${count.family}`
      const marks = marked(before.get(key)?.marks ?? [], { at: takenAt, assigned: count.assigned })
      const verdict = nearlyFull(pool.name, count, paceOf(marks, { at: takenAt, assigned: count.assigned }))
      const toldAt = stillTold(before.get(key)?.toldAt, count)
      const tells = verdict !== undefined && (toldAt === undefined || isNews(toldAt, count))
      if (tells) events.push(eventOf(pool, verdict))
      const now = tells ? count.assigned : toldAt
      fillings.set(key, { marks, ...(now === undefined ? {} : { toldAt: now }) })
    }
  }
  return { fillings, events }
}

type Count = { readonly family: Family; readonly assigned: bigint; readonly available: bigint }

function countsOf(plan: PoolPlan): readonly Count[] {
  return [
    { family: 'IPv4', assigned: plan.assignedIPv4, available: plan.availableIPv4 },
    { family: 'IPv6', assigned: plan.assignedIPv6, available: plan.availableIPv6 },
  ]
}

/** Until a fifth of the pool has become free: a few addresses that come and go at an edge are no news. */
function stillTold(toldAt: bigint | undefined, { assigned, available }: Count): bigint | undefined {
  if (toldAt === undefined) return undefined
  return (toldAt - assigned) * 5n >= assigned + available ? undefined : toldAt
}

/** It was told early, for its pace, and is at four fifths now. */
function isNews(toldAt: bigint, { assigned, available }: Count): boolean {
  const edge = (assigned + available) * fullPercent
  return toldAt * 100n < edge && assigned * 100n >= edge
}

/** One mark a minute, as far back as the window and one more: at most 62. */
function marked(marks: readonly Mark[], now: Mark): readonly Mark[] {
  const last = marks.at(-1)
  if (last !== undefined && now.at - last.at < apartMs) return marks
  const first = marks.findIndex(({ at }) => now.at - at <= windowMs)
  return [...(first < 0 ? [] : marks.slice(first)), now]
}

/** Addresses more in an hour, by what the window saw. */
function paceOf([oldest]: readonly Mark[], now: Mark): number {
  if (oldest === undefined) return 0
  const spanMs = Math.max(now.at - oldest.at, shortestPaceMs)
  return (Number(now.assigned - oldest.assigned) * windowMs) / spanMs
}

function nearlyFull(pool: string, { family, assigned, available }: Count, pace: number): Verdict | undefined {
  const total = assigned + available
  if (available <= 0n || assigned * 100n < total * halfPercent) return undefined
  const hours = pace > 0 ? Number(available) / pace : Number.POSITIVE_INFINITY
  if (assigned * 100n < total * fullPercent && hours > 1) return undefined
  const left = `pool ${pool} has ${available} of ${total} ${family} addresses left`
  const lasts =
    hours > 24 * 7
      ? ''
      : `; at the pace of the last hour (${Math.ceil(pace)} an hour) they last ${spell(hours)}`
  return { reason: 'PoolNearlyFull', message: left + lasts }
}

function spell(hours: number): string {
  if (hours < 1) return `${Math.max(1, Math.floor(hours * 60))} minutes`
  return hours < 48 ? `${Math.floor(hours)} hours` : `${Math.floor(hours / 24)} days`
}

function eventOf(
  { namespace, name, uid }: { readonly namespace: string; readonly name: string; readonly uid: string },
  { reason, message }: Verdict,
): EventObject {
  return {
    regarding: { kind: ipAddressPoolKind, namespace, name, uid },
    type: 'Warning',
    reason,
    action: 'Forecast',
    note: message,
  }
}
