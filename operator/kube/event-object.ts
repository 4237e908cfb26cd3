// An Event as the API server wants it: what makes two facts the same, its name, its bounds.
// https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1
import { createHash } from 'node:crypto'
import type { KindName } from '../../crds/kind.ts'
import type { EventObject } from '../../reconcilers/status.ts'
import type { NewObject } from './client.ts'
import { microTime } from './lease.ts'
import { apiVersionOf } from './path.ts'

export const eventKind = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
} as const satisfies KindName

/** An event with its key: the same object, type, reason, action and words are the same fact. */
export type Fact = { readonly event: EventObject; readonly key: string }

export function factOf(event: EventObject): Fact {
  const { regarding, type, reason, action, note } = event
  const { namespace, name, uid, kind } = regarding
  return { event, key: JSON.stringify([kind.plural, namespace, name, uid, type, reason, action, note]) }
}

/** Events of what has no namespace stand in 'default'. */
export function namespaceOf({ regarding }: EventObject): string {
  return regarding.kind.namespaced && regarding.namespace !== '' ? regarding.namespace : 'default'
}

/** Begins like the object, as everyone's do; `salt` tells apart what other processes and times make of the same fact. */
export function eventName({ event, key }: Fact, salt: string): string {
  const hash = createHash('sha256').update(key).update('\0').update(salt).digest('hex').slice(0, 16)
  return `${event.regarding.name.slice(0, 230).replace(/[^a-z0-9]+$/, '')}.${hash}`
}

export type EventParts = {
  readonly event: EventObject
  readonly name: string
  readonly controller: string
  readonly instance: string
  readonly atMs: number // wall clock
}

export function eventObject({ event, name, controller, instance, atMs }: EventParts): NewObject {
  const { regarding, type, reason, action, note } = event
  const { kind, namespace, uid } = regarding
  return {
    metadata: { name, namespace: namespaceOf(event) },
    eventTime: microTime(atMs),
    reportingController: controller,
    reportingInstance: bounded(instance, 128),
    regarding: {
      apiVersion: apiVersionOf(kind),
      kind: kind.kind,
      name: regarding.name,
      ...(kind.namespaced ? { namespace } : {}),
      ...(uid === '' ? {} : { uid }),
    },
    type,
    reason: bounded(reason, 128),
    action: bounded(action, 128),
    note: bounded(note, 1_024),
  }
}

export function seriesOf(count: number, lastMs: number) {
  return { count, lastObservedTime: microTime(lastMs) }
}

/** The API server counts bytes, and refuses what is longer. */
function bounded(text: string, most: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= most) return text
  const cut = bytes.subarray(0, most - 3).toString('utf8')
  return `${cut.replace(/\ufffd+$/, '')}…` // the cut may go through a character
}
