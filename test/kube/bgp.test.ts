// BGP as a user sees it on a real API server: BGPPeer.status of the controller, out of what speakers tell, and what the
// command herald makes of it. The speakers are played: their Leases and ConfigurationStates, by the codes that write them.
import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { configurationStateKind } from '../../crds/configuration-state.ts'
import type { SessionState } from '../../crds/configuration-state.ts'
import { leaseKind } from '../../crds/lease.ts'
import { applyObject, applyStatus } from '../../operator/kube/apply.ts'
import type { Client } from '../../operator/kube/client.ts'
import { leaseContent, leaseName } from '../../operator/members/speaker-lease.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { dig, digList, digText } from '../support/dig.ts'
import {
  addressesOf,
  conditionOf,
  createTestPool,
  createTestService,
  heraldNamespace,
  startHeraldPlane,
  startTestController,
} from '../support/herald-plane.ts'
import type { TestController } from '../support/herald-plane.ts'
import { connectTo } from '../support/plane-client.ts'
import { pause, until, untilTrue } from '../support/until.ts'

const root = resolve(import.meta.dirname, '../..')
const metallb = '/apis/metallb.io'
const peers = `${metallb}/v1beta2/namespaces/${heraldNamespace}/bgppeers`
const nodes = ['node-a', 'node-b'] as const

const up = {
  state: 'Established',
  reason: 'SessionEstablished',
  message: 'AS 64513, identifier 192.0.2.254',
} as const
const down = {
  state: 'Connecting',
  reason: 'SessionDown',
  message: 'the peer closed the connection',
} as const

type Outcome = { readonly code: number; readonly out: string; readonly err: string }

