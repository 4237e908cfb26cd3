// BGP of a speaker: when the worker is started, what it is told, and what becomes of the routes at the end.
import { expect } from 'chai'
import type { BfdObserved } from '../../protocols/bfd/observed.ts'
import type { PeerConfig } from '../../protocols/bgp/config.ts'
import type { SessionObserved } from '../../protocols/bgp/observed.ts'
import type { BgpEngine } from '../../protocols/engine/bgp-engine.ts'
import type { BgpWish, RoutingObserved, StopWish } from '../../protocols/engine/bgp-messages.ts'
import type { Node } from '../../crds/core.ts'
import type { BgpPlan } from '../../reconcilers/plan.ts'
import { noBgp, node, snapshot } from '../../test/support/snapshots.ts'
import { createLog } from '../log.ts'
import { startBgp } from './bgp.ts'
import type { Planned } from './layer2.ts'

const peer: PeerConfig = {
  name: 'tor',
  endpoint: {
    remote: { address: '192.0.2.1', port: 179 },
    transport: 'Kernel',
    ttl: { type: 'hops', hops: 1 },
    listen: false,
  },
  session: {
    localAs: 64_512,
    peerAs: 64_513,
    identifier: '192.0.2.9',
    families: ['IPv4'],
    holdTimeS: 90,
    passive: false,
    connectRetryMs: 10_000,
    delayOpenMs: 0,
  },
}

const counters = {
  sent: { open: 0, update: 0, notification: 0, keepalive: 0, 'route-refresh': 0, bytes: 0 },
  received: { open: 0, update: 0, notification: 0, keepalive: 0, 'route-refresh': 0, bytes: 0 },
  established: 0,
}

const session: SessionObserved = {
  state: 'Connect',
  reason: 'dialling',
  since: 1,
  failures: 0,
  wished: { IPv4: 0, IPv6: 0 },
  isTelling: false,
  withheld: [],
  received: { IPv4: 0, IPv6: 0 },
  keptFor: [],
  draining: false,
}

const neighbour: BfdObserved = {
  remoteAddress: '192.0.2.1',
  multihop: true,
  state: 'down',
  reason: 'no packet yet',
  changedAt: 1,
  diagnostic: 0,
  remoteState: 'down',
  remoteDiagnostic: 0,
  localDiscriminator: 7,
  remoteDiscriminator: 0,
  transmitIntervalMs: 1_000,
  remoteDetectMultiplier: 0,
  counters: { packetsIn: 0, packetsOut: 1, discarded: 0, upEvents: 0, downEvents: 0, tooFar: 0 },
}

function seen(fields: Partial<RoutingObserved> = {}): RoutingObserved {
  return {
    generation: 0,
    alive: true,
    peers: { tor: { session, counters } },
    listening: [],
    loopLagMs: 0,
    bfd: {},
    bfdGeneral: { loopLagMs: 0, malformed: 0, unknown: 0 },
    ...fields,
  }
}

function planned(bgp: Partial<BgpPlan>, own: Partial<Node> = {}): Planned {
  const plan = { node: 'node-a', claims: [], services: new Map(), bgp: { ...noBgp, ...bgp } }
  return { plan, snapshot: snapshot({ nodes: [node('node-a', own)] }) }
}

/** With an engine that only notes what it is told. */
function world() {
  const wishes: BgpWish[] = []
  const stops: StopWish[] = []
  const drained: (readonly string[] | 'all')[] = []
  const lines: string[] = []
  const told = { started: 0, changed: 0 }
  let listener: (observed: RoutingObserved) => void = () => {}
  const engine: BgpEngine = {
    apply: (wish) => void wishes.push(wish),
    observe: () => seen(),
    onChange: (heard) => {
      listener = heard
    },
    routes: () => Promise.resolve(undefined),
    drain: (peers) => void drained.push(peers),
    stop: (how) => {
      stops.push(how)
      return Promise.resolve()
    },
  }
  const bgp = startBgp({
    settings: { nodeName: 'node-a', bgpShutdownPauseMs: 2_000 },
    startEngine: () => {
      told.started += 1
      return engine
    },
    log: createLog('speaker', 'debug', { write: (line) => void lines.push(line) }),
    changed: () => {
      told.changed += 1
    },
  })
  return {
    bgp,
    wishes,
    stops,
    drained,
    lines,
    told,
    observe: (observed: RoutingObserved) => listener(observed),
  }
}

