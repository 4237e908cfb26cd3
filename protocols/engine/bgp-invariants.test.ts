// What holds for the whole way of a route, from the wish on the main thread to the router, in whatever order things happen
// there: messages between the threads, slices of work, bytes that wait, sessions that end.
import { expect } from 'chai'
import fc from 'fast-check'
import { startChannel } from '../../test/support/bgp-channel.ts'
import type { Channel } from '../../test/support/bgp-channel.ts'
import { tries } from '../../test/support/long.ts'
import type { PeerConfig, Route } from '../bgp/config.ts'
import { gracefulShutdownCommunity } from '../bgp/iana.ts'
import type { Family } from '../net/address.ts'
import { emptyTable, withNews } from './link-table.ts'
import type { LinkTable } from './link-table.ts'

const families = { a: ['IPv4', 'IPv6'], b: ['IPv4'] } as const
type Name = keyof typeof families

function peerOf(name: Name): PeerConfig {
  return {
    name,
    endpoint: {
      remote: { address: name === 'a' ? '192.0.2.2' : '192.0.2.3', port: 179 },
      transport: 'Kernel',
      ttl: { type: 'hops', hops: 1 },
      listen: false,
    },
    session: {
      localAs: 65001,
      peerAs: 65002,
      identifier: '192.0.2.1',
      families: families[name],
      holdTimeS: 0,
      passive: false,
      connectRetryMs: 1000,
      delayOpenMs: 0,
    },
  }
}

/** By IPv6 nobody reaches us, or by this address. */
type Reach = '2001:db8::1' | '2001:db8::2' | undefined

function linksOf(reach: Reach): LinkTable {
  const address = { type: 'address', removed: false, index: 2, flags: 0 } as const
  const ipv4 = { ...address, address: '192.0.2.1', prefixLength: 24 }
  return withNews(
    emptyTable,
    reach === undefined ? [ipv4] : [ipv4, { ...address, address: reach, prefixLength: 64 }],
  )
}

type State = {
  readonly routes: ReadonlyMap<string, Route>
  readonly peers: ReadonlySet<Name>
  readonly isDraining: boolean
  readonly reach: Reach
}

type Command =
  | { readonly type: 'route'; readonly prefix: string; readonly med: number; readonly peers: Route['peers'] }
  | { readonly type: 'gone'; readonly prefix: string }
  | { readonly type: 'peers'; readonly names: readonly Name[] }
  | { readonly type: 'drain'; readonly on: boolean }
  | { readonly type: 'links'; readonly reach: Reach }
  | { readonly type: 'refresh'; readonly family: Family }
  | { readonly type: 'advance' | 'read' | 'reset'; readonly which: number }
  | { readonly type: 'deliver' | 'turn' | 'wait' }

const prefix = fc.oneof(
  fc.nat(4).map((octet) => `198.51.100.${octet}/32`),
  fc.nat(2).map((group) => `2001:db8:${group + 100}::/48`),
  { weight: 2, arbitrary: fc.nat(149).map((octet) => `203.0.113.${octet}/32`) }, // one of many
)
const which = fc.nat(3)
const audiences: readonly Route['peers'][] = ['all', 'all', ['a'], ['b']]
const companies: readonly (readonly Name[])[] = [['a'], ['a', 'b'], ['b']]
const reaches: readonly Reach[] = [undefined, '2001:db8::1', '2001:db8::2']

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('route' as const),
      prefix,
      med: fc.nat(2),
      peers: fc.constantFrom(...audiences),
    }),
  },
  { weight: 3, arbitrary: prefix.map((gone) => ({ type: 'gone', prefix: gone }) as const) },
  fc.constantFrom(...companies).map((names) => ({ type: 'peers', names }) as const),
  fc.boolean().map((on) => ({ type: 'drain', on }) as const),
  fc.constantFrom(...reaches).map((reach) => ({ type: 'links', reach }) as const),
  fc.constantFrom(...families.a).map((family) => ({ type: 'refresh', family }) as const),
  { weight: 6, arbitrary: which.map((number) => ({ type: 'advance', which: number }) as const) },
  { weight: 6, arbitrary: which.map((number) => ({ type: 'read', which: number }) as const) },
  which.map((number) => ({ type: 'reset', which: number }) as const),
  { weight: 8, arbitrary: fc.constantFrom({ type: 'deliver' } as const, { type: 'turn' } as const) },
  fc.constant({ type: 'wait' } as const),
)

