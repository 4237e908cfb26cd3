// A LAN whose bridge snoops multicast: neighbour solicitations reach only those who joined the group.
import { expect } from 'chai'
import type { Lab } from '../../hack/lab/lab.ts'
import { startLab } from '../../hack/lab/lab.ts'
import { createBackends, createPool } from '../../hack/lab/objects.ts'
import { createService } from './shared-lab.ts'

describe('on a LAN with multicast snooping', function () {
  this.timeout(180_000)
  let lab: Lab

  before(async () => {
    lab = await startLab({ id: `e2esnoop${process.pid}`, multicastSnooping: true })
    await createPool(lab.api)
    await createBackends(lab.api)
  })
  after(() => lab.stop())

  it('a client reaches a Service by both families, and IPv6 again after a hand-over', async () => {
    const address = await createService(lab, { name: 'web' })
    const owner = await lab.untilOwnedBy(address.IPv6, () => true)
    const [first, firstV6] = await Promise.all([
      lab.client.firstReply(address.IPv4, 80, 20_000),
      lab.client.firstReply(address.IPv6, 80, 20_000),
    ])
    await lab.stopSpeaker(owner)
    await lab.untilOwnedBy(address.IPv6, (other) => other !== owner)
    const second = await lab.client.firstReply(address.IPv6, 80, 20_000)
    expect([first.error, firstV6.error, second.error]).to.deep.equal([undefined, undefined, undefined])
  })
})