describe('BGP of a speaker', () => {
  it('has no worker, and nothing to end, while there is no peer', async () => {
    const { bgp, told, stops } = world()
    bgp.announce(planned({}))
    await bgp.stop(planned({}))
    expect(told.started).to.equal(0)
    expect(stops).to.deep.equal([])
    expect(bgp.observed()).to.equal(undefined)
  })

  it('starts one with the first peer, and keeps it to end the sessions when the last one goes', () => {
    const { bgp, told, wishes } = world()
    bgp.announce(planned({ peers: [peer] }))
    bgp.announce(planned({}))
    expect(told.started).to.equal(1)
    expect(wishes.map(({ peers }) => peers.length)).to.deep.equal([1, 0])
    expect(wishes.map(({ generation }) => generation)).to.deep.equal([0, 1])
  })

  it('lets every route say GRACEFUL_SHUTDOWN for as long as the node drains', () => {
    const { bgp, wishes, drained } = world()
    const draining = { reason: 'NodeDraining', message: 'node node-a is cordoned' } as const
    bgp.announce(planned({ peers: [peer] }))
    bgp.announce(planned({ peers: [peer], draining }))
    bgp.announce(planned({ peers: [peer] }))
    expect(drained).to.deep.equal([[], 'all', []])
    expect(wishes).to.have.length(1)
  })

  it('tells the worker only what differs from the wish before', () => {
    const { bgp, wishes } = world()
    const routes: BgpPlan['routes'] = [{ prefix: '198.51.100.1/32', peers: 'all', attributes: {} }]
    bgp.announce(planned({ peers: [peer], routes }))
    bgp.announce(planned({ peers: [{ ...peer }], routes }))
    expect(wishes).to.have.length(1)
    const changed = [...routes]
    bgp.announce(planned({ peers: [peer], routes: changed }))
    bgp.announce(
      planned({ peers: [{ ...peer, endpoint: { ...peer.endpoint, password: 'hush' } }], routes: changed }),
    )
    expect(wishes).to.have.length(3)
  })

  it('has a status written for what a session becomes, and not for what only counts', () => {
    const { bgp, told, observe } = world()
    bgp.announce(planned({ peers: [peer] }))
    observe(seen())
    expect(told.changed).to.equal(1)
    const busy = { ...counters, established: 7 }
    observe(seen({ generation: 3, loopLagMs: 9, peers: { tor: { session, counters: busy } } }))
    expect(told.changed).to.equal(1)
    observe(seen({ peers: { tor: { session: { ...session, state: 'Idle', since: 2 }, counters } } }))
    expect(told.changed).to.equal(2)
    observe(seen({ alive: false }))
    expect(told.changed).to.equal(3)
  })

  it('has a status written when it is seen that BFD packets are dropped for their TTL', () => {
    const { bgp, told, observe } = world()
    bgp.announce(planned({ peers: [peer] }))
    observe(seen({ bfd: { tor: neighbour } }))
    const counting = { ...neighbour, counters: { ...neighbour.counters, packetsOut: 9, tooFar: 4 } }
    observe(seen({ bfd: { tor: counting } }))
    expect(told.changed).to.equal(1)
    observe(seen({ bfd: { tor: { ...counting, tooFar: { ttl: 62, minimumTtl: 254 } } } }))
    expect(told.changed).to.equal(2)
  })

  it('logs that a peer is not meant for this node any more, once', () => {
    const { bgp, lines, observe } = world()
    bgp.announce(planned({ peers: [peer] }))
    observe(seen())
    observe(seen({ peers: {} }))
    observe(seen({ peers: {} }))
    expect(lines.filter((line) => line.includes('not meant for this node'))).to.have.length(1)
  })
})

describe('a speaker that ends', () => {
  async function stopped(own: Partial<Node>): Promise<StopWish | undefined> {
    const { bgp, stops } = world()
    bgp.announce(planned({ peers: [peer] }))
    await bgp.stop(planned({ peers: [peer] }, own))
    return stops[0]
  }

  it('leaves the routes with peers that agreed on graceful restart, and gives the others time', async () => {
    expect(await stopped({})).to.deep.equal({
      keepRoutes: true,
      pauseMs: 2_000,
      text: 'the speaker is stopping',
    })
  })

  it('takes the routes along when the node is cordoned or shut down', async () => {
    expect(await stopped({ leaving: 'Cordoned' })).to.include({ keepRoutes: false, pauseMs: 2_000 })
    const shutdown = await stopped({ leaving: 'ShuttingDown' })
    expect(shutdown?.keepRoutes).to.equal(false)
    expect(shutdown?.text).to.include('ShuttingDown')
  })
})
