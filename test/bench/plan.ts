// How long a plan takes: node test/bench/plan.ts
// Cold figures start a new process each.
import { spawnSync } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import type { Service } from '../../crds/core.ts'
import type { ServiceL2Status } from '../../crds/service-l2-status.ts'
import { announcementsIn } from '../../reconcilers/announced.ts'
import type { ControllerReport } from '../../reconcilers/events.ts'
import { controllerEvents } from '../../reconcilers/events.ts'
import { warmElections } from '../../reconcilers/l2.ts'
import { planController, planSpeaker } from '../../reconcilers/plan.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import { planBgp } from '../../reconcilers/routes.ts'
import { controllerStatuses } from '../../reconcilers/status.ts'
import { bgpAdvertisement, bgpPeer } from '../support/bgp-snapshots.ts'
import {
  advertisement,
  assigned,
  at,
  cluster,
  dualStack,
  pool,
  service,
  speaker,
} from '../support/snapshots.ts'
import { tell } from './figure.ts'
import { tellFilling } from './filling.ts'

const serviceCount = 10_000
const nodeCount = 500
const runs = 7
const me = 'node-7'

function nodeNames(): readonly string[] {
  return Array.from({ length: nodeCount }, (_, index) => `node-${index}`)
}

function standing(count: number): readonly Service[] {
  return Array.from({ length: count }, (_, index) =>
    assigned(
      service(`svc-${index}`, { ...dualStack, ipFamilyPolicy: 'RequireDualStack', createdAt: at(index) }),
      [`10.0.${index >> 8}.${index & 255}`, `2001:db8::${index.toString(16)}`],
      'big',
    ),
  )
}

function bigCluster(): Snapshot {
  return cluster(nodeNames(), {
    pools: [pool('big', ['10.0.0.0/16', '2001:db8::/64'])],
    l2Advertisements: [advertisement('all')],
    services: standing(serviceCount),
  })
}

/** And two routers that are told of all of it, with this BGPAdvertisement. */
function withRouters(snapshot: Snapshot, spec: Readonly<Record<string, unknown>> = {}): Snapshot {
  return {
    ...snapshot,
    bgpPeers: ['203.0.113.1', '203.0.113.2'].map((peerAddress, index) =>
      bgpPeer(`tor-${index}`, { peerAddress, dualStackAddressFamily: true }),
    ),
    bgpAdvertisements: [bgpAdvertisement('all', spec)],
  }
}

/** New arrays and maps of the same objects, as collect makes them. */
function again(snapshot: Snapshot, services: readonly Service[] = snapshot.services): Snapshot {
  return {
    ...snapshot,
    services: [...services],
    nodes: [...snapshot.nodes],
    speakers: [...snapshot.speakers],
    pools: [...snapshot.pools],
  }
}

type Bench = { readonly prepare: () => () => void; readonly mostMs?: number }

const whole = 50
const oneChange = 5

const cold: Readonly<Record<string, Bench>> = {
  'speaker: cold, 10,000 Services × 500 nodes': {
    prepare: () => {
      const snapshot = bigCluster()
      return () => void planSpeaker(snapshot, me)
    },
  },
  'speaker: cold, the first slice of 64 Services': {
    prepare: () => {
      const steps = warmElections(bigCluster(), me)
      return () => void steps.next()
    },
  },
  'speaker: cold, the plan after all slices': {
    mostMs: whole,
    prepare: () => {
      const snapshot = bigCluster()
      for (const _ of warmElections(snapshot, me)) continue
      return () => void planSpeaker(again(snapshot), me)
    },
  },
  'BGP of a speaker: cold, 20,000 routes': {
    prepare: () => {
      const snapshot = withRouters(bigCluster())
      return () => void planBgp(snapshot, me)
    },
  },
  'BGP of a speaker: cold, 8 of 500 nodes announce each of 20,000 addresses': {
    prepare: () => {
      const snapshot = withRouters(bigCluster(), { maxNodes: 8 })
      return () => void planBgp(snapshot, me)
    },
  },
  'controller: cold, 10,000 Services that stand': {
    prepare: () => {
      const snapshot = bigCluster()
      return () => void planController(snapshot)
    },
  },
  'controller: 5,000 new dual-stack Services': {
    prepare: () => {
      const services = standing(5_000).map((one) => ({
        ...one,
        ingress: [],
        annotations: {},
        conditions: [],
      }))
      const snapshot = { ...bigCluster(), services }
      return () => void planController(snapshot)
    },
  },
  'controller: 65,536 Services fill a /16': {
    prepare: () => {
      const snapshot = { ...bigCluster(), services: waiting(65_536) }
      return () => void planController(snapshot)
    },
  },
  'controller: 65,536 Services fill a /16 and 1,000 more wait': {
    prepare: () => {
      const snapshot = { ...bigCluster(), services: waiting(66_536) }
      return () => void planController(snapshot)
    },
  },
}

function waiting(count: number): readonly Service[] {
  return Array.from({ length: count }, (_, index) => service(`svc-${index}`, { createdAt: at(index) }))
}

