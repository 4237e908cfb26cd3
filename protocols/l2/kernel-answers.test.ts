// For which addresses the kernel answers, as it was tried on Linux (test/net/kernel-answers.test.ts does it again).
import { expect } from 'chai'
import { eth0, link } from '../../test/support/l2-session.ts'
import { kernelAddresses, kernelAnswers } from './kernel-answers.ts'
import type { KernelAddress } from './kernel-answers.ts'
import type { Link } from './link.ts'

function held(on: Link, address: string, tentative = false): KernelAddress {
  return { link: on, address: { address, prefixLength: 32, tentative } }
}

const lo = link({ index: 9, name: 'lo' })

describe('the kernel answers for an address', () => {
  const rows: readonly (readonly [arpIgnore: number, elsewhere: boolean, here: boolean])[] = [
    [0, true, true],
    [1, false, true],
    [2, false, true],
    [3, true, true],
    [4, true, true],
    [8, false, false],
  ]
  for (const [arpIgnore, elsewhere, here] of rows)
    it(`by ARP with arp_ignore ${arpIgnore}: on another interface ${elsewhere}, on this one ${here}`, () => {
      const asked = { ...eth0, arpIgnore }
      expect(kernelAnswers('IPv4', held(lo, '192.0.2.10'), asked)).to.equal(elsewhere)
      expect(kernelAnswers('IPv4', held(eth0, '192.0.2.10'), asked)).to.equal(here)
    })

  it('by ARP: nothing is said before arp_ignore is known', () => {
    expect(kernelAnswers('IPv4', held(lo, '192.0.2.10'), eth0)).to.equal(false)
  })

  it('by NDP: on this interface, once it is not tentative any more', () => {
    const asked = { ...eth0, arpIgnore: 0 }
    expect(kernelAnswers('IPv6', held(lo, '2001:db8::10'), asked)).to.equal(false)
    expect(kernelAnswers('IPv6', held(eth0, '2001:db8::10'), asked)).to.equal(true)
    expect(kernelAnswers('IPv6', held(eth0, '2001:db8::10', true), asked)).to.equal(false)
  })

  it('each address is found with every interface that has it', () => {
    const address = { address: '192.0.2.10', prefixLength: 32, tentative: false }
    const both = [lo, eth0].map((one) => ({ ...one, addresses: [address] }))
    expect(
      kernelAddresses(both)
        .get('192.0.2.10')
        ?.map((one) => one.link.name),
    ).to.deep.equal(['lo', 'eth0'])
  })
})
