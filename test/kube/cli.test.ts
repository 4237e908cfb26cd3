// The command herald as a user runs it: the bundle, a process of its own, against a real API server, by rights that only read.
import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { startControlPlane } from '../support/control-plane.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { digList, digText } from '../support/dig.ts'
import {
  addressesOf,
  conditionOf,
  createTestPool,
  createTestService,
  readService,
  startHeraldPlane,
  startTestController,
} from '../support/herald-plane.ts'
import type { TestController } from '../support/herald-plane.ts'
import { until, untilTrue } from '../support/until.ts'

const root = resolve(import.meta.dirname, '../..')

/** The second one makes the role view what it is, out of all roles that say they are part of it. */
const controllers = ['serviceaccount-controller', 'clusterrole-aggregation-controller']

/** What the command says while it waits, on a machine that is slow. */
const waiting = /^waiting since .*\n/gm

type Outcome = { readonly code: number; readonly out: string; readonly err: string }

function herald(kubeconfig: string, ...args: readonly string[]): Promise<Outcome> {
  const words = [join(root, 'build/herald.js'), ...args]
  const env = { PATH: process.env['PATH'] ?? '', KUBECONFIG: kubeconfig }
  return new Promise((done) => {
    const child = execFile(process.execPath, words, { env }, (_error, out, err) =>
      done({ code: child.exitCode ?? -1, out, err: err.replace(waiting, '') }),
    )
  })
}

function bind(plane: ControlPlane, user: string, role: string): Promise<string> {
  return plane.kubectl([
    'create',
    'clusterrolebinding',
    `${user}-${role.replace(':', '-')}`,
    `--clusterrole=${role}`,
    `--user=${user}`,
  ])
}

