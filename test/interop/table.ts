// The one table: stories × routers × transports × families of the session. Which cells are told in every run (each story
// once per router that speaks it, over the kernel's TCP and IPv4, and a pairwise cover of the rest) and which in the long
// run (all of them).
import type { Family } from '../../protocols/net/address.ts'
import type { RouterRow } from './routers.ts'
import { routerRows } from './routers.ts'
import type { Transport } from './scene.ts'
import type { Story } from './stories.ts'
import { stories } from './stories.ts'

export type Cell = {
  readonly story: Story
  readonly router: RouterRow
  readonly transport: Transport
  readonly over: Family
}

export type Verdict =
  | { readonly type: 'told' }
  | { readonly type: 'not-spoken'; readonly because: string } // by the router
  | { readonly type: 'elsewhere'; readonly because: string } // the story is not about this transport or family

const transports: readonly Transport[] = ['Kernel', 'Packet']
const families: readonly Family[] = ['IPv4', 'IPv6']

export function verdictOn({ story, router, transport, over }: Cell): Verdict {
  const { only, needs = [] } = story
  const isElsewhere =
    (only?.transport !== undefined && only.transport !== transport) ||
    (only?.over !== undefined && only.over !== over)
  if (only !== undefined && isElsewhere) return { type: 'elsewhere', because: only.why }
  const lack = router.lacks.find(
    (each) => needs.includes(each.ability) && (each.over === undefined || each.over === over),
  )
  return lack === undefined ? { type: 'told' } : { type: 'not-spoken', because: lack.because }
}

export function titleOf({ story, transport, over }: Cell): string {
  const isPlain = transport === 'Kernel' && over === 'IPv4'
  return isPlain ? story.title : `${story.title} (${transport}, over ${over})`
}

export function allCells(): readonly Cell[] {
  return routerRows.flatMap((router) =>
    stories.flatMap((story) =>
      transports.flatMap((transport) => families.map((over) => ({ story, router, transport, over }))),
    ),
  )
}

/** What every run tells. */
export function usualCells(): readonly Cell[] {
  const all = allCells().filter((cell) => verdictOn(cell).type !== 'elsewhere')
  const plain = all.filter(
    ({ story, transport, over }) =>
      transport === (story.only?.transport ?? 'Kernel') && over === (story.only?.over ?? 'IPv4'),
  )
  const spoken = all.filter((cell) => verdictOn(cell).type === 'told')
  // Stories of one family last: one more of them changes nothing of what the others are told over.
  const isOfBoth = ({ story }: Cell): boolean => story.only?.over === undefined
  const most = pairwise(spoken.filter(isOfBoth), plain.filter(isOfBoth))
  const chosen = new Set([...plain, ...most, ...pairwise(spoken, [...plain, ...most])])
  return all.filter((cell) => chosen.has(cell))
}

/** More cells, until each pair of two columns that stands in any cell stands in one of them: the greediest choice first. */
function pairwise(from: readonly Cell[], given: readonly Cell[]): readonly Cell[] {
  const missing = new Set(from.flatMap(pairsOf))
  const take = (cell: Cell): void => pairsOf(cell).forEach((pair) => missing.delete(pair))
  given.filter((cell) => verdictOn(cell).type === 'told').forEach(take)
  const chosen: Cell[] = []
  const perRouter = new Map<string, number>()
  const load = ({ router }: Cell): number => perRouter.get(router.name) ?? 0
  while (missing.size > 0) {
    const gain = (cell: Cell): number => pairsOf(cell).filter((pair) => missing.has(pair)).length
    const most = Math.max(...from.map(gain))
    // Among equals the router that has the least to do: the rows run side by side.
    const best = from.filter((cell) => gain(cell) === most).toSorted((a, b) => load(a) - load(b))[0]
    if (best === undefined) break
    take(best)
    chosen.push(best)
    perRouter.set(best.router.name, load(best) + 1)
  }
  return chosen
}

function pairsOf({ story, router, transport, over }: Cell): readonly string[] {
  return [
    `${story.title}|${router.name}`,
    `${story.title}|${transport}`,
    `${story.title}|${over}`,
    `${router.name}|${transport}`,
    `${router.name}|${over}`,
    `${transport}|${over}`,
  ]
}
