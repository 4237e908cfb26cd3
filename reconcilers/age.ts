// The order in which Services are served: oldest first, then by key.
import type { Service } from '../crds/core.ts'
import { sameEnds } from './once.ts'

export function compareAge(a: Service, b: Service): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1
  if (a.key === b.key) return 0
  return a.key < b.key ? -1 : 1
}

/** The snapshot is in this order already; whoever makes one by hand need not know. */
export function oldestFirst(services: readonly Service[]): readonly Service[] {
  return isOrdered(services, 0, services.length) ? services : services.toSorted(compareAge)
}

/** In order; the list of before, which is in order, when nothing changed: then nothing is compared either. */
export function followOrder(before: readonly Service[], now: readonly Service[]): readonly Service[] {
  const { head, tail } = sameEnds(before, now)
  if (head === before.length && head === now.length) return before
  return isOrdered(now, head, now.length - tail) ? now : now.toSorted(compareAge)
}

/** Those from the one position to the other, with their neighbours. */
function isOrdered(services: readonly Service[], from: number, to: number): boolean {
  for (let position = Math.max(from, 1); position <= to; position++) {
    const [before, service] = [services[position - 1], services[position]]
    if (before !== undefined && service !== undefined && compareAge(before, service) > 0) return false
  }
  return true
}

export type Difference = { readonly gone: Service[]; readonly come: Service[] }

/** Both lists are oldest first: one walk finds what only one of them has. */
export function difference(before: readonly Service[], now: readonly Service[]): Difference {
  const gone: Service[] = []
  const come: Service[] = []
  if (before === now) return { gone, come }
  const { head, tail } = sameEnds(before, now)
  const [endBefore, endNow] = [before.length - tail, now.length - tail]
  let [i, j] = [head, head]
  while (i < endBefore || j < endNow) {
    const old = i < endBefore ? before[i] : undefined
    const fresh = j < endNow ? now[j] : undefined
    const order = old === fresh ? 0 : compareEnds(old, fresh)
    if (order <= 0) i++
    if (order >= 0) j++
    if (old === fresh) continue
    if (order <= 0 && old !== undefined) gone.push(old)
    if (order >= 0 && fresh !== undefined) come.push(fresh)
  }
  return { gone, come }
}

function compareEnds(a: Service | undefined, b: Service | undefined): number {
  if (a === undefined) return 1
  return b === undefined ? -1 : compareAge(a, b)
}
