// What one change costs a whole speaker: watches, snapshot, plan, claims, statuses and events, until it is at rest again.
// A real speaker of one node on an API server in memory, with 10,000 dual-stack Services: node test/bench/speaker-pass.ts
import { setTimeout as delay } from 'node:timers/promises'
import { endpointSliceKind } from '../../crds/endpoint-slice.ts'
import { ipAddressPoolKind } from '../../crds/ip-address-pool.ts'
import { l2AdvertisementKind } from '../../crds/l2-advertisement.ts'
import { leaseKind } from '../../crds/lease.ts'
import { namespaceKind } from '../../crds/namespace.ts'
import { nodeKind } from '../../crds/node.ts'
import { serviceKind } from '../../crds/service.ts'
import { processClock } from '../../operator/kube/clock.ts'
import { createLog } from '../../operator/log.ts'
import { leaseContent, leaseName } from '../../operator/members/speaker-lease.ts'
import { speakerSettings } from '../../operator/speaker-settings.ts'
import { startNodeSpeaker } from '../../operator/speaker/node-speaker.ts'
import { arpFrame, gratuitousRequest } from '../../protocols/arp/frame.ts'
import { broadcastMac, zeroMac } from '../../protocols/net/ethernet.ts'
import { createFakeClient } from '../scripts/fake-client.ts'
import { startFakeEngine } from '../scripts/fake-engine.ts'
import { createStore } from '../scripts/fake-store.ts'
import type { Store } from '../scripts/fake-store.ts'
import { say, tell } from './figure.ts'

const serviceCount = 10_000
const runs = 9
const me = 'node-0'
const namespace = 'metallb-system'
const stranger = '02:00:00:00:99:01'

/** Nothing more follows from a change after so long. */
const quietMs = 300

function bigCluster(nodeCount: number): Store {
  const store = createStore(processClock.wall)
  for (const name of ['default', namespace]) store.put(namespaceKind, name, {})
  const addresses = ['10.0.0.0/16', '2001:db8::/64']
  store.put(ipAddressPoolKind, `${namespace}/big`, { spec: { addresses } })
  store.put(l2AdvertisementKind, `${namespace}/all`, { spec: {} })
  for (let index = 0; index < nodeCount; index++) putNode(store, index)
  for (let index = 0; index < serviceCount; index++) putService(store, index)
  return store
}

function putNode(store: Store, index: number): void {
  const node = `node-${index}`
  store.put(nodeKind, node, {})
  if (node === me) return
  const now = new Date(processClock.wall()).toISOString().replace('Z', '000Z')
  const metadata = leaseContent({
    node,
    intervalMs: 25_000,
    interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:09' }],
  })
  const spec = { holderIdentity: node, leaseDurationSeconds: 100, acquireTime: now, renewTime: now }
  store.put(leaseKind, `${namespace}/${leaseName(node)}`, { metadata, spec })
}

function addressesOf(index: number): readonly [string, string] {
  return [`10.0.${index >> 8}.${index & 255}`, `2001:db8::${(index + 1).toString(16)}`]
}

function putService(store: Store, index: number, labels: Readonly<Record<string, string>> = {}): void {
  const key = `default/svc-${index}`
  store.put(serviceKind, key, {
    metadata: { labels, annotations: { 'metallb.io/ip-allocated-from-pool': 'big' } },
    spec: {
      type: 'LoadBalancer',
      clusterIPs: ['10.96.0.10', 'fd00:96::10'],
      ipFamilies: ['IPv4', 'IPv6'],
      ipFamilyPolicy: 'RequireDualStack',
      ports: [{ port: 80, protocol: 'TCP' }],
    },
    status: { loadBalancer: { ingress: addressesOf(index).map((ip) => ({ ip })) } },
  })
  if (store.get(endpointSliceKind, key) !== undefined) return
  store.put(endpointSliceKind, key, {
    metadata: { labels: { 'kubernetes.io/service-name': `svc-${index}` } },
    endpoints: [{ addresses: ['10.244.0.1'], nodeName: 'node-1', conditions: { ready: true } }],
  })
}

type Passes = { count: number; tookMs: number; lastAt: number }

async function rest(passes: Passes, forMs = quietMs): Promise<void> {
  while (processClock.now() - passes.lastAt < forMs) await delay(20)
}

function startOne(store: Store) {
  const passes: Passes = { count: 0, tookMs: 0, lastAt: processClock.now() }
  const measured = ({ tookMs }: { readonly tookMs: number }) => {
    passes.count += 1
    passes.tookMs += tookMs
    passes.lastAt = processClock.now()
  }
  const fake = startFakeEngine({ mac: '02:00:00:00:00:07', clock: processClock, send: () => {} })
  const speaker = startNodeSpeaker({
    settings: speakerSettings({ argv: [`--node-name=${me}`], env: {}, readFile: () => undefined }),
    client: createFakeClient(store).client,
    clock: processClock,
    log: createLog(me, 'error', process.stderr),
    engine: fake.engine,
    startBgpEngine: () => {
      throw new Error('no peers here')
    },
    identity: me,
    owner: () => undefined,
    measured,
  })
  return { ...fake, speaker, passes }
}

async function measure(nodeCount: number): Promise<void> {
  const store = bigCluster(nodeCount)
  const { engine, receive, tick, speaker, passes } = startOne(store)
  while (speaker.plan() === undefined) await delay(20)
  await rest(passes, 3_000) // the first statuses are written
  const mine = speaker.plan()?.claims.flatMap(({ address }) => (address.includes(':') ? [] : [address])) ?? []
  say(`${nodeCount} nodes: ${mine.length} Services here, ${engine.observe().claims.length} claims`)
  const changes: Readonly<Record<string, (turn: number) => void>> = {
    'ARP requests were answered, nothing else': (turn) => {
      receive(request(mine[turn] ?? ''))
      tick()
    },
    'another machine announces an address': (turn) => {
      receive(gratuitousRequest(stranger, mine[turn] ?? ''))
      tick()
    },
    'a label of one Service': (turn) => putService(store, turn * 37, { turn: String(turn) }),
  }
  for (const [what, change] of Object.entries(changes)) {
    const costs: number[] = []
    for (let turn = 1; turn <= runs; turn++) {
      passes.tookMs = 0
      change(turn)
      passes.lastAt = processClock.now()
      await rest(passes)
      costs.push(passes.tookMs)
    }
    tell({ figure: `all passes of a speaker, ${nodeCount} nodes: ${what}`, unit: 'ms' }, costs)
  }
  await speaker.stop()
}

function request(targetAddress: string): Uint8Array {
  const asked = { senderMac: stranger, senderAddress: '10.0.255.254', targetMac: zeroMac, targetAddress }
  return arpFrame({ operation: 'request', ...asked }, broadcastMac)
}

for (const nodeCount of [500, 3]) await measure(nodeCount)
