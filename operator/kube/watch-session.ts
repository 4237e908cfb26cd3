// One watch request, from its answer to its end: bytes to lines, lines to events, and silence noticed.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#watch-bookmarks
import type { KindName, Resource } from '../../crds/kind.ts'
import { isObject } from '../../crds/read.ts'
import { ApiError, errorOfConnection, errorOfStatus } from './api-error.ts'
import type { Client, Scope } from './client.ts'
import type { Clock } from './clock.ts'
import { malformed, parseJson, receive } from './door.ts'
import { createLineSplitter } from './lines.ts'

export type WatchEvent =
  | { readonly type: 'put' | 'drop'; readonly object: Resource; readonly resourceVersion: string }
  | { readonly type: 'bookmark'; readonly resourceVersion: string } // nothing changed up to there

export type Session = {
  readonly client: Client
  readonly kind: KindName
  readonly scope: Scope
  readonly clock: Clock
  readonly resourceVersion: string
  readonly timeoutSeconds: number // the API server ends it in good order
  readonly signal: AbortSignal
  readonly onContact: () => void // bytes came
  readonly onEvent: (event: WatchEvent) => void
}

/** Beyond the watch's own end: nobody is there any more. */
const graceMs = 5_000

/** Resolves at the end in good order; rejects with an ApiError at any other. */
export async function followSession(session: Session): Promise<void> {
  const { client, kind, scope, resourceVersion, timeoutSeconds } = session
  const guard = startGuard(session)
  try {
    const { signal } = guard
    const chunks = await client.watch(kind, { ...scope, resourceVersion, timeoutSeconds, signal })
    guard.contact()
    const splitter = createLineSplitter()
    for await (const chunk of chunks) {
      guard.contact()
      for (const line of splitter.push(chunk)) session.onEvent(readEvent(line, kind))
    }
  } catch (error) {
    const { aborted, reason } = guard.signal
    throw aborted && reason instanceof ApiError ? reason : errorOfConnection(error)
  } finally {
    guard.end()
  }
}

function readEvent(line: string, kind: KindName): WatchEvent {
  const raw = parseJson(line)
  if (!isObject(raw)) throw malformed('a watch event that is no object')
  const { type, object } = raw
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED': {
      const resource = receive(object, kind)
      const { resourceVersion } = resource.metadata
      return { type: type === 'DELETED' ? 'drop' : 'put', object: resource, resourceVersion }
    }
    case 'BOOKMARK':
      return { type: 'bookmark', resourceVersion: bookmarkVersion(object) }
    case 'ERROR':
      throw errorOfStatus(object)
    default:
      throw malformed(`a watch event of type ${String(type)}`)
  }
}

function bookmarkVersion(object: unknown): string {
  const metadata = isObject(object) ? object['metadata'] : undefined
  const version = isObject(metadata) ? metadata['resourceVersion'] : undefined
  if (typeof version !== 'string') throw malformed('a bookmark without a resourceVersion')
  return version
}

type Guard = { readonly signal: AbortSignal; readonly contact: () => void; readonly end: () => void }

/** Ends the session when it has been silent for longer than any living one can be. */
function startGuard({ clock, timeoutSeconds, signal, onContact }: Session): Guard {
  const silentMs = timeoutSeconds * 1_000 + graceMs
  const silence = new AbortController()
  let lastContact = clock.now()
  let cancel = clock.after(silentMs, look)

  function look(): void {
    const left = lastContact + silentMs - clock.now()
    if (left > 0) cancel = clock.after(left, look)
    else silence.abort(new ApiError({ status: 0, reason: 'Timeout', message: `silent for ${silentMs} ms` }))
  }

  return {
    signal: AbortSignal.any([signal, silence.signal]),
    contact: () => {
      lastContact = clock.now()
      onContact()
    },
    end: () => cancel(),
  }
}
