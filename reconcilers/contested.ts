// Which addresses more than one Service has. Numbers are sorted rather than a table made of all addresses:
// with 10,000 Services that is the difference between one and several milliseconds, at every plan.
import type { Named } from './request.ts'

/** Items by the text of each address that two or more of them have, in the order given. */
export function contestedAddresses<Item>(
  items: readonly Item[],
  addressesOf: (item: Item) => readonly Named[],
): ReadonlyMap<string, readonly Item[]> {
  const suspects = repeatedHints(items, addressesOf)
  if (suspects.size === 0) return new Map()
  const byAddress = new Map<string, Item[]>()
  for (const item of items) {
    for (const { text, hint } of addressesOf(item)) {
      if (!suspects.has(hint)) continue
      const others = byAddress.get(text)
      if (others === undefined) byAddress.set(text, [item])
      else others.push(item)
    }
  }
  return new Map([...byAddress].filter(([, all]) => all.length > 1))
}

/** The same, not searched again as long as nobody has another address and none was contested: as it is nearly always. */
export function rememberContested<Item>(
  addressesOf: (item: Item) => readonly Named[],
): (items: readonly Item[]) => ReadonlyMap<string, readonly Item[]> {
  let last: readonly Item[] = []
  let contested: ReadonlyMap<string, readonly Item[]> = new Map()
  return (items) => {
    if (items === last) return contested
    const isCalm = contested.size === 0 && isAmong(items, last)
    if (!isCalm) contested = contestedAddresses(items, addressesOf)
    last = items
    return contested
  }

  /** Each item is one of those before, in their order, or has its addresses; some of them may be gone. */
  function isAmong(items: readonly Item[], before: readonly Item[]): boolean {
    let place = 0
    for (const item of items) {
      let ahead = place
      while (ahead < before.length && ahead < place + farthest && !hasSame(item, before[ahead])) ahead++
      if (ahead < before.length && ahead < place + farthest) place = ahead + 1
      else if (addressesOf(item).length > 0) return false
    }
    return true
  }

  function hasSame(item: Item, before: Item | undefined): boolean {
    if (item === before) return true
    if (before === undefined) return false
    const [one, other] = [addressesOf(item), addressesOf(before)]
    return one.length === other.length && one.every(({ text }, index) => text === other[index]?.text)
  }
}

/** So many that are gone in a row are passed over; with more all are looked at. */
const farthest = 64

function repeatedHints<Item>(
  items: readonly Item[],
  addressesOf: (item: Item) => readonly Named[],
): ReadonlySet<number> {
  const hints = new Float64Array(2 * items.length) // a Service has two addresses at most; more are looked at anyway
  const repeated = new Set<number>()
  let count = 0
  for (const item of items) {
    for (const { hint } of addressesOf(item)) {
      if (count < hints.length) hints[count++] = hint
      else repeated.add(hint)
    }
  }
  const sorted = hints.subarray(0, count).sort()
  for (let index = 1; index < count; index++) {
    const hint = sorted[index]
    if (hint !== undefined && hint === sorted[index - 1]) repeated.add(hint)
  }
  return repeated
}
