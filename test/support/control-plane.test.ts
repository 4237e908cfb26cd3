// The control plane of the tests is a real one: it starts, it authorizes, it restarts with its data.
import { existsSync } from 'node:fs'
import { expect } from 'chai'
import type { ControlPlane } from './control-plane.ts'
import { startControlPlane } from './control-plane.ts'
import { dig, digText } from './dig.ts'

describe('a control plane for tests', function () {
  this.timeout(180_000)
  let plane: ControlPlane

  before(async () => {
    plane = await startControlPlane({ controllerManager: true })
  })
  after(() => plane.stop())

  it('answers kubectl with the version that go.mod pins', async () => {
    const version: unknown = JSON.parse(await plane.kubectl(['version', '-o', 'json']))
    expect(digText(version, 'serverVersion', 'gitVersion')).to.match(/^v1\.37\./)
  })

  it('knows a service account by its token and gives it no more than its roles', async () => {
    const identity = { serviceAccount: { namespace: 'default', name: 'default' } }
    const kubeconfig = await plane.userKubeconfig(identity)
    const whoami = await plane.kubectl(['--kubeconfig', kubeconfig, 'auth', 'whoami'])
    expect(whoami).to.include('system:serviceaccount:default:default')
    const error = await refusal(plane.kubectl(['--kubeconfig', kubeconfig, 'get', 'services']))
    expect(error).to.include('forbidden')
  })

  it('knows a user and its groups by a certificate', async () => {
    const kubeconfig = await plane.userKubeconfig({ user: 'jane', groups: ['readers', 'writers'] })
    const whoami = await plane.kubectl(['--kubeconfig', kubeconfig, 'auth', 'whoami'])
    expect(whoami).to.include('jane').and.to.include('readers writers')
  })

  it('keeps its data when its API server is killed and started again', async () => {
    await plane.kubectl(['create', 'configmap', 'memory', '--from-literal=a=b'])
    await plane.killApiServer()
    await plane.startApiServer()
    const kept = await plane.api.get('/api/v1/namespaces/default/configmaps/memory')
    expect(dig(kept, 'data')).to.deep.equal({ a: 'b' })
  })

  it('runs beside another one that plays an older release, and leaves nothing of it', async () => {
    const older = await startControlPlane({ emulatedVersion: '1.34' })
    const version = await older.api.get('/version')
    await older.stop()
    expect(digText(version, 'emulationMinor')).to.equal('34')
    expect(existsSync(older.folder)).to.equal(false)
  })

  it('says in its own words why a component ended', async () => {
    const error = await refusal(startControlPlane({ extraApiServerFlags: ['--no-such-flag'] }))
    expect(error).to.include('kube-apiserver ended').and.to.include('no-such-flag')
  })
})

async function refusal(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no refusal',
    (error: unknown) => String(error),
  )
}
