// herald plan as a user runs it: the bundle, a process of its own, against a real API server, by rights that only read;
// what it foretells is what the controller then does.
import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ControlPlane } from '../support/control-plane.ts'
import { digList, digText } from '../support/dig.ts'
import {
  addressesOf,
  createTestPool,
  createTestService,
  ingressOf,
  readService,
  startHeraldPlane,
  startTestController,
} from '../support/herald-plane.ts'
import type { TestController } from '../support/herald-plane.ts'
import { untilTrue } from '../support/until.ts'

const root = resolve(import.meta.dirname, '../..')

type Outcome = { readonly code: number; readonly out: string; readonly err: string }

const shrunk = `
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: lan, namespace: metallb-system}
spec: {addresses: [198.51.100.0/24]}
---
apiVersion: v1
kind: Service
metadata: {name: new, namespace: default}
spec: {type: LoadBalancer, selector: {app: new}, ports: [{port: 80}]}
`

describe('herald plan on a real API server', function () {
  this.timeout(180_000)
  let plane: ControlPlane
  let controller: TestController
  let reader = ''

  function herald(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Outcome> {
    const words = [join(root, 'build/herald.js'), 'plan', ...args]
    return new Promise((done) => {
      const child = execFile(
        process.execPath,
        words,
        { env: { PATH: process.env['PATH'] ?? '', ...env } },
        (_error, out, err) => done({ code: child.exitCode ?? -1, out, err }),
      )
    })
  }

  function file(name: string, text: string): string {
    const path = join(plane.folder, name)
    writeFileSync(path, text)
    return path
  }

  before(async () => {
    plane = await startHeraldPlane()
    controller = await startTestController(plane, 17)
    await createTestPool(plane, 'lan', ['192.0.2.0/24'])
    await createTestService(plane, { name: 'web' })
    await addressesOf(plane, 'web')
    await plane.kubectl([
      'create',
      'clusterrolebinding',
      'r',
      '--clusterrole=metallb-system:reader',
      '--user=r',
    ])
    reader = await plane.userKubeconfig({ user: 'r' })
  })
  after(async () => {
    await controller.stop()
    await plane.stop()
  })

  it('says that nothing moves when what stands is applied again, as kubectl gives it', async () => {
    const standing = await plane.kubectl(['get', '-A', '-o', 'yaml', 'ipaddresspools,services'])
    const { code, out } = await herald({ KUBECONFIG: reader }, '-f', file('standing.yaml', standing))
    expect([code, out]).to.deep.equal([0, 'Nothing moves: 1 Service stays as it is\n'])
  })

  it('says the same of a dump, without asking anybody', async () => {
    const cluster = await plane.kubectl([
      'get',
      '-A',
      '-o',
      'yaml',
      'services,endpointslices,nodes,namespaces',
    ])
    const own = await plane.kubectl(['get', '-n', 'metallb-system', '-o', 'yaml', 'metallb,leases'])
    const dumps = ['--cluster', file('cluster.yaml', cluster), '--cluster', file('herald.yaml', own)]
    const change = ['-f', file('shrunk.yaml', shrunk), '-o', 'json']
    const offline = await herald({}, ...dumps, ...change)
    const online = await herald({ KUBECONFIG: reader }, ...change)
    expect(JSON.parse(offline.out)).to.deep.equal(JSON.parse(online.out))
    expect([offline.code, online.code]).to.deep.equal([2, 2])
  })

  it('tells by code 1, and not 2, that it was asked wrongly or that an object is wrong', async () => {
    const env = { KUBECONFIG: reader }
    expect((await herald(env)).code).to.equal(1)
    expect((await herald(env, '--frobnicate')).code).to.equal(1)
    expect((await herald(env, '-f', '/nowhere.yaml')).err).to.match(
      /^error: \/nowhere\.yaml cannot be read: /,
    )
    expect((await herald({ KUBECONFIG: '/nowhere' }, '--delete', 'ipaddresspool/lan')).code).to.equal(1)
    const bad = await herald(
      env,
      '-f',
      file('bad.yaml', shrunk.replace('198.51.100.0/24', '198.51.100.0/33')),
    )
    expect(bad.code).to.equal(1)
    expect(bad.out).to.match(
      /^ {2}IPAddressPool lan \(.*bad\.yaml, document 1\): spec\.addresses\[0\] is "198\.51\.100\.0\/33": the prefix length/m,
    )
  })

  it('foretells what then happens', async () => {
    const change = file('shrunk.yaml', shrunk)
    const { code, out } = await herald({ KUBECONFIG: reader }, '-f', change, '-o', 'json')
    expect(code).to.equal(2)
    const foretold = new Map(
      digList(JSON.parse(out), 'services').map((one) => [
        digText(one, 'service'),
        digList(one, 'after', 'addresses'),
      ]),
    )
    expect([...foretold.keys()]).to.deep.equal(['default/new', 'default/web'])
    await plane.kubectl(['apply', '--server-side', '--force-conflicts', '-f', change])
    for (const name of ['web', 'new'])
      await untilTrue(`${name} has what was foretold`, async () => {
        const addresses = ingressOf(await readService(plane, name))
        return JSON.stringify(addresses) === JSON.stringify(foretold.get(`default/${name}`))
      })
    const again = await herald({ KUBECONFIG: reader }, '-f', change)
    expect([again.code, again.out]).to.deep.equal([0, 'Nothing moves: 2 Services stay as they are\n'])
  })
})
