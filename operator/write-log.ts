// Writes that fail, as log lines: the first of an object and reason, and that it went well again. Never each attempt.
import { ApiError, isConflict } from './kube/api-error.ts'
import type { Log } from './log.ts'
import type { ObjectRef, WriteReport } from './publish.ts'

/** `written` is told of every write that went well. */
export function writeLog(log: Log, written: WriteReport['written'] = () => {}): WriteReport {
  const failing = new Map<string, string>() // reason by object, of those that are still to be written
  const lacking = new Set<string>() // fields of kinds, told once whatever the number of objects

  function tellOfMissing(kind: string, field: string): void {
    if (lacking.has(`${kind} ${field}`)) return
    lacking.add(`${kind} ${field}`)
    log.warn(
      { kind, field },
      'CustomResourceDefinition is older than this program: apply that of its release',
    )
  }

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
      const field = missingField(error)
      if (field !== undefined) return tellOfMissing(ref.kind.plural, field)
      log.warn({ object: nameOf(ref), reason, attempts, error: String(error) }, 'write failed')
    },
    ignored: (ref) =>
      log.warn({ object: nameOf(ref) }, 'the API server took a write and kept something else'),
    dropped: (ref) => void failing.delete(nameOf(ref)),
  }
}

/** What the API server says to a server-side apply of a field that its schema does not have; the first one of several. */
function missingField(error: unknown): string | undefined {
  return /(\S+): field not declared in schema/.exec(String(error))?.[1]
}

function nameOf({ kind, namespace, name }: ObjectRef): string {
  return `${kind.plural}/${namespace}/${name}`
}
