// What goes on without the API server, and what is so when it is back.
import { expect } from 'chai'
import { answerersInTurn, isOneMove } from '../../hack/lab/figures.ts'
import type { Lab } from '../../hack/lab/lab.ts'
import { nodeNames } from '../../hack/lab/names.ts'
import type { NodeName } from '../../hack/lab/names.ts'
import { serviceObject, servicesPath } from '../../hack/lab/objects.ts'
import { pause, untilTrue } from '../support/until.ts'
import {
  createService,
  deleteService,
  restored,
  sharedWorld,
  untilAlone,
  untilAllocated,
  whoAnswers,
} from './shared-lab.ts'
import type { World } from './shared-lab.ts'

describe('without the API server', function () {
  this.timeout(300_000)
  let world: World
  let lab: Lab
  let owner: NodeName

  before(async () => {
    world = await sharedWorld()
    lab = world.lab
  })
  beforeEach(async () => {
    owner = await restored(lab, world.web.IPv4)
  })

  it('the owner goes on alone for longer than its Lease would live', async () => {
    await lab.stopApiServer()
    const arp = await lab.client.askArp({ address: world.web.IPv4, everyMs: 50 })
    await Promise.all(nodeNames.map((node) => untilFrozen(lab, node)))
    await pause(4_000) // one more life of a Lease, in which nobody may take over; longer is no worse
    const records = await arp.stop()
    const reply = await lab.client.firstReply(world.web.IPv4, 80, 20_000)
    const replyV6 = await lab.client.firstReply(world.web.IPv6, 80, 20_000)
    await lab.startApiServer()
    expect(answerersInTurn(records)).to.deep.equal([await lab.macOf(owner)])
    expect(reply.error).to.equal(undefined)
    expect(replyV6.error).to.equal(undefined)
  })

  it('the owner is the same when it is back, and new Services are served', async () => {
    await lab.stopApiServer()
    await lab.startApiServer()
    const address = await createService(lab, { name: 'after-restart' })
    const reply = await lab.client.firstReply(address.IPv4, 80, 20_000)
    await deleteService(lab, 'after-restart')
    expect(reply.error).to.equal(undefined)
    expect(await restored(lab, world.web.IPv4)).to.equal(owner)
  })

  it('an owner that alone is cut off from it yields to the next, and takes back when it is mended', async () => {
    const ownMac = await lab.macOf(owner)
    const arp = await lab.client.askArp({ address: world.web.IPv4, everyMs: 20 })
    await lab.cutApi(owner)
    const next = await lab.untilOwnedBy(world.web.IPv4, (other) => other !== owner)
    const nextMac = await lab.macOf(next)
    await untilAlone(lab, world.web.IPv4, nextMac)
    const records = await arp.stop()
    await lab.mendApi(owner)
    const back = await lab.untilOwnedBy(world.web.IPv4, (other) => other === owner)
    expect(isOneMove(records, ownMac, nextMac), answerersInTurn(records).join(', ')).to.equal(true)
    expect(back).to.equal(owner)
    await untilAlone(lab, world.web.IPv4, ownMac)
  })

  it('a speaker that is no owner and is cut off takes nothing', async () => {
    const other: NodeName = owner === 'node-a' ? 'node-b' : 'node-a'
    await lab.cutApi(other)
    const arp = await lab.client.askArp({ address: world.web.IPv4, everyMs: 50 })
    await untilFrozen(lab, other)
    await pause(4_000) // one more life of a Lease; longer is no worse
    const records = await arp.stop()
    await lab.mendApi(other)
    expect(answerersInTurn(records)).to.deep.equal([await lab.macOf(owner)])
  })
})

/** The speaker says of itself that it no longer knows who lives. */
function untilFrozen(lab: Lab, node: NodeName): Promise<void> {
  return untilTrue(`the speaker of ${node} is frozen`, async () => {
    const text = (await lab.speaker(node)?.metrics()) ?? ''
    return /^herald_membership_frozen 1$/m.test(text)
  })
}

describe('the controller', function () {
  this.timeout(300_000)
  let world: World
  let lab: Lab

  before(async () => {
    world = await sharedWorld()
    lab = world.lab
  })

  it('moves no address when it is restarted, and gives new ones', async () => {
    const before = await untilAllocated(lab, 'web', 2)
    await lab.stopController()
    await lab.startController()
    const address = await createService(lab, { name: 'after-controller' })
    const kept = await untilAllocated(lab, 'web', 2)
    await deleteService(lab, 'after-controller')
    expect(kept).to.deep.equal(before)
    expect(before).not.to.include(address.IPv4)
  })

  it('is taken over from by a second one when it is killed', async () => {
    await lab.startController(2)
    await lab.killController(1)
    await lab.api.create(servicesPath, serviceObject({ name: 'second' }))
    const addresses = await untilAllocated(lab, 'second', 2)
    await lab.startController(1)
    await lab.stopController(2)
    await deleteService(lab, 'second')
    expect(addresses).to.have.length(2)
  })

  it('is not needed for what is announced: without any the client is still served', async () => {
    await lab.killController(1)
    const reply = await lab.client.firstReply(world.web.IPv4, 80, 20_000)
    const macs = await whoAnswers(lab, world.web.IPv4)
    await lab.startController(1)
    expect(reply.error).to.equal(undefined)
    expect(macs).to.have.length(1)
  })
})
