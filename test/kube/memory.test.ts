// Addresses that Services gave back, on a real API server: remembered over a change of controllers, and at rest.
import { expect } from 'chai'
import type { ControlPlane } from '../support/control-plane.ts'
import { dig, digList, digText } from '../support/dig.ts'
import {
  addressesOf,
  conditionOf,
  createTestPool,
  createTestService,
  defaultServices,
  heraldNamespace,
  readService,
  startHeraldPlane,
  startTestController,
} from '../support/herald-plane.ts'
import type { TestController } from '../support/herald-plane.ts'
import { untilTrue } from '../support/until.ts'

const metallb = `/apis/metallb.io/v1beta1/namespaces/${heraldNamespace}`

describe('addresses that were given back, on a real API server', function () {
  this.timeout(180_000)
  let plane: ControlPlane
  let controller: TestController

  const replaceController = async (number: number): Promise<void> => {
    controller.kill('SIGKILL')
    await controller.exited
    controller = await startTestController(plane, number)
  }
  const remove = (name: string) => plane.api.remove(`${defaultServices}/${name}`)
  const untilRemembered = (pool: string, service: string): Promise<void> =>
    untilTrue(`PoolMemory ${pool} holds ${service}`, async () => {
      const list = await plane.api.get(`${metallb}/poolmemories`)
      const memory = digList(list, 'items').find((one) => digText(one, 'metadata', 'name') === pool)
      return digList(memory, 'status', 'released').some((one) => digText(one, 'service') === service)
    })

  before(async () => {
    plane = await startHeraldPlane()
    await createTestPool(plane, 'many', ['192.0.2.0/24'])
    await plane.api.create(`${metallb}/ipaddresspools`, {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'IPAddressPool',
      metadata: { name: 'one' },
      spec: { addresses: ['198.51.100.1/32'], autoAssign: false, reuseAfter: '20s' },
    })
    controller = await startTestController(plane, 1)
  })

  after(async () => {
    controller?.kill('SIGKILL')
    await controller?.exited
    await plane?.stop()
  })

  it('come back to a Service that is made again, from a controller that never saw it', async () => {
    await createTestService(plane, { name: 'first' })
    expect(await addressesOf(plane, 'first')).to.deep.equal(['192.0.2.0'])
    await createTestService(plane, { name: 'web' })
    expect(await addressesOf(plane, 'web')).to.deep.equal(['192.0.2.1'])
    await remove('first')
    await remove('web')
    await untilRemembered('many', 'default/web')
    await replaceController(2)
    await createTestService(plane, { name: 'web' })
    expect(await addressesOf(plane, 'web')).to.deep.equal(['192.0.2.1'])
    const memory = await plane.api.get(`${metallb}/poolmemories/many`)
    expect(dig(memory, 'metadata', 'ownerReferences')).to.equal(undefined)
  })

  it('rest before another Service gets them, which comes about without any event', async () => {
    const annotations = { 'metallb.io/address-pool': 'one' }
    await createTestService(plane, { name: 'former', annotations })
    expect(await addressesOf(plane, 'former')).to.deep.equal(['198.51.100.1'])
    await remove('former')
    const releasedAt = Date.now()
    await createTestService(plane, { name: 'next', annotations })
    await untilTrue('next says when', async () => {
      const condition = conditionOf(await readService(plane, 'next'), 'metallb.io/Allocated')
      return /rests; the first is free at/.test(digText(condition, 'message') ?? '')
    })
    expect(await addressesOf(plane, 'next')).to.deep.equal(['198.51.100.1'])
    expect(Date.now() - releasedAt).to.be.at.least(19_000)
  })

  it('are forgotten with their object, and allocation goes on', async () => {
    await remove('web')
    await untilRemembered('many', 'default/web')
    await plane.api.remove(`${metallb}/poolmemories/many`)
    await replaceController(3)
    await createTestService(plane, { name: 'web' })
    expect(await addressesOf(plane, 'web')).to.deep.equal(['192.0.2.0'])
  })
})