/** Each works on a process that has planned before. */
const warm: Readonly<Record<string, Bench>> = {
  'speaker: nothing changed': {
    mostMs: whole,
    prepare: () => {
      const snapshot = warmedUp()
      return () => void planSpeaker(again(snapshot), me)
    },
  },
  'speaker: one Service changed': {
    mostMs: oneChange,
    prepare: () => {
      const snapshot = warmedUp()
      let turn = 0
      return () => {
        turn++
        void planSpeaker(again(snapshot, changed(snapshot.services, turn)), me)
      }
    },
  },
  'speaker: a node died': {
    mostMs: whole,
    prepare: () => {
      const snapshot = warmedUp()
      let turn = 100
      return () => {
        turn++
        const speakers = snapshot.speakers.filter(({ node }) => node !== `node-${turn}`)
        void planSpeaker({ ...again(snapshot), speakers }, me)
      }
    },
  },
  'speaker: a node came': {
    mostMs: whole,
    prepare: () => {
      const full = bigCluster()
      const less = { ...full, speakers: full.speakers.slice(0, -20) }
      void planSpeaker(less, me)
      let turn = 0
      return () => {
        turn++
        void planSpeaker({ ...again(full), speakers: full.speakers.slice(0, nodeCount - 20 + turn) }, me)
      }
    },
  },
  'speaker: everything new but the Services (interfaces of all nodes)': {
    mostMs: whole,
    prepare: () => {
      const snapshot = warmedUp()
      return () => {
        const speakers = snapshot.speakers.map(({ node }) => speaker(node))
        void planSpeaker({ ...again(snapshot), speakers }, me)
      }
    },
  },
  'BGP of a speaker: nothing changed': {
    mostMs: whole,
    prepare: () => {
      const snapshot = withRouters(warmedUp())
      void planBgp(snapshot, me)
      return () => void planBgp(again(snapshot), me)
    },
  },
  'BGP of a speaker: one Service changed': {
    mostMs: oneChange,
    prepare: () => {
      const snapshot = withRouters(warmedUp())
      void planBgp(snapshot, me)
      let turn = 0
      return () => {
        turn++
        void planBgp(again(snapshot, changed(snapshot.services, turn)), me)
      }
    },
  },
  'BGP of a speaker: one of 500 nodes died, 8 announce each address': {
    prepare: () => {
      const snapshot = withRouters(warmedUp(), { maxNodes: 8 })
      void planBgp(snapshot, me)
      let turn = 100
      return () => {
        turn++
        const speakers = snapshot.speakers.filter(({ node }) => node !== `node-${turn}`)
        void planBgp({ ...again(snapshot), speakers }, me)
      }
    },
  },
  'controller: nothing changed': {
    mostMs: whole,
    prepare: () => {
      const snapshot = warmedUp()
      return () => void planController(again(snapshot))
    },
  },
  'controller: nothing changed, with statuses and events': {
    mostMs: whole,
    prepare: () => {
      const snapshot = warmedUp()
      const reports = snapshot.services.map(reportFor)
      let previous = reportOf(snapshot, reports)
      return () => {
        const next = again(snapshot)
        const current = reportOf(next, reports)
        void controllerStatuses(next, current.plan, current.announcements)
        void controllerEvents({ previous, current, snapshot: next, standing: new Map() })
        previous = current
      }
    },
  },
  'controller: one more Service at 10,000': {
    mostMs: oneChange,
    prepare: () => {
      const snapshot = warmedUp()
      let turn = 0
      return () => {
        turn++
        const more = service(`more-${turn}`, { ...dualStack, createdAt: at(20_000) })
        void planController(again(snapshot, [...snapshot.services, more]))
      }
    },
  },
  'controller: a full /16 with 1,000 waiting, nothing changed': {
    prepare: () => {
      const services = waiting(66_536).map((one, index) =>
        index < 65_536 ? assigned(one, [`10.0.${index >> 8}.${index & 255}`], 'big') : one,
      )
      const snapshot = { ...bigCluster(), services }
      void planController(snapshot)
      return () => void planController(again(snapshot))
    },
  },
}

function reportFor({ namespace, name }: Service, index: number): ServiceL2Status {
  const node = `node-${index % nodeCount}`
  return {
    name: `l2-${index}`,
    namespace,
    node,
    serviceName: name,
    serviceNamespace: namespace,
    interfaces: [],
  }
}

function reportOf(snapshot: Snapshot, reports: readonly ServiceL2Status[]): ControllerReport {
  const plan = planController(snapshot)
  return { plan, announcements: announcementsIn(snapshot, plan, reports) }
}

function warmedUp(): Snapshot {
  const snapshot = bigCluster()
  for (let turn = 0; turn < 5; turn++) {
    void planSpeaker(again(snapshot), me)
    void planController(again(snapshot))
  }
  return snapshot
}

function changed(services: readonly Service[], turn: number): readonly Service[] {
  return services.map((one, index) => (index === turn * 37 ? { ...one, labels: { turn: `${turn}` } } : one))
}

function time(run: () => void): number {
  const start = performance.now()
  run()
  return performance.now() - start
}

function report(figure: string, { mostMs }: Bench, times: readonly number[]): void {
  const goals = mostMs === undefined ? {} : { goals: [{ of: 'p50', most: mostMs }] as const }
  tell({ figure, unit: 'ms', ...goals }, times)
}

function timeInNewProcess(name: string): number {
  const child = spawnSync(process.execPath, [import.meta.filename, name], { encoding: 'utf8' })
  if (child.status !== 0) throw new Error(child.stderr)
  return Number(child.stdout)
}

/** What a process that has planned all of this holds, the bounded memory of elections included. */
function reportMemory(): void {
  const figure = 'resident memory of the process that planned the warm ones'
  tell({ figure, unit: 'MB' }, Math.round(process.memoryUsage.rss() / 1e6))
}

function measureAll(): void {
  for (const [name, bench] of Object.entries(cold)) {
    const times = Array.from({ length: 5 }, () => timeInNewProcess(name))
    report(name, bench, times)
  }
  for (const [name, bench] of Object.entries(warm)) {
    const run = bench.prepare()
    const times = Array.from({ length: runs }, () => time(run))
    report(name, bench, times)
  }
  reportMemory()
  tellFilling()
}

const [only] = process.argv.slice(2)
const single = only === undefined ? undefined : cold[only]
if (single === undefined) measureAll()
else console.log(time(single.prepare()))
