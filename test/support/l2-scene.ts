// A small cluster on one LAN, and who announces what in it.
import { createHash } from 'node:crypto'
import type { Service } from '../../crds/core.ts'
import { planSpeaker } from '../../reconcilers/plan.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import { advertisement, assigned, cluster, pool, service } from './snapshots.ts'

export const nodeNames = ['node-a', 'node-b', 'node-c', 'node-d', 'node-e']
export const lanPools = [pool('a', ['192.0.2.0/24', '2001:db8::/64'])]
const advertisements = [advertisement('all')]

export function web(changes: Partial<Service> = {}, ingress: readonly string[] = ['192.0.2.7']): Service {
  return assigned(service('web', changes), ingress, 'a')
}

export function scene(changes: Partial<Snapshot> = {}): Snapshot {
  return cluster(nodeNames, {
    pools: lanPools,
    l2Advertisements: advertisements,
    services: [web()],
    ...changes,
  })
}

/** The nodes that announce, or the reason that every node gives. */
export function announcers(of: Snapshot, key = 'default/web'): readonly string[] {
  const outcomes = nodeNames.map((name) => ({ name, outcome: planSpeaker(of, name).services.get(key) }))
  const silent = outcomes.flatMap(({ outcome }) =>
    outcome?.state === 'silent' ? [outcome.verdict.reason] : [],
  )
  if (silent.length === nodeNames.length) return [...new Set(silent)]
  return outcomes.flatMap(({ name, outcome }) => (outcome?.state === 'announced' ? [name] : []))
}

/** MetalLB's order, by the book. */
export function byTheBook(names: readonly string[], address: string): readonly string[] {
  const key = (name: string) => createHash('sha256').update(`${name}#${address}`).digest('hex')
  return names.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}