describe('the command herald', function () {
  this.timeout(180_000)
  let plane: ControlPlane
  let controller: TestController
  let reader = ''

  before(async () => {
    plane = await startHeraldPlane({ controllerManager: true, controllers })
    controller = await startTestController(plane, 7)
    await createTestPool(plane, 'lan', ['192.0.2.0/24'])
    await createTestPool(plane, 'gone', ['198.51.100.0/33'])
    await createTestService(plane, { name: 'web' })
    const annotations = { 'metallb.io/loadBalancerIPs': '198.51.100.7' }
    await createTestService(plane, { name: 'asking', annotations })
    await addressesOf(plane, 'web')
    const announced = async () => conditionOf(await readService(plane, 'web'), 'metallb.io/Announced')
    await until('a verdict on web', announced) // a Service is too young for one in its first seconds
    await bind(plane, 'reader', 'metallb-system:reader')
    reader = await plane.userKubeconfig({ user: 'reader' })
  })
  after(async () => {
    await controller.stop()
    await plane.stop()
  })

  it('shows the cluster to one who may only read', async () => {
    const { code, out, err } = await herald(reader, 'status')
    expect(err).to.equal('')
    expect(code).to.equal(0)
    expect(out).to.match(/^controller +controller-7 +alive /m)
    expect(out).to.match(/^lan +192\.0\.2\.0\/24 +1 +255 +yes +yes +-$/m)
    expect(out).to.match(/^default\/web +192\.0\.2\.0 +lan +- +- +NoEndpointSlices$/m)
    expect(out).to.match(/^default\/asking +- +- +- +- +AddressOutsidePools$/m)
  })

  it('says the same as JSON', async () => {
    const { out } = await herald(reader, 'status', '-o', 'json')
    const report: unknown = JSON.parse(out)
    expect(digText(report, 'server')).to.equal(plane.server)
    expect(digText(report, 'kubernetes')).to.match(/^v1\./)
    expect(digList(report, 'services').map((one) => digText(one, 'state'))).to.have.members([
      'silent',
      'without-address',
    ])
  })

  it('shows the pools alone, with what stands against each and its cure; and as JSON', async () => {
    const { code, out, err } = await herald(reader, 'pools')
    expect([code, err]).to.deep.equal([0, ''])
    expect(out).to.match(/^POOL +ADDRESSES +ASSIGNED +FREE +AUTO +READY +REASON$/m)
    expect(out).to.match(/^lan +192\.0\.2\.0\/24 +1 +255 +yes +yes +-$/m)
    expect(out).to.match(/^gone .* no +InvalidSpec$/m)
    expect(out).to.match(/^cure of InvalidSpec: \S/m)
    expect(out).not.to.include('default/web')
    const report: unknown = JSON.parse((await herald(reader, 'pools', '-o', 'json')).out)
    const pools = digList(report, 'pools')
    expect(pools.map((one) => digText(one, 'name'))).to.have.members(['lan', 'gone'])
    const broken = pools.find((one) => digText(one, 'name') === 'gone')
    expect(digText(digList(broken, 'verdicts')[0], 'reason')).to.equal('InvalidSpec')
  })

  it('explains a Service, and its exit code says whether it is announced', async () => {
    const { code, out } = await herald(reader, 'explain', 'service', 'default/asking')
    expect(code).to.equal(1)
    expect(out).to.match(
      /^Service default\/asking\n {2}has no address: AddressOutsidePools, 198\.51\.100\.7 is in no pool$/m,
    )
    const json = await herald(reader, 'explain', 'svc', 'web', '--output=json')
    expect(digText(JSON.parse(json.out), 'service')).to.equal('default/web')
  })

  it('names Services that may have been meant', async () => {
    const { code, out, err } = await herald(reader, 'explain', 'service', 'default/wbe')
    expect([code, out, err]).to.deep.equal([
      2,
      '',
      'error: there is no Service default/wbe; did you mean default/web?\n',
    ])
  })

  it('says where the pools are when the namespace is wrong', async () => {
    const { code, err } = await herald(reader, 'status', '--namespace', 'default')
    expect([code, err]).to.deep.equal([
      2,
      'error: nothing of Herald is in namespace default (--namespace); there are IPAddressPools in metallb-system\n',
    ])
  })

  it('names every right that a viewer lacks', async () => {
    await bind(plane, 'viewer', 'view')
    await untilTrue('view has what manifests add to it', async () =>
      plane.kubectl(['auth', 'can-i', 'list', 'ipaddresspools.metallb.io', '--as=viewer', '-A']).then(
        (answer) => answer.startsWith('yes'),
        () => false, // kubectl says no by its exit code
      ),
    )
    const { code, err } = await herald(await plane.userKubeconfig({ user: 'viewer' }), 'status')
    expect(code).to.equal(2)
    expect(err).to.match(
      /^error: viewer may not list (.*, )?nodes, servicecidrs\.networking\.k8s\.io: the ClusterRole metallb-system:reader has all/,
    )
    expect(err).not.to.include('metallb.io')
  })

  it('says that the API server does not answer, at once', async () => {
    const file = await plane.userKubeconfig({ user: 'reader', server: 'https://127.0.0.1:1' })
    const { code, err } = await herald(file, 'status')
    expect(code).to.equal(2)
    expect(err).to.match(
      /^error: https:\/\/127\.0\.0\.1:1 does not answer: .*ECONNREFUSED.* \(tried by KUBECONFIG=/,
    )
  })

  it('says that there is no such context or file', async () => {
    const context = await herald(reader, 'status', '--context', 'none')
    expect([context.code, context.out]).to.deep.equal([2, ''])
    expect(context.err).to.include("context 'none'")
    const file = await herald(reader, 'status', '--kubeconfig', '/nowhere')
    expect([file.code, file.out]).to.deep.equal([2, ''])
    expect(file.err).to.match(/^error: --kubeconfig \/nowhere cannot be used: /)
  })

  it('refuses what it does not know', async () => {
    expect((await herald(reader, 'explain', 'pool', 'lan')).code).to.equal(2)
    expect((await herald(reader, 'frobnicate')).code).to.equal(2)
    expect((await herald(reader, 'status', '-o', 'yaml')).code).to.equal(2)
    expect((await herald(reader, '--help')).code).to.equal(0)
  })
})

describe('the command herald without Herald', function () {
  this.timeout(180_000)

  it('says that it is not installed', async () => {
    const plane = await startControlPlane()
    try {
      const { code, err } = await herald(plane.kubeconfig, 'status')
      expect(code).to.equal(2)
      expect(err).to.match(
        /knows no BFDProfile, BGPAdvertisement, BGPPeer, Community, ConfigurationState, IPAddressPool, L2Advertisement, ServiceL2Status: Herald is not installed there/,
      )
    } finally {
      await plane.stop()
    }
  })
})
