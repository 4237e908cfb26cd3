// Nothing drifts under a tool that compares what is written down with what stands (Argo CD, Flux): what the API server
// keeps of our manifests and of a user's objects is what was applied, also after the controller has worked on them.
import { expect } from 'chai'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ControlPlane } from '../support/control-plane.ts'
import { dig } from '../support/dig.ts'
import {
  addressesOf,
  conditionOf,
  heraldNamespace,
  readService,
  startHeraldPlane,
  startTestController,
} from '../support/herald-plane.ts'
import type { TestController } from '../support/herald-plane.ts'
import { untilTrue } from '../support/until.ts'

const manifests = join(resolve(import.meta.dirname, '../..'), 'deploy/manifests')

/** Each kind that users write, with fields of each shape; some as only Go would write them. */
const objects = `
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: lan, namespace: ${heraldNamespace}}
spec:
  addresses: [192.0.2.0/24, 2001:DB8::0/120, 198.51.100.10 - 198.51.100.20]
  excludeAddresses: [192.0.2.0/30]
  reuseAfter: 1m
  quota: {perNamespace: 5}
---
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: {name: lan, namespace: ${heraldNamespace}}
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: router, namespace: ${heraldNamespace}}
spec: {myASN: 64512, peerASN: 64513, peerAddress: 192.0.2.254, holdTime: 90s, bfdProfile: fast}
---
apiVersion: metallb.io/v1beta1
kind: BFDProfile
metadata: {name: fast, namespace: ${heraldNamespace}}
spec: {}
---
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: {name: routes, namespace: ${heraldNamespace}}
spec: {ipAddressPools: [lan], communities: [blue]}
---
apiVersion: metallb.io/v1beta1
kind: Community
metadata: {name: colours, namespace: ${heraldNamespace}}
spec: {communities: [{name: blue, value: '64512:1'}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default, annotations: {metallb.io/address-pool: lan}}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}
`

describe('what was applied', function () {
  this.timeout(180_000)
  let plane: ControlPlane
  let controller: TestController
  let file = ''

  before(async () => {
    plane = await startHeraldPlane()
    await plane.kubectl(['apply', '--server-side', '-k', join(manifests, 'admission')])
    file = join(plane.folder, 'objects.yaml')
    writeFileSync(file, objects)
    await plane.kubectl(['apply', '-f', file])
    controller = await startTestController(plane, 21)
    await addressesOf(plane, 'web', 60_000)
    await untilTrue('the controller has said all of the pool', async () => {
      const pool = await plane.api.get(
        `/apis/metallb.io/v1beta1/namespaces/${heraldNamespace}/ipaddresspools/lan`,
      )
      return dig(pool, 'status', 'assignedIPv4') === 1 && conditionOf(pool, 'Ready') !== undefined
    })
    await untilTrue('and of the Service', async () =>
      Boolean(conditionOf(await readService(plane, 'web'), 'metallb.io/Announced')),
    )
  })
  after(async () => {
    await controller.stop()
    await plane.stop()
  })

  // kubectl diff ends with 1, and so throws, when there is any difference.
  it('is what stands: our manifests, by server-side apply', async () => {
    expect(await plane.kubectl(['diff', '--server-side', '-k', manifests])).to.equal('')
    expect(await plane.kubectl(['diff', '--server-side', '-k', join(manifests, 'admission')])).to.equal('')
  })

  it('is what stands: objects of each kind that users write, and a Service, after the controller worked on them', async () => {
    expect(await plane.kubectl(['diff', '-f', file])).to.equal('')
    const again = (await plane.kubectl(['apply', '-f', file])).trim().split('\n')
    expect(again).to.have.length(7)
    for (const line of again) expect(line).to.match(/ unchanged$/)
  })

  it('is seen to differ once it does', async () => {
    await plane.kubectl([
      'label',
      '-n',
      heraldNamespace,
      'serviceaccount/controller',
      'app=other',
      '--overwrite',
    ])
    const args = ['diff', '--server-side', '--force-conflicts', '-k', manifests]
    const code = await plane.kubectl(args).then(
      () => 0,
      (error: unknown) => dig(error, 'cause', 'code'),
    )
    expect(code).to.equal(1) // a difference; a failure is more
  })
})
