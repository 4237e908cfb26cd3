// The routes as the bgp worker has them, and what becomes of them for one peer, a portion at a time.
import type { RouteAttributes } from '../bgp/config.ts'
import type { RouteChange } from '../bgp/rib-out.ts'
import { unpackChunk } from './route-chunk.ts'
import type { RouteChunk, RouteTarget } from './route-chunk.ts'

export class RouteTable {
  private readonly targets = new Map<string, readonly RouteTarget[]>()

  /** Answers with the prefixes that may have changed. */
  take(chunk: RouteChunk): readonly string[] {
    for (const [prefix, targets] of unpackChunk(chunk)) {
      if (targets.length === 0) this.targets.delete(prefix)
      else this.targets.set(prefix, targets)
    }
    return chunk.prefixes
  }

  /** In the order in which they came; what comes while it is gone through is seen at the end. */
  prefixes(): Iterator<string> {
    return this.targets.keys()
  }

  /** What these prefixes are for that peer now. */
  changesFor(peer: string, prefixes: readonly string[]): RouteChange {
    const set: { readonly prefix: string; readonly attributes: RouteAttributes }[] = []
    const unset: string[] = []
    for (const prefix of prefixes) {
      const attributes = this.targets.get(prefix)?.find(({ peers }) => isFor(peers, peer))?.attributes
      if (attributes === undefined) unset.push(prefix)
      else set.push({ prefix, attributes })
    }
    return { set, unset }
  }
}

function isFor(peers: RouteTarget['peers'], peer: string): boolean {
  return peers === 'all' || peers.includes(peer)
}

/** The next so many of an iterator. */
export function takeSome<T>(iterator: Iterator<T>, count: number): T[] {
  const taken: T[] = []
  while (taken.length < count) {
    const next = iterator.next()
    if (next.done === true) break
    taken.push(next.value)
  }
  return taken
}
