// An outside judge: whatever ARP and neighbour discovery the client's wire carried in this rung, tshark reads it all.
// The last file of the rung, so that the capture holds every test before it.
import { expect } from 'chai'
import { run } from '../../hack/lab/shell.ts'
import { sharedWorld } from './shared-lab.ts'
import type { World } from './shared-lab.ts'

describe('all frames that were on the client’s wire', function () {
  this.timeout(180_000)
  let world: World

  before(async () => {
    world = await sharedWorld()
  })

  it('hold announcements of both families by the addresses of Services', async () => {
    const gratuitous = await tshark('arp.isgratuitous and arp.src.proto_ipv4 == 10.10.100.0/22')
    const unsolicited = await tshark(
      'icmpv6.type == 136 and icmpv6.nd.na.flag.s == 0 and ipv6.dst == ff02::1',
    )
    expect(gratuitous).not.to.deep.equal([])
    expect(unsolicited).not.to.deep.equal([])
  })

  it('are well-formed in the eyes of tshark', async () => {
    expect(await tshark('_ws.malformed or _ws.expert.severity >= 8388608')).to.deep.equal([])
  })

  it('bear hop limit 255 where they are neighbour discovery', async () => {
    // An error message quotes the packet that it is about: its own type is below 128.
    const wrong = '(icmpv6.type == 135 or icmpv6.type == 136) and ipv6.hlim != 255 and not icmpv6.type < 128'
    expect(await tshark(wrong)).to.deep.equal([])
  })

  async function tshark(filter: string): Promise<readonly string[]> {
    const text = await run('tshark', ['-n', '-r', world.captureFile, '-Y', filter])
    return text.split('\n').filter(Boolean)
  }
})
