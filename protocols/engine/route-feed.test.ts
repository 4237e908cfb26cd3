import { expect } from 'chai'
import fc from 'fast-check'
import type { Route } from '../bgp/config.ts'
import { unpackChunk } from './route-chunk.ts'
import { chunkSize, RouteFeed } from './route-feed.ts'
import { RouteTable, takeSome } from './route-table.ts'

function takeAll(feed: RouteFeed, table: RouteTable): number {
  let chunks = 0
  for (; !feed.isDone; chunks++) table.take(feed.take())
  return chunks
}

function route(number: number, peers: Route['peers'] = 'all', med?: number): Route {
  const prefix = `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}/32`
  return { prefix, peers, attributes: med === undefined ? {} : { med } }
}

function held(table: RouteTable, peer: string): Readonly<Record<string, unknown>> {
  const prefixes = takeSome(table.prefixes(), Number.POSITIVE_INFINITY)
  return Object.fromEntries(
    table.changesFor(peer, prefixes).set.map((each) => [each.prefix, each.attributes]),
  )
}

describe('routes on their way to the bgp worker', () => {
  it('go in chunks, and what they share is said once', () => {
    const feed = new RouteFeed()
    feed.wish(Array.from({ length: 2 * chunkSize + 1 }, (_, number) => route(number, ['a', 'b'], 5)))
    const first = feed.take()
    expect(first.prefixes).to.have.length(chunkSize)
    expect(first.targets).to.deep.equal([{ peers: ['a', 'b'], attributes: { med: 5 } }])
    const table = new RouteTable()
    table.take(first)
    expect(takeAll(feed, table)).to.equal(2)
    expect(Object.keys(held(table, 'a'))).to.have.length(2 * chunkSize + 1)
  })

  it('the same wish again, or one that says the same, is not told', () => {
    const feed = new RouteFeed()
    const routes = [route(1), route(2, ['a'], 7)]
    feed.wish(routes)
    takeAll(feed, new RouteTable())
    feed.wish(routes)
    expect(feed.isDone).to.equal(true)
    feed.wish([route(1), route(2, ['a'], 7)])
    expect(feed.isDone).to.equal(true)
  })

  it('only what has changed is told, and what is gone as gone', () => {
    const feed = new RouteFeed()
    feed.wish([route(1), route(2), route(3)])
    takeAll(feed, new RouteTable())
    feed.wish([route(1), route(2, 'all', 9)])
    expect(unpackChunk(feed.take())).to.deep.equal([
      ['10.0.0.2/32', [{ peers: 'all', attributes: { med: 9 } }]],
      ['10.0.0.3/32', []],
    ])
  })

  it('a new worker is told all', () => {
    const feed = new RouteFeed()
    feed.wish([route(1), route(2)])
    takeAll(feed, new RouteTable())
    feed.startOver()
    const table = new RouteTable()
    takeAll(feed, table)
    expect(Object.keys(held(table, 'a'))).to.deep.equal(['10.0.0.1/32', '10.0.0.2/32'])
  })

  it('each peer has its own of several routes with one prefix', () => {
    const feed = new RouteFeed()
    feed.wish([route(1, ['a'], 1), route(1, ['b'], 2)])
    const table = new RouteTable()
    takeAll(feed, table)
    expect(held(table, 'a')).to.deep.equal({ '10.0.0.1/32': { med: 1 } })
    expect(held(table, 'b')).to.deep.equal({ '10.0.0.1/32': { med: 2 } })
    expect(held(table, 'c')).to.deep.equal({})
    expect(table.changesFor('c', ['10.0.0.1/32'])).to.deep.equal({ set: [], unset: ['10.0.0.1/32'] })
  })

  it('after any history the worker has what a new one would have', () => {
    const wish = fc
      .uniqueArray(fc.tuple(fc.nat(6), fc.constantFrom<Route['peers']>('all', ['a'], ['b']), fc.nat(2)), {
        selector: ([number]) => number,
      })
      .map((rows) => rows.map(([number, peers, med]) => route(number, peers, med)))
    fc.assert(
      fc.property(fc.array(fc.tuple(wish, fc.boolean()), { minLength: 1 }), (history) => {
        const feed = new RouteFeed()
        const table = new RouteTable()
        for (const [routes, isTaken] of history) {
          feed.wish(routes)
          if (isTaken) takeAll(feed, table)
        }
        takeAll(feed, table)
        const fresh = new RouteFeed()
        const other = new RouteTable()
        fresh.wish(history.at(-1)?.[0] ?? [])
        takeAll(fresh, other)
        for (const peer of ['a', 'b']) expect(held(table, peer)).to.deep.equal(held(other, peer))
      }),
    )
  })
})