describe('BGP on a real API server', function () {
  this.timeout(180_000)
  let plane: ControlPlane
  let speakers: Client
  let controller: TestController
  let reader = ''

  before(async () => {
    plane = await startHeraldPlane()
    speakers = connectTo(
      await plane.userKubeconfig({ serviceAccount: { namespace: heraldNamespace, name: 'speaker' } }),
    )
    controller = await startTestController(plane, 11)
    for (const node of nodes) {
      await plane.api.create('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: node } })
      await liveOn(node)
    }
    await createTestPool(plane, 'lan', ['192.0.2.0/24'])
    await createOurs('v1beta1', 'bgpadvertisements', {
      kind: 'BGPAdvertisement',
      name: 'lan',
      spec: { communities: ['64512:7'] },
    })
    await createOurs('v1beta2', 'bgppeers', {
      kind: 'BGPPeer',
      name: 'tor',
      spec: { myASN: 64_512, peerASN: 64_513, peerAddress: '192.0.2.254', bfdProfile: 'fast' },
    })
    await createOurs('v1beta1', 'bfdprofiles', {
      kind: 'BFDProfile',
      name: 'fast',
      spec: { receiveInterval: 10 },
    })
    await createTestService(plane, { name: 'web' })
    await plane.api.create('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      endpoints: [
        { addresses: ['10.0.0.1'], nodeName: 'node-a', conditions: { ready: true, serving: true } },
      ],
      ports: [{ name: 'http', port: 80 }],
    })
    await addressesOf(plane, 'web')
    await plane.kubectl([
      'create',
      'clusterrolebinding',
      'reader',
      '--clusterrole=metallb-system:reader',
      '--user=reader',
    ])
    reader = await plane.userKubeconfig({ user: 'reader' })
  })
  after(async () => {
    await controller.stop()
    await speakers.close()
    await plane.stop()
  })

  type Ours = { readonly kind: string; readonly name: string; readonly spec: unknown }

  const createOurs = (version: string, plural: string, { kind, name, spec }: Ours) =>
    plane.api.create(`${metallb}/${version}/namespaces/${heraldNamespace}/${plural}`, {
      apiVersion: `metallb.io/${version}`,
      kind,
      metadata: { name },
      spec,
    })

  /** For four minutes, as far as anybody sees. */
  async function liveOn(node: string): Promise<void> {
    const now = new Date().toISOString().replace('Z', '000Z')
    const spec = { holderIdentity: node, leaseDurationSeconds: 240, acquireTime: now, renewTime: now }
    const ref = { kind: leaseKind, namespace: heraldNamespace, name: leaseName(node) }
    const { labels, annotations } = leaseContent({ node, intervalMs: 60_000, interfaces: [] })
    await applyObject(speakers, {
      ref,
      fields: { metadata: { labels, annotations }, spec },
      fieldManager: 'test',
    })
  }

  async function tell(node: string, session: Omit<SessionState, 'peer'>): Promise<void> {
    const ref = { kind: configurationStateKind, namespace: heraldNamespace, name: `speaker-${node}` }
    await applyObject(speakers, { ref, fields: { metadata: {} }, fieldManager: 'test' })
    const status = { result: 'Valid', errorSummary: '', sessions: [{ peer: 'tor', ...session }] }
    await applyStatus(speakers, { ref, status, fieldManager: 'test' })
  }

  const peerNow = () => plane.api.get(`${peers}/tor`)
  const established = async (count: number) => {
    await untilTrue(`${count} sessions are counted`, async () => {
      return dig(await peerNow(), 'status', 'established') === count
    })
  }

  function herald(...args: readonly string[]): Promise<Outcome> {
    const env = { PATH: process.env['PATH'] ?? '', KUBECONFIG: reader }
    return new Promise((done) => {
      const words = [join(root, 'build/herald.js'), ...args]
      const child = execFile(process.execPath, words, { env }, (_error, out, err) =>
        done({ code: child.exitCode ?? -1, out, err }),
      )
    })
  }

  it('a BGPPeer counts its sessions and names the node that has none, with its reason', async () => {
    await tell('node-a', up)
    await tell('node-b', down)
    const reasonNow = async () =>
      digText(digList(await peerNow(), 'status', 'notEstablished')[0], 'reason') === 'SessionDown'
    await untilTrue('the reason of node-b', reasonNow)
    const peer = await peerNow()
    expect([dig(peer, 'status', 'nodes'), dig(peer, 'status', 'established')]).to.deep.equal([2, 1])
    expect(dig(peer, 'status', 'notEstablished')).to.deep.equal([
      { node: 'node-b', reason: 'SessionDown', message: 'the peer closed the connection' },
    ])
    expect(conditionOf(peer, 'Established')).to.deep.include({ status: 'False', reason: 'SessionDown' })
  })

  it('kubectl get and describe tell the same', async () => {
    const table = await plane.kubectl(['-n', heraldNamespace, 'get', 'bgppeers', 'tor', '--no-headers'])
    expect(table).to.match(/^tor .*192\.0\.2\.254/)
    const text = await plane.kubectl(['-n', heraldNamespace, 'describe', 'bgppeer', 'tor'])
    expect(text).to.match(/^ +Established: +1$/m)
    expect(text).to.match(
      /^ +Not Established:\n +Message: +the peer closed the connection\n +Node: +node-b$/m,
    )
  })

  it('herald bgp sessions shows them, and its exit code says that not all are there', async () => {
    const { code, out } = await herald('bgp', 'sessions')
    expect(out).to.match(/^tor +node-b +192\.0\.2\.254 +64513 +Connecting +- +SessionDown$/m)
    expect(out).to.match(/^tor +node-a +192\.0\.2\.254 +64513 +Established +- +-$/m)
    expect(code).to.equal(1)
  })

  it('herald bgp routes shows what both nodes plan to tell', async () => {
    const { code, out } = await herald('bgp', 'routes')
    expect(out).to.match(/^192\.0\.2\.0\/32 +node-a,node-b +tor +default\/web +communities=64512:7$/m)
    expect(code).to.equal(0)
    const json = await herald('bgp', 'routes', '-o', 'json', '--node', 'node-a')
    const lines: unknown = JSON.parse(json.out)
    expect(Array.isArray(lines) ? lines.map((line) => digText(line, 'prefix')) : lines).to.deep.equal([
      '192.0.2.0/32',
    ])
  })

  it('herald bgp explain says of each node which check stands in the way', async () => {
    await plane.api.merge(`${peers}/tor`, {
      spec: { nodeSelectors: [{ matchLabels: { 'kubernetes.io/hostname': 'x' } }] },
    })
    const { code, out } = await herald('bgp', 'explain', 'tor')
    expect(out).to.include('NodeNotSelected')
    expect(code).to.not.equal(2)
    await plane.api.merge(`${peers}/tor`, { spec: { nodeSelectors: null } })
    const again = await herald('bgp', 'explain', 'tor')
    expect(again.out).to.include('the peer closed the connection')
    expect(again.code).to.equal(1)
    const unknown = await herald('bgp', 'explain', 'tro')
    expect([unknown.code, unknown.out]).to.deep.equal([2, ''])
    expect(unknown.err).to.match(
      /^error: there is no BGPPeer tro in namespace metallb-system; did you mean tor\?$/m,
    )
  })

  it('a BFDProfile below the measured floor says so in its condition', async () => {
    const path = `${metallb}/v1beta1/namespaces/${heraldNamespace}/bfdprofiles/fast`
    const ready = await until('a condition', async () => conditionOf(await plane.api.get(path), 'Ready'))
    expect(ready).to.deep.include({ status: 'True', reason: 'ShortBFDInterval' })
    expect(digText(ready, 'message')).to.include('every 10 ms')
  })

  it('however often its sessions come and go, a BGPPeer is written once a second at most', async () => {
    await tell('node-b', up)
    await established(2)
    const list = await plane.api.get(peers)
    const version = digText(list, 'metadata', 'resourceVersion') ?? ''
    const seen = new Set<string>()
    const watching = await plane.api.watch(`${peers}?watch=true&resourceVersion=${version}`, ({ object }) => {
      seen.add(digText(object, 'metadata', 'resourceVersion') ?? '')
    })
    const startedAt = performance.now()
    for (let flap = 0; flap < 30; flap++) {
      await tell('node-b', flap % 2 === 0 ? down : up)
      await pause(100)
    }
    await tell('node-b', up)
    await established(2)
    const seconds = (performance.now() - startedAt) / 1000
    watching.stop()
    await watching.ended
    expect(seen.size).to.be.at.least(1)
    expect(seen.size).to.be.at.most(Math.ceil(seconds) + 1)
  })

  it('is written no more while nothing changes', async () => {
    const before = digText(await peerNow(), 'metadata', 'resourceVersion')
    for (let times = 0; times < 10; times++) await tell('node-b', up)
    await liveOn('node-a')
    await plane.api.merge('/api/v1/nodes/node-a', { metadata: { annotations: { 'test/round': 'next' } } })
    await createTestService(plane, { name: 'later' })
    await addressesOf(plane, 'later') // a pass of the controller after all of it
    expect(digText(await peerNow(), 'metadata', 'resourceVersion')).to.equal(before)
    expect(digList(await peerNow(), 'status', 'notEstablished')).to.deep.equal([])
  })
})
