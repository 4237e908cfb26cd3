// What a client sees when the owner of an address goes: the speaker stopped, killed, or the whole node without power.
import { expect } from 'chai'
import type { Lab } from '../../hack/lab/lab.ts'
import { answerersInTurn, isOneMove, lostWithoutNeed } from '../../hack/lab/figures.ts'
import { firstAnnouncement } from '../../hack/lab/measure.ts'
import type { NodeName } from '../../hack/lab/names.ts'
import { untilTrue } from '../support/until.ts'
import { cachedOwner, restored, sharedWorld, untilAlone, whoAnswers } from './shared-lab.ts'
import type { World } from './shared-lab.ts'

describe('when the owner of an address goes', function () {
  this.timeout(180_000)
  let world: World
  let lab: Lab
  let owner: NodeName
  let ownMac: string

  before(async () => {
    world = await sharedWorld()
    lab = world.lab
  })
  beforeEach(async () => {
    owner = await restored(lab, world.web.IPv4)
    ownMac = await lab.macOf(owner)
    await lab.client.firstReply(world.web.IPv4, 80, 20_000)
    await lab.client.firstReply(world.web.IPv6, 80, 20_000)
    await lab.client.announcements() // those of before
  })

  it('by SIGTERM, no HTTP request is lost but those under way in the moment of the move, and the address is handed over once', async () => {
    const http = await lab.client.askHttp({ address: world.web.IPv4, port: 80, everyMs: 5, timeoutMs: 1_000 })
    const arp = await lab.client.askArp({ address: world.web.IPv4, everyMs: 10 })
    await lab.stopSpeaker(owner)
    const next = await lab.untilOwnedBy(world.web.IPv4, (other) => other !== owner)
    const nextMac = await lab.macOf(next)
    await untilAlone(lab, world.web.IPv4, nextMac)
    const { at: movedAt } = await firstAnnouncement(lab, world.web.IPv4, ownMac)
    const [replies, records] = await Promise.all([http.stop(), arp.stop()])
    await lab.startSpeaker(owner)
    expect(replies.some(({ answeredAt }) => answeredAt !== undefined)).to.equal(true)
    expect(lostWithoutNeed(replies, movedAt)).to.deep.equal([])
    expect(isOneMove(records, ownMac, nextMac), answerersInTurn(records).join(', ')).to.equal(true)
  })

  it('by SIGKILL of its speaker, another takes over and a client that knew the owner loses no more than that', async () => {
    const http = await lab.client.askHttp({
      address: world.web.IPv4,
      port: 80,
      everyMs: 10,
      timeoutMs: 1_000,
    })
    await lab.killSpeaker(owner)
    await lab.untilOwnedBy(world.web.IPv4, (other) => other !== owner)
    await followed(owner)
    const { at: movedAt } = await firstAnnouncement(lab, world.web.IPv4, ownMac)
    const replies = await http.stop()
    await lab.startSpeaker(owner)
    expect(replies.some(({ answeredAt }) => answeredAt !== undefined)).to.equal(true)
    expect(lostWithoutNeed(replies, movedAt)).to.deep.equal([])
  })

  it('by power and cable, another takes over both families and the client’s kernel follows unasked', async () => {
    await lab.powerOff(owner)
    const next = await lab.untilOwnedBy(world.web.IPv4, (other) => other !== owner)
    await followed(owner)
    const [reply, replyV6] = await Promise.all([
      lab.client.firstReply(world.web.IPv4, 80, 20_000),
      lab.client.firstReply(world.web.IPv6, 80, 20_000),
    ])
    const macs = await whoAnswers(lab, world.web.IPv4)
    const mac = await lab.macOf(next)
    await lab.powerOn(owner)
    expect(reply.error).to.equal(undefined)
    expect(replyV6.error).to.equal(undefined)
    expect(macs).to.deep.equal([mac])
  })

  // The announcement alone must do it: the client does not ask here.
  async function followed(old: NodeName): Promise<void> {
    const oldMac = await lab.macOf(old)
    for (const address of [world.web.IPv4, world.web.IPv6]) {
      const hasMoved = async (): Promise<boolean> => {
        const mac = await cachedOwner(lab, address)
        return mac !== undefined && mac !== oldMac
      }
      await untilTrue(`the client's cache has another MAC for ${address}`, hasMoved, { timeoutMs: 60_000 })
    }
  }
})
