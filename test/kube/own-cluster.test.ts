// HERALD_KUBECONFIG: `npm run lab` on a cluster of the user's own. It and its API server have a network namespace to
// themselves, so that the speaker sees no interface of this machine.
import { expect } from 'chai'
import { join, resolve } from 'node:path'
import { ip, run } from '../../hack/lab/shell.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { startControlPlane } from '../support/control-plane.ts'
import { digList, digText } from '../support/dig.ts'
import { createTestPool, heraldNamespace } from '../support/herald-plane.ts'
import type { Running } from '../support/process.ts'
import { startProcess, tailOf } from '../support/process.ts'
import { until, untilTrue } from '../support/until.ts'

const namespace = `hown${process.pid}`
const patience = { timeoutMs: 60_000 }

describe('npm run lab on a cluster of one’s own', function () {
  this.timeout(180_000)
  let plane: ControlPlane
  let lab: Running | undefined
  const logFile = (): string => join(plane.folder, 'own-cluster.log')

  before(async () => {
    await ip([`netns add ${namespace}`])
    await ip(['link set lo up'], namespace)
    plane = await startControlPlane({ namespace })
  })
  after(async () => {
    lab?.kill('SIGTERM')
    await lab?.exited
    await plane?.stop()
    await ip([`netns delete ${namespace}`])
  })

  async function processes(): Promise<readonly string[]> {
    return (await run('ip', ['netns', 'pids', namespace])).split('\n').filter((pid) => pid !== '')
  }

  function start(kubeconfig: string): Running {
    return startProcess({
      command: process.execPath,
      args: [resolve(import.meta.dirname, '../../hack/lab/main.ts')],
      env: { HERALD_KUBECONFIG: kubeconfig, HERALD_NODE_NAME: 'my-node' },
      logFile: logFile(),
      namespace,
    })
  }

  it('says what is wrong with a kubeconfig that is not there', async () => {
    const { code } = await start('/nowhere/config').exited
    expect(code).to.equal(1)
    expect(tailOf(logFile())).to.match(/^lab: .*\/nowhere\/config/m)
  })

  it('applies what is needed, runs controller and speaker for this node, and ends both when asked', async () => {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'my-node' } }
    await plane.api.create('/api/v1/nodes', node)
    const admin = { user: 'me', groups: ['system:masters'], server: plane.innerServer }
    const before = await processes()
    lab = start(await plane.userKubeconfig(admin))
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/ipaddresspools.metallb.io'
    await untilTrue(
      'the definitions',
      async () => {
        const conditions = digList(await plane.api.get(definitions), 'status', 'conditions')
        return conditions.some((condition) => digText(condition, 'type') === 'Established')
      },
      patience,
    )
    const account = `/api/v1/namespaces/${heraldNamespace}`
    await untilTrue('the namespace', async () => (await plane.api.get(account)) !== undefined, patience)
    await createTestPool(plane, 'lan', ['192.0.2.0/24'])
    const pool = `/apis/metallb.io/v1beta1/namespaces/${heraldNamespace}/ipaddresspools/lan`
    await until(
      'the controller’s word on the pool',
      async () => {
        return digList(await plane.api.get(pool), 'status', 'conditions')[0]
      },
      patience,
    )
    const leases = `/apis/coordination.k8s.io/v1/namespaces/${heraldNamespace}/leases`
    await untilTrue(
      'the speaker’s Lease',
      async () => {
        const holders = digList(await plane.api.get(leases), 'items').map((lease) => JSON.stringify(lease))
        return holders.some((text) => text.includes('my-node'))
      },
      patience,
    )
    lab.kill('SIGINT')
    expect(await lab.exited).to.deep.equal({ code: 0, signal: null })
    expect(await processes()).to.have.members(before)
  })
})
