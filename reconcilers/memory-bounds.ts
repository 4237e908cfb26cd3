// How much is remembered of one pool: what is too much for one object is dropped, the oldest first.
import type { Release } from '../crds/pool-memory.ts'
import { rememberPerObject } from './once.ts'

/** So many releases of one pool are remembered; the oldest are dropped. */
export const mostReleases = 4_096

/** … and so much text: an object of the API server must stay well below 1.5 MB, and ours below 512 kB. */
export const mostBytes = 448 * 1024

/** `releases`: the latest first. */
export function withinBounds(releases: readonly Release[]): readonly Release[] {
  let bytes = 0
  const end = releases.findIndex((one) => (bytes += bytesOf(one)) > mostBytes)
  return releases.slice(0, Math.min(mostReleases, end < 0 ? releases.length : end))
}

/** As JSON, whose only characters here are those of addresses, names and times. */
function bytesOf({ address, service }: Release): number {
  return (
    address.length +
    service.length +
    '{"address":"","service":"","releasedAt":"2026-01-01T00:00:00Z"},'.length
  )
}

/** With the next release the oldest one is dropped. */
export const isFull = rememberPerObject((releases: readonly Release[]): boolean => {
  const bytes = releases.reduce((sum, one) => sum + bytesOf(one), 0)
  return releases.length >= mostReleases || bytes + 300 > mostBytes
})
