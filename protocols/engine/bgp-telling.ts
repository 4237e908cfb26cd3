// What each BGP peer is told of the routes, some hundred at a time and the peers in turn: all of them when it is new, then
// what changes.
import type { BgpPeer } from './bgp-peer.ts'
import type { ToWorker } from './bgp-messages.ts'
import { RouteTable, takeSome } from './route-table.ts'
import type { Slicer, Task } from './slicer.ts'

export type TellingOptions = {
  readonly peers: ReadonlyMap<string, BgpPeer>
  readonly slicer: Slicer
  readonly onTold: (peer: string) => void // some of them
  readonly onTaken: () => void // a chunk of routes: the next one may come
  readonly onAllTold: (generation: number) => void
}

/** So many routes are told to one peer at a time: half a millisecond. */
const routesPerSlice = 100

export class BgpTelling {
  private readonly options: TellingOptions
  private readonly routes = new RouteTable()
  private areRoutesKnown = false

  constructor(options: TellingOptions) {
    this.options = options
  }

  /** All routes to a peer that is new. What changes while they are gone through is told as a change, too: no harm. */
  fill(name: string, peer: BgpPeer): void {
    const prefixes = this.routes.prefixes()
    const task: Task = () => {
      if (this.options.peers.get(name) !== peer) return undefined
      const some = takeSome(prefixes, routesPerSlice)
      if (some.length > 0) this.tell(name, peer, some)
      if (some.length === routesPerSlice) return task
      if (this.areRoutesKnown) peer.feed({ type: 'routes-known' })
      return undefined
    }
    this.options.slicer.add(task)
  }

  take({ chunk, isLast, generation }: Extract<ToWorker, { readonly type: 'routes' }>): void {
    const { peers, slicer } = this.options
    const prefixes = this.routes.take(chunk)
    for (const [name, peer] of peers)
      for (let from = 0; from < prefixes.length; from += routesPerSlice)
        slicer.add(() => {
          if (peers.get(name) === peer) this.tell(name, peer, prefixes.slice(from, from + routesPerSlice))
          return undefined
        })
    slicer.add(() => {
      if (isLast) this.allTold(generation)
      this.options.onTaken()
      return undefined
    })
  }

  private allTold(generation: number): void {
    this.areRoutesKnown = true
    for (const peer of this.options.peers.values()) peer.feed({ type: 'routes-known' })
    this.options.onAllTold(generation)
  }

  private tell(name: string, peer: BgpPeer, prefixes: readonly string[]): void {
    const change = this.routes.changesFor(name, prefixes)
    peer.feed({ type: 'routes', complete: false, ...change })
    this.options.onTold(name)
  }
}
