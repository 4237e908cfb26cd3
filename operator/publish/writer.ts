// How wishes get to the API server: server-side apply by one field manager a process, with an owner for what is ours.
import type { OwnerReference } from '../../crds/kind.ts'
import { ApiError, isConflict, isNotFound } from '../kube/api-error.ts'
import { applyObject, applyStatus } from '../kube/apply.ts'
import type { Client, Ref } from '../kube/client.ts'
import type { ObjectRef, Writer } from '../publish.ts'
import type { Failure } from './write-queue.ts'

export type WriterOptions = {
  readonly client: Client
  readonly fieldManager: string
  readonly owner: () => OwnerReference | undefined // of the objects that are ours; they go with it
  /** Of one writer among several that may follow each other. Absent: the objects are nobody else's. */
  readonly term?: WriterTerm
}

export type WriterTerm = {
  readonly signal: () => AbortSignal // aborted when it ends
  readonly mayWrite: () => boolean // asked before each write, and again as its first byte is about to go out
}

/** What the API server refuses for good is tried again now and then: a role or a schema may have been mended. */
const refusedAgainMs = 30_000

export function createWriter({ client, fieldManager, owner, term }: WriterOptions): Writer {
  /** One attempt: the queue has a rhythm of its own, and by the next one the wish may be another. */
  const options = () => ({
    retry: false,
    timeoutMs: 10_000,
    ...(term === undefined ? {} : { signal: term.signal(), mayWrite: term.mayWrite }),
  })
  /** What another writer wrote since is not written over: it is seen first. */
  const ifStill = (resourceVersion: string | undefined) =>
    term === undefined || resourceVersion === undefined ? {} : { resourceVersion }
  return {
    applyObject: (wish) => {
      const own = wish.stays === true ? undefined : owner()
      const metadata = {
        ...(wish.labels === undefined ? {} : { labels: wish.labels }),
        ...(own === undefined ? {} : { ownerReferences: [own] }),
      }
      return applyObject(client, { ref: refOf(wish), fields: { metadata }, fieldManager }, options())
    },
    applyStatus: (wish, { status, resourceVersion }) => {
      const uid = wish.uid === undefined ? {} : { uid: wish.uid }
      const version = ifStill(resourceVersion)
      const annotations = wish.annotations === undefined ? {} : { annotations: wish.annotations }
      return applyStatus(
        client,
        { ref: refOf(wish), status, fieldManager, ...uid, ...version, ...annotations },
        options(),
      )
    },
    remove: (ref, resourceVersion) =>
      client.remove(refOf(ref), { ...options(), ...ifStill(resourceVersion) }),
    failure,
    onBack: client.onBack,
  }
}

function refOf({ kind, namespace, name }: ObjectRef): Ref {
  return { kind, namespace, name }
}

/** An object that is gone, or of another life, is not written: the next plan knows better. */
function failure(error: unknown): Failure {
  if (isNotFound(error) || (isConflict(error) && String(error).includes('UID'))) return { again: false }
  if (!(error instanceof ApiError)) return { again: true }
  const { status, retryAfterMs } = error
  if (retryAfterMs !== undefined) return { again: true, afterMs: retryAfterMs }
  if (status === 0) return { again: true, waitsFor: 'answer' }
  // An API server that starts refuses everybody with 403 until it has read its roles.
  const passing = [401, 403, 409, 429]
  const mayPass = passing.includes(status) || status >= 500
  return mayPass ? { again: true } : { again: true, afterMs: refusedAgainMs, waitsFor: 'change' }
}
