// What happens to the link of the owner: set down, unplugged, given another MAC address.
import { expect } from 'chai'
import type { Lab } from '../../hack/lab/lab.ts'
import type { NodeName } from '../../hack/lab/names.ts'
import { untilTrue } from '../support/until.ts'
import { cachedOwner, restored, sharedWorld, whoAnswers } from './shared-lab.ts'
import type { World } from './shared-lab.ts'

describe('when something happens to the link of the owner', function () {
  this.timeout(180_000)
  let world: World
  let lab: Lab
  let owner: NodeName

  before(async () => {
    world = await sharedWorld()
    lab = world.lab
  })
  beforeEach(async () => {
    owner = await restored(lab, world.web.IPv4)
    await lab.client.firstReply(world.web.IPv4, 80, 20_000)
  })

  it('another takes over while it is down, and there is one owner when it is up again', async () => {
    await lab.linkDown(owner)
    const next = await lab.untilOwnedBy(world.web.IPv4, (other) => other !== owner)
    const reply = await lab.client.firstReply(world.web.IPv4, 80, 20_000)
    await lab.linkUp(owner)
    await restored(lab, world.web.IPv4)
    expect(next).not.to.equal(owner)
    expect(reply.error).to.equal(undefined)
    expect(await whoAnswers(lab, world.web.IPv4)).to.have.length(1)
  })

  it('another takes over while it is unplugged, and there is one owner when it is plugged in again', async () => {
    await lab.unplug(owner)
    await lab.untilOwnedBy(world.web.IPv4, (other) => other !== owner)
    await lab.plug(owner)
    await restored(lab, world.web.IPv4)
    expect(await whoAnswers(lab, world.web.IPv4)).to.have.length(1)
    const reply = await lab.client.firstReply(world.web.IPv6, 80, 20_000)
    expect(reply.error).to.equal(undefined)
  })

  it('another takes over while it is cut off from all with its link up; back, it says so, and the client’s kernel follows', async () => {
    const ownMac = await lab.macOf(owner)
    await lab.isolate(owner)
    const next = await lab.untilOwnedBy(world.web.IPv4, (other) => other !== owner)
    await lab.client.firstReply(world.web.IPv4, 80, 20_000)
    expect(await cachedOwner(lab, world.web.IPv4)).to.equal(await lab.macOf(next))
    await lab.rejoin(owner)
    await untilTrue(
      'the client has the MAC of the owner',
      async () => (await cachedOwner(lab, world.web.IPv4)) === ownMac,
      { timeoutMs: 60_000 },
    )
    await restored(lab, world.web.IPv4)
    expect(await whoAnswers(lab, world.web.IPv4)).to.deep.equal([ownMac])
  })

  it('the speaker lives on through ten flaps, in the same process', async () => {
    const pid = lab.speaker(owner)?.pid
    for (let flap = 0; flap < 10; flap += 1) {
      await lab.unplug(owner)
      await lab.plug(owner)
    }
    await restored(lab, world.web.IPv4)
    expect(lab.speaker(owner)?.hasExited()).to.equal(false)
    expect(lab.speaker(owner)?.pid).to.equal(pid)
  })

  it('a new MAC address is announced at once: the client’s kernel follows without asking', async () => {
    const before = await lab.macOf(owner)
    const other = '02:00:5e:10:00:01'
    await lab.changeMac(owner, other)
    await untilTrue('the client has the new MAC', async () => {
      return (await cachedOwner(lab, world.web.IPv4)) === other
    })
    const macs = await whoAnswers(lab, world.web.IPv4)
    const reply = await lab.client.firstReply(world.web.IPv4, 80, 20_000)
    await lab.changeMac(owner, before)
    expect(macs).to.deep.equal([other])
    expect(reply.error).to.equal(undefined)
  })
})
