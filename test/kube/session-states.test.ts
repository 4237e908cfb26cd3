// BGP sessions as objects of FRR-K8s' kind, by the rights of the shipped role, where a cluster has that kind and where not.
import { expect } from 'chai'
import { bgpSessionStateKind } from '../../crds/bgp-session-state.ts'
import type { Client } from '../../operator/kube/client.ts'
import { processClock } from '../../operator/kube/clock.ts'
import { createLog } from '../../operator/log.ts'
import { createWriter } from '../../operator/publish/writer.ts'
import { startSessionStates } from '../../operator/speaker/bgp-session-states.ts'
import type { SessionStates } from '../../operator/speaker/bgp-session-states.ts'
import type { BgpSeen } from '../../reconcilers/peers-report.ts'
import { planSpeaker } from '../../reconcilers/plan.ts'
import { bgpPeer } from '../support/bgp-snapshots.ts'
import { installSessionStates, removeSessionStates, sessionStatesOf } from '../support/bgp-session-states.ts'
import { bgpSeen, establishedSeen, sessionSeen } from '../support/bgp-seen.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { dig, digList, digText } from '../support/dig.ts'
import { heraldNamespace, startHeraldPlane } from '../support/herald-plane.ts'
import { connectTo } from '../support/plane-client.ts'
import { cluster } from '../support/snapshots.ts'
import { until, untilTrue } from '../support/until.ts'

const states = sessionStatesOf(heraldNamespace)
const patience = { timeoutMs: 90_000 }

const world = cluster(['node-a'], {
  bgpPeers: [bgpPeer('tor'), bgpPeer('spine', { peerAddress: '2001:db8::1' })],
})
const plan = planSpeaker(world, 'node-a')
const without = planSpeaker(cluster(['node-a']), 'node-a')
const allUp = bgpSeen({ tor: establishedSeen(), spine: establishedSeen() })
const oneUp = bgpSeen({ tor: establishedSeen(), spine: sessionSeen() })

describe('BGP sessions as BGPSessionStates', function () {
  this.timeout(180_000)
  let plane: ControlPlane
  let client: Client
  let lines: string[]
  let sessions: SessionStates
  let told: { plan: typeof plan; seen: BgpSeen | undefined }

  before(async () => {
    plane = await startHeraldPlane()
    client = connectTo(
      await plane.userKubeconfig({ serviceAccount: { namespace: heraldNamespace, name: 'speaker' } }),
    )
  })
  after(async () => {
    await client.close()
    await plane.stop()
  })
  beforeEach(() => {
    lines = []
    told = { plan, seen: allUp }
    sessions = start()
    say(plan, allUp)
  })
  afterEach(() => sessions.stop())

  function start(): SessionStates {
    const log = createLog('test', 'info', { write: (line) => void lines.push(line) })
    return startSessionStates({
      namespace: heraldNamespace,
      nodeName: 'node-a',
      client,
      clock: processClock,
      log,
      writer: createWriter({ client, fieldManager: 'herald-speaker', owner: () => undefined }),
      changed: () => sessions.report(world, told.plan, told.seen),
    })
  }

  /** As a speaker does it: with every pass. */
  function say(next: typeof plan, seen: BgpSeen | undefined): void {
    told = { plan: next, seen }
    sessions.report(world, next, seen)
  }

  const install = (): Promise<void> => installSessionStates(plane)
  const uninstall = (): Promise<void> => removeSessionStates(plane)
  const standing = async (): Promise<readonly unknown[]> => digList(await plane.api.get(states), 'items')
  const statusOf = async (peer: string): Promise<unknown> =>
    dig(
      (await standing()).find((one) => digText(one, 'status', 'peer') === peer),
      'status',
    )
  const bgpOf = async (peer: string): Promise<string | undefined> =>
    digText(await statusOf(peer), 'bgpStatus')
  const logged = (text: string): boolean => lines.some((line) => line.includes(text))

  it('nobody complains where the cluster has no such kind', async () => {
    await client.list(bgpSessionStateKind).then(
      () => expect.fail('the kind is there'),
      () => undefined,
    )
    say(plan, oneUp)
    expect(lines).to.deep.equal([])
  })

  it('are there once the kind is installed, follow the sessions, and go with their peers', async () => {
    await install()
    await untilTrue('both sessions', async () => (await standing()).length === 2, patience)
    await untilTrue('both up', async () => (await bgpOf('192.0.2.1')) === 'Established', patience)
    const spine = '2001-0db8-0000-0000-0000-0000-0000-0001'
    expect(await until('the other', () => statusOf(spine), patience)).to.deep.equal({
      node: 'node-a',
      peer: spine,
      bgpStatus: 'Established',
      bfdStatus: 'N/A',
    })
    const before = await versions()
    for (let pass = 0; pass < 20; pass++) say(plan, allUp)
    say(plan, oneUp)
    await untilTrue('one down', async () => (await bgpOf(spine)) === 'Active', patience)
    const after = await versions()
    expect(after.get('192.0.2.1')).to.equal(before.get('192.0.2.1')) // no change, no write
    say(without, undefined)
    await untilTrue('none', async () => (await standing()).length === 0, patience)
    await uninstall()
  })

  it('of FRR-K8s are left alone, and nothing is written beside them', async () => {
    await install()
    await untilTrue('our own', async () => (await standing()).length === 2, patience)
    const labels = { 'frrk8s.metallb.io/node': 'node-a', 'frrk8s.metallb.io/peer': '192.0.2.9' }
    await plane.api.create(states, {
      apiVersion: 'frrk8s.metallb.io/v1beta1',
      kind: 'BGPSessionState',
      metadata: { name: 'node-a-x7x7x', labels },
    })
    const names = async () => (await standing()).map((one) => digText(one, 'metadata', 'name'))
    await untilTrue('theirs alone', async () => (await names()).join() === 'node-a-x7x7x', patience)
    expect(logged('FRR-K8s tells the BGP sessions of this node')).to.equal(true)
    await uninstall()
  })

  it('are not written, and one line says so, where the right to read them is missing', async () => {
    await sessions.stop()
    const nobody = connectTo(await plane.userKubeconfig({ user: 'nobody' }))
    const ours = client
    client = nobody
    try {
      await install()
      sessions = start()
      say(plan, allUp)
      await untilTrue('the refusal', () => logged('BGPSessionStates may not be read'), patience)
      expect(lines).to.have.lengthOf(1)
      expect(await standing()).to.deep.equal([])
    } finally {
      await sessions.stop()
      client = ours
      await nobody.close()
      await uninstall()
    }
  })

  const versions = async (): Promise<ReadonlyMap<string | undefined, string | undefined>> =>
    new Map(
      (await standing()).map((one) => [
        digText(one, 'status', 'peer'),
        digText(one, 'metadata', 'resourceVersion'),
      ]),
    )
})
