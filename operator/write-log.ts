// Writes that fail, as log lines: the first of an object and reason, and that it went well again. Never each attempt.
import { ApiError, isConflict } from './kube/api-error.ts'
import type { Log } from './log.ts'
import type { ObjectRef, WriteReport } from './publish.ts'

/** `written` is told of every write that went well. */
export function writeLog(log: Log, written: WriteReport['written'] = () => {}): WriteReport {
  const failing = new Map<string, string>() // reason by object, of those that are still to be written

  return {
    written: (wish) => {
      if (failing.delete(nameOf(wish))) log.info({ object: nameOf(wish) }, 'write succeeded again')
      written(wish)
    },
    failing: (ref, error, attempts) => {
      if (isConflict(error) && attempts === 1) return // another version stands there, and is seen in a moment
      const reason = error instanceof ApiError ? `${error.status} ${error.reason}` : String(error)
      if (failing.get(nameOf(ref)) === reason) return
      failing.set(nameOf(ref), reason)
      log.warn({ object: nameOf(ref), reason, attempts, error: String(error) }, 'write failed')
    },
    ignored: (ref) =>
      log.warn({ object: nameOf(ref) }, 'the API server took a write and kept something else'),
    dropped: (ref) => void failing.delete(nameOf(ref)),
  }
}

function nameOf({ kind, namespace, name }: ObjectRef): string {
  return `${kind.plural}/${namespace}/${name}`
}