function carryOut(channel: Channel, state: State, wish: Command): State {
  const router = 'which' in wish ? channel.routers()[wish.which] : channel.routers()[0]
  switch (wish.type) {
    case 'route': {
      const { prefix: name, med, peers } = wish
      const route = { prefix: name, peers, attributes: { med } }
      return withRoutes(channel, state, new Map(state.routes).set(name, route))
    }
    case 'gone':
      return withRoutes(channel, state, new Map([...state.routes].filter(([name]) => name !== wish.prefix)))
    case 'peers':
      channel.wishPeers(wish.names.map(peerOf))
      return { ...state, peers: new Set(wish.names) }
    case 'drain':
      channel.drain(wish.on)
      return { ...state, isDraining: wish.on }
    case 'links':
      channel.setLinks(linksOf(wish.reach))
      return { ...state, reach: wish.reach }
    case 'refresh':
      router?.askAgain(wish.family)
      return state
    case 'advance':
    case 'read':
    case 'reset':
      router?.[wish.type]()
      return state
    case 'wait':
      channel.wait(700)
      return state
    case 'deliver':
    case 'turn':
      channel[wish.type]()
      return state
  }
}

function withRoutes(channel: Channel, state: State, routes: State['routes']): State {
  channel.wishRoutes([...routes.values()])
  return { ...state, routes }
}

/** Every session is up, and its first flight is on its way. */
function beginSessions(channel: Channel): void {
  for (let turn = 0; turn < 20; turn++) {
    channel.deliver()
    channel.turn()
    for (const router of channel.routers()) {
      if (router.stage !== 'confirmed') router.read()
      router.advance()
    }
  }
}

/** Nothing happens any more but what is under way, for longer than the longest pause after a failure. */
function leaveInPeace(channel: Channel): void {
  for (let second = 0; second < 150; second++) {
    while (channel.deliver());
    for (let turn = 0; turn < 10; turn++) {
      for (const router of channel.routers()) {
        router.advance()
        router.read()
      }
      channel.turn()
    }
    channel.wait(1000)
  }
}

/** What a router with that name is to hold. */
function wantedBy(name: Name, { routes, isDraining, reach }: State): ReadonlyMap<string, string> {
  const carried: readonly Family[] = families[name]
  const communities = isDraining ? gracefulShutdownCommunity : ''
  const told = [...routes.values()].flatMap((route): [string, string][] => {
    const family = route.prefix.includes('::') ? 'IPv6' : 'IPv4'
    const by = family === 'IPv4' ? 'its own address' : reach
    const isFor = route.peers === 'all' || route.peers.includes(name)
    if (!isFor || !carried.includes(family) || by === undefined) return []
    return [[route.prefix, `${route.attributes.med} ${communities} by ${by}`]]
  })
  return new Map(told)
}

/** More sets of attributes than go out in one flight, each for both families. */
function many(count: number): ReadonlyMap<string, Route> {
  const routes = Array.from({ length: count }, (_, index): readonly Route[] => {
    const shared = { peers: 'all', attributes: { med: 1000 + index } } as const
    return [
      { prefix: `203.0.113.${index}/32`, ...shared },
      { prefix: `2001:db8:${1000 + index}::/48`, ...shared },
    ]
  })
  return new Map(routes.flat().map((route) => [route.prefix, route]))
}

describe('the way of a route to a router', () => {
  it('whatever happened before, each router that is left in peace holds what is wished, and no more', () => {
    const commands = fc.array(command, { maxLength: 60 })
    const start = fc.record({
      count: fc.constantFrom(0, 150),
      isBegun: fc.boolean(),
      reach: fc.constantFrom(...reaches),
    })
    fc.assert(
      fc.property(commands, start, (list, { count, isBegun, reach }) => {
        const channel = startChannel()
        try {
          let state: State = { routes: many(count), peers: new Set(), isDraining: false, reach }
          channel.setLinks(linksOf(reach))
          channel.wishRoutes([...state.routes.values()])
          if (isBegun) {
            state = carryOut(channel, state, { type: 'peers', names: ['a', 'b'] })
            beginSessions(channel)
          }
          for (const each of list) state = carryOut(channel, state, each)
          leaveInPeace(channel)
          const held = channel.routers().map(({ peer, held: routes }) => [peer, routes] as const)
          const wanted = [...state.peers].map((name) => [name, wantedBy(name, state)] as const)
          expect(new Map(held)).to.deep.equal(new Map(wanted))
        } finally {
          channel.end()
        }
      }),
      { numRuns: tries({ usual: 60, long: 600 }) },
    )
  }).timeout(180_000)
})
