// What a client on the LAN gets: answers by both families, from one node, as the Service's policy says.
import { expect } from 'chai'
import { writesOf } from '../bench/services.ts'
import { digList, digText } from '../support/dig.ts'
import type { Lab } from '../../hack/lab/lab.ts'
import { readyAnnotation } from '../../hack/lab/kubelet-objects.ts'
import { lan, nodeNames } from '../../hack/lab/names.ts'
import { createBackends } from '../../hack/lab/objects.ts'
import {
  cachedOwner,
  createService,
  deleteService,
  sharedWorld,
  untilAllocated,
  untilSilent,
  whoAnswers,
} from './shared-lab.ts'
import type { World } from './shared-lab.ts'

describe('traffic from a client on the LAN', function () {
  let world: World
  let lab: Lab

  before(async function () {
    this.timeout(180_000)
    world = await sharedWorld()
    lab = world.lab
  })

  for (const family of ['IPv4', 'IPv6'] as const) {
    it(`is answered by ${family}`, async () => {
      const reply = await lab.client.firstReply(world.web[family], 80, 20_000)
      expect(reply.error).to.equal(undefined)
      expect(reply.pod).to.match(/^web-/)
    })
  }

  it('finds one node that answers for the address, and the client’s kernel agrees', async () => {
    const macs = await whoAnswers(lab, world.web.IPv4)
    expect(macs).to.have.length(1)
    await lab.client.firstReply(world.web.IPv4, 80, 20_000)
    await lab.client.firstReply(world.web.IPv6, 80, 20_000)
    expect(await cachedOwner(lab, world.web.IPv4)).to.equal(macs[0])
    expect(await cachedOwner(lab, world.web.IPv6)).to.equal(macs[0])
  })

  it('costs two writes of each Service, and what its speaker says of it stays', async () => {
    const names = ['calm-1', 'calm-2', 'calm-3', 'calm-4']
    const before = await writesOf(lab.api, 'services', 'status')
    for (const name of names) await createService(lab, { name })
    for (const name of names)
      await lab.kubectl(['wait', 'service', name, '--for=condition=metallb.io/Announced', '--timeout=60s'])
    const reports = await l2Reports(lab)
    const [address = ''] = await untilAllocated(lab, 'calm-1', 2)
    await whoAnswers(lab, address) // for a second
    expect((await writesOf(lab.api, 'services', 'status')) - before).to.be.at.most(2 * names.length)
    expect(await l2Reports(lab)).to.deep.equal(reports)
    for (const name of names) await deleteService(lab, name)
  })

  it('sees its own address kept when the policy is Local, from the node of the endpoint', async () => {
    await createBackends(lab.api, ['node-b'], 'local')
    const spec = { externalTrafficPolicy: 'Local' }
    const address = await createService(lab, { name: 'local', app: 'local', spec })
    expect(await lab.untilOwnedBy(address.IPv4, () => true)).to.equal('node-b')
    const reply = await lab.client.firstReply(address.IPv4, 80, 20_000)
    expect(reply.seenClient).to.equal(`::ffff:${lan.client.IPv4}`)
    expect(reply.node).to.equal('node-b')
    await deleteService(lab, 'local')
  })

  it('moves with the endpoints when the policy is Local', async () => {
    await createBackends(lab.api, ['node-a', 'node-c'], 'moving')
    const spec = { externalTrafficPolicy: 'Local' }
    const address = await createService(lab, { name: 'moving', app: 'moving', spec })
    const first = await lab.untilOwnedBy(address.IPv4, () => true)
    await setReady(lab, `moving-${first.slice(-1)}`, false)
    const second = await lab.untilOwnedBy(address.IPv4, (owner) => owner !== first)
    expect([first, second]).to.have.members(['node-a', 'node-c'])
    await deleteService(lab, 'moving')
  })

  it('stops when no endpoint is ready, with a reason, and goes on when one is', async () => {
    await createBackends(lab.api, ['node-c'], 'resting')
    const address = await createService(lab, { name: 'resting', app: 'resting' })
    await setReady(lab, 'resting-c', false)
    await untilSilent(lab, address.IPv4)
    const told = await lab.kubectl(['get', 'service', 'resting', '-o', 'jsonpath={.status.conditions}'])
    expect(told).to.include('NoServingEndpoint')
    await setReady(lab, 'resting-c', true)
    expect(await lab.untilOwnedBy(address.IPv4, () => true)).to.be.oneOf([...nodeNames])
    await deleteService(lab, 'resting')
  })

  it('ends when the Service is deleted', async () => {
    const address = await createService(lab, { name: 'short' })
    await deleteService(lab, 'short')
    await untilSilent(lab, address.IPv4)
    await untilSilent(lab, address.IPv6)
  })
})

/** Each as the very object that it is. */
async function l2Reports(lab: Lab): Promise<readonly string[]> {
  const list = await lab.api.get('/apis/metallb.io/v1beta1/namespaces/metallb-system/servicel2statuses')
  return digList(list, 'items').map(
    (one) => `${digText(one, 'status', 'serviceName')} ${digText(one, 'metadata', 'uid')}`,
  )
}

async function setReady(lab: Lab, pod: string, ready: boolean): Promise<void> {
  const annotations = { [readyAnnotation]: String(ready) }
  await lab.api.merge(`/api/v1/namespaces/default/pods/${pod}`, { metadata: { annotations } })
}
