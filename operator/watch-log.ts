// What the watches say, as log lines: constant messages, on change only.
import type { WatchNotice } from './kube/watch.ts'
import type { Log } from './log.ts'

export function watchLog(log: Log): (notice: WatchNotice) => void {
  return (notice) => {
    switch (notice.type) {
      case 'synced':
        return log.debug(
          { objects: notice.objects, tookMs: Math.round(notice.tookMs), again: notice.again },
          'listed',
        )
      case 'failing':
        return log.warn({ error: String(notice.error), refused: notice.refused }, 'watch fails')
      case 'recovered':
        return log.info({ afterMs: Math.round(notice.afterMs) }, 'watch recovered')
      case 'listener-failed':
        return log.error({ error: stackOf(notice.error) }, 'a change could not be taken in')
    }
  }
}

/** A bug: where it was is what helps. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
