// The controller on the CustomResourceDefinitions of MetalLB, as after an upgrade that left them as they were: it gives
// addresses and takes them back, and says once what is missing.
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ControlPlane } from '../support/control-plane.ts'
import { digList, digText } from '../support/dig.ts'
import {
  addressesOf,
  conditionOf,
  createTestPool,
  createTestService,
  defaultServices,
  heraldNamespace,
  ingressOf,
  readService,
  startTestController,
} from '../support/herald-plane.ts'
import type { TestController } from '../support/herald-plane.ts'
import { startOlderPlane } from '../support/older-definitions.ts'
import { until, untilTrue } from '../support/until.ts'

const metallb = `/apis/metallb.io/v1beta1/namespaces/${heraldNamespace}`
const pools = `${metallb}/ipaddresspools`

describe('the controller on the CustomResourceDefinitions of MetalLB', function () {
  this.timeout(180_000)
  let plane: ControlPlane
  let controller: TestController

  before(async () => {
    plane = await startOlderPlane()
    controller = await startTestController(plane, 1)
    await createTestPool(plane, 'lan', ['192.0.2.0/30'])
  })

  after(async () => {
    await controller?.stop()
    await plane?.stop()
  })

  it('gives addresses, says why not, and takes back', async () => {
    await createTestService(plane, { name: 'web' })
    expect(await addressesOf(plane, 'web')).to.deep.equal(['192.0.2.0'])
    const annotations = { 'metallb.io/loadBalancerIPs': '203.0.113.7' }
    await createTestService(plane, { name: 'outside', annotations })
    const condition = await until('its condition', async () =>
      conditionOf(await readService(plane, 'outside'), 'metallb.io/Allocated'),
    )
    expect(digText(condition, 'reason')).to.equal('AddressOutsidePools')
    await plane.api.merge(`${defaultServices}/web`, { spec: { type: 'ClusterIP' } })
    await untilTrue('the release', async () => ingressOf(await readService(plane, 'web')).length === 0)
  })

  it('says once what is missing, however many objects lack it', async () => {
    for (const number of [1, 2, 3]) await createTestPool(plane, `more-${number}`, [`198.51.100.${number}/32`])
    await createTestService(plane, { name: 'later', annotations: { 'metallb.io/address-pool': 'more-3' } })
    expect(await addressesOf(plane, 'later')).to.deep.equal(['198.51.100.3'])
    await untilTrue('it has said so', () => said().some(({ kind }) => kind === 'ipaddresspools'))
    const linesOf = (plural: string) => said().filter(({ kind }) => kind === plural)
    expect(linesOf('poolmemories').map(({ msg }) => msg)).to.deep.equal(['watch fails'])
    // The API server names one field that is missing; which one is a matter of what was written.
    const missing = linesOf('ipaddresspools')
    for (const { msg } of missing)
      expect(msg).to.equal('CustomResourceDefinition is older than this program: apply that of its release')
    expect(new Set(missing.map(({ field }) => field)).size).to.equal(missing.length)
    expect(said().filter(({ error = '' }) => error.includes('not declared'))).to.deep.equal([])
  })

  it('writes all of it once the definitions of its release are there', async () => {
    const current = join(import.meta.dirname, '../../crds/manifests')
    await plane.kubectl(['apply', '--server-side', '--force-conflicts', '-k', current])
    await untilTrue('the pool is Ready', async () => {
      const ready = conditionOf(await plane.api.get(`${pools}/lan`), 'Ready')
      return digText(ready, 'status') === 'True'
    })
    await createTestService(plane, { name: 'again' })
    await addressesOf(plane, 'again')
    await plane.api.remove(`${defaultServices}/again`)
    await untilTrue('what was given back is remembered', async () => {
      const memory = await plane.api.get(`${metallb}/poolmemories/lan`).catch(() => undefined) // not there yet
      return digList(memory, 'status', 'released').some((one) => digText(one, 'service') === 'default/again')
    })
  })

  type Line = {
    readonly level?: string
    readonly msg?: string
    readonly kind?: string
    readonly field?: string
    readonly error?: string
  }

  const said = (): readonly Line[] =>
    readFileSync(controller.logFile, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line): Line => JSON.parse(line))
})
