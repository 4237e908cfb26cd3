// A cluster out of files, as `kubectl get … -o yaml` writes them: for who has no access, or wants to try things at home.
import type { Resource } from '../../crds/kind.ts'
import { parseLease } from '../../crds/lease.ts'
import { isObject } from '../../crds/read.ts'
import { receive } from '../kube/door.ts'
import { leaseContent, leaseName, readSpeakerLease } from '../members/speaker-lease.ts'
import type { Lists, SourceName } from './cluster.ts'
import { sourceNames, sources } from './cluster.ts'
import { Mistake } from './failure.ts'
import type { Manifest } from './manifests.ts'
import { readManifests } from './manifests.ts'

export type Dump = {
  readonly lists: Lists
  readonly takenAtMs: number // by the latest renewal of a Lease in it
  readonly notes: readonly string[] // what is not in it and would have been needed
}

export function readDump(files: readonly string[], namespace: string): Dump {
  return dumpOf(files.flatMap(readManifests), namespace)
}

export function dumpOf(manifests: readonly Manifest[], namespace: string): Dump {
  const found = new Map(sourceNames.map((name) => [name, objectsOf(name, manifests, namespace)] as const))
  const lists: Lists = (name) => found.get(name) ?? []
  if (lists('pools').length === 0) mustBeThere(manifests, namespace)
  const withSpeakers = hasSpeakers(lists) ? lists : onEveryNode(lists, namespace)
  return { lists: withSpeakers, takenAtMs: latestRenewal(withSpeakers), notes: notesOn(lists) }
}

function objectsOf(source: SourceName, manifests: readonly Manifest[], home: string): readonly Resource[] {
  const [kind, where] = sources[source]
  return manifests.flatMap(({ apiVersion, kind: word, name, namespace, raw }) => {
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : ''
    if (word !== kind.kind || group !== kind.group) return []
    if (where === 'own' && namespace !== undefined && namespace !== home) return []
    const metadata = isObject(raw['metadata']) ? raw['metadata'] : {}
    const inside = kind.namespaced ? { namespace: where === 'own' ? home : 'default' } : {}
    return receive(
      {
        ...raw,
        metadata: {
          uid: `${source}-${namespace ?? ''}-${name}`,
          resourceVersion: '0',
          ...inside,
          ...metadata,
        },
      },
      kind,
    )
  })
}

/** A plan in the wrong namespace would say that nothing moves. */
function mustBeThere(manifests: readonly Manifest[], namespace: string): void {
  const elsewhere = manifests.flatMap((one) => (one.kind === 'IPAddressPool' ? (one.namespace ?? []) : []))
  if (elsewhere.length === 0) return
  const where = [...new Set(elsewhere)].toSorted().join(', ')
  throw new Mistake(
    `the dump has no IPAddressPool in namespace ${namespace} (--namespace); there are some in ${where}`,
  )
}

function hasSpeakers(lists: Lists): boolean {
  return lists('leases').some((lease) => readSpeakerLease(lease) !== undefined)
}

function notesOn(lists: Lists): readonly string[] {
  const notes: string[] = []
  if (lists('nodes').length === 0) notes.push('the dump has no Node: nobody can announce anything')
  if (!hasSpeakers(lists) && lists('nodes').length > 0)
    notes.push('the dump has no Lease of a speaker: every Node of it is taken to have a living speaker')
  if (lists('endpointSlices').length === 0 && lists('services').length > 0)
    notes.push('the dump has no EndpointSlice: no Service of it can be announced')
  return notes
}

/** As if the speaker of each node had just renewed. */
function onEveryNode(lists: Lists, namespace: string): Lists {
  const renewTime = new Date(0).toISOString()
  const leases = lists('nodes').map(({ metadata: { name: node } }) =>
    receive(
      {
        metadata: {
          name: leaseName(node),
          namespace,
          uid: `lease-${node}`,
          resourceVersion: '0',
          ...leaseContent({ node, intervalMs: 1_000 }),
        },
        spec: { holderIdentity: node, leaseDurationSeconds: 4, acquireTime: renewTime, renewTime },
      },
      sources.leases[0],
    ),
  )
  return (source) => (source === 'leases' ? leases : lists(source))
}

/** Now, as the dump sees it. */
function latestRenewal(lists: Lists): number {
  const times = lists('leases').map((lease) => Date.parse(parseLease(lease).value.renewedAt))
  return times.reduce((latest, ms) => (Number.isNaN(ms) ? latest : Math.max(latest, ms)), 0)
}
