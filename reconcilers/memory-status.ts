// What is written down of the memory: one PoolMemory a pool, by the controller; none for a pool of which nothing is known.
import type { Release } from '../crds/pool-memory.ts'
import { poolMemoryKind } from '../crds/pool-memory.ts'
import { timeText } from './memory.ts'
import { rememberPerObject } from './once.ts'
import type { Snapshot } from './snapshot.ts'
import type { Json, StatusObject } from './status.ts'

type MemoryObject = {
  readonly kind: typeof poolMemoryKind
  readonly namespace: string
  readonly name: string
}

/** Nothing while PoolMemories cannot be read: what is there is not written over unseen. */
export function memoryStatuses(snapshot: Snapshot): readonly StatusObject[] {
  return memoriesIn(snapshot).flatMap(([name, releases]): StatusObject[] =>
    releases.length === 0 ? [] : [wishOf(refOf(snapshot, name), releases)],
  )
}

export function forgottenMemories(snapshot: Snapshot): readonly MemoryObject[] {
  return memoriesIn(snapshot).flatMap(([name, releases]) =>
    releases.length === 0 ? [refOf(snapshot, name)] : [],
  )
}

function memoriesIn({
  memory,
  memoryTroubles,
}: Snapshot): readonly (readonly [string, readonly Release[]])[] {
  return memory === undefined || memoryTroubles?.store !== undefined ? [] : [...memory]
}

function refOf({ namespace }: Snapshot, name: string): MemoryObject {
  return { kind: poolMemoryKind, namespace, name }
}

const wishes = new WeakMap<readonly Release[], StatusObject>()

/** The same object while nothing changes: it is compared with what stands there once. */
function wishOf(ref: MemoryObject, releases: readonly Release[]): StatusObject {
  const known = wishes.get(releases)
  if (known?.name === ref.name && known.namespace === ref.namespace) return known
  const wish = { ...ref, part: 'object', stays: true, urgent: false, status: statusOf(releases) } as const
  wishes.set(releases, wish)
  return wish
}

function statusOf(releases: readonly Release[]): { readonly released: readonly Json[] } {
  return {
    released: releases.map(written),
  }
}

const written = rememberPerObject(
  ({ address, service, releasedAt }: Release): Json => ({
    address,
    service,
    releasedAt: timeText(releasedAt),
  }),
)
