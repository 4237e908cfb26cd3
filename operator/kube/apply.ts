// Server-side apply of what one field manager wants of an object, whole: what it leaves out, it gives up.
// https://kubernetes.io/docs/reference/using-api/server-side-apply
import type { Resource } from '../../crds/kind.ts'
import type { Json } from '../../reconcilers/status.ts'
import { ApiError } from './api-error.ts'
import type { CallOptions, Client, JsonObject, Ref } from './client.ts'

export type StatusWrite = {
  readonly ref: Ref
  readonly uid?: string // only this life of the object; another one is a conflict
  readonly resourceVersion?: string // only this version of it; another one is a conflict
  readonly status?: { readonly [field: string]: Json }
  readonly annotations?: Readonly<Record<string, string | null>> // null: it goes, whoever wrote it
  readonly labels?: Readonly<Record<string, string>>
  readonly fieldManager: string
}

export type ObjectWrite = {
  readonly ref: Ref
  readonly fields: JsonObject
  readonly fieldManager: string
}

/**
 * One write to the status subresource, annotations and labels with it (they may be written there too).
 * An empty list in it empties the list, though another manager wrote it; a list left out stays as that one left it.
 */
export async function applyStatus(
  client: Client,
  write: StatusWrite,
  options: CallOptions = {},
): Promise<Resource> {
  const { ref, uid, resourceVersion, status, labels, fieldManager } = write
  const annotations = Object.entries(write.annotations ?? {})
  const wanted = annotations.filter(([, value]) => value !== null)
  const metadata: JsonObject = {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(labels === undefined ? {} : { labels }),
    ...(wanted.length === 0 ? {} : { annotations: Object.fromEntries(wanted) }),
  }
  const fields = { metadata, ...(status === undefined ? {} : { status }) }
  const applied = await asConflict(
    client.apply(ref, fields, { ...options, fieldManager, subresource: 'status' }),
  )
  const unwanted = annotations.flatMap(([name, value]) => (value === null ? [name] : []))
  return removeAnnotations(client, { ref, applied, unwanted, fieldManager }, options)
}

/** One write to the object itself, which is created when it is missing. */
export function applyObject(
  client: Client,
  write: ObjectWrite,
  options: CallOptions = {},
): Promise<Resource> {
  return asConflict(client.apply(write.ref, write.fields, { ...options, fieldManager: write.fieldManager }))
}

type Unwanted = {
  readonly ref: Ref
  readonly applied: Resource // the answer of the apply
  readonly unwanted: readonly string[]
  readonly fieldManager: string
}

/** Apply cannot take away what another manager wrote (a null becomes an empty text there): a merge patch can. */
async function removeAnnotations(client: Client, what: Unwanted, options: CallOptions): Promise<Resource> {
  const { ref, applied, unwanted, fieldManager } = what
  const left = unwanted.filter((name) => Object.hasOwn(applied.metadata.annotations ?? {}, name))
  if (left.length === 0) return applied
  const annotations = Object.fromEntries(left.map((name) => [name, null]))
  const body = { metadata: { uid: applied.metadata.uid, annotations } }
  return asConflict(client.patch(ref, body, { ...options, fieldManager, subresource: 'status' }))
}

/** For another life of the object the API server says Conflict or, through /status, Invalid: both are the same news. */
async function asConflict(writing: Promise<Resource>): Promise<Resource> {
  try {
    return await writing
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 422 || !error.message.includes('metadata.uid'))
      throw error
    const message = `the UID is of another life of the object: ${error.message}`
    throw new ApiError({ status: 409, reason: 'Conflict', message, executed: 'no', cause: error })
  }
}
