// Changes of the routes, some thousand at a time, on their way to the bgp worker: what many routes share is said once.
import type { Route, RouteAttributes } from '../bgp/config.ts'

/** All routes of these prefixes; a prefix without any is gone. */
export type RouteChunk = {
  readonly targets: readonly RouteTarget[]
  readonly prefixes: readonly string[]
  readonly targetsOf: readonly (number | readonly number[])[] // for each prefix: indexes into `targets`
}

/** What a route is beside its prefix. */
export type RouteTarget = { readonly peers: Route['peers']; readonly attributes: RouteAttributes }

/** `routesOf` a prefix: none when it is gone. */
export function packChunk(
  prefixes: readonly string[],
  routesOf: (prefix: string) => readonly RouteTarget[],
): RouteChunk {
  const targets: RouteTarget[] = []
  const indexes = new Map<string, number>()
  const indexOf = (target: RouteTarget): number => {
    const { peers, attributes } = target
    const key = JSON.stringify([peers, attributes])
    const known = indexes.get(key)
    if (known !== undefined) return known
    indexes.set(key, targets.length)
    return targets.push({ peers, attributes }) - 1
  }
  const targetsOf = prefixes.map((prefix) => {
    const found = routesOf(prefix).map(indexOf)
    const [only] = found
    return found.length === 1 && only !== undefined ? only : found
  })
  return { targets, prefixes, targetsOf }
}

/** The routes of each prefix again; all that share a target share the object. */
export function unpackChunk({
  targets,
  prefixes,
  targetsOf,
}: RouteChunk): [string, readonly RouteTarget[]][] {
  const single = targets.map((target) => [target])
  return prefixes.map((prefix, index) => {
    const found = targetsOf[index] ?? []
    if (typeof found === 'number') return [prefix, single[found] ?? []]
    return [prefix, found.flatMap((each) => targets[each] ?? [])]
  })
}
