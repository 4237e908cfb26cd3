import { expect } from 'chai'
import fc from 'fast-check'
import { ipv6 } from '../../test/fuzz/arbitrary.ts'
import * as multicast from './multicast.ts'

describe('multicast', () => {
  it('the solicited-node group is that of the example of RFC 4291 §2.7.1', () => {
    expect(multicast.solicitedNodeAddress('4037::01:800:200e:8c6c')).to.equal('ff02::1:ff0e:8c6c')
  })

  it('the MAC of a group ends in its low 32 bits (RFC 2464 §7)', () => {
    expect(multicast.multicastMac('ff02::1:ff0e:8c6c')).to.equal('33:33:ff:0e:8c:6c')
    expect(multicast.multicastMac(multicast.allNodes)).to.equal(multicast.allNodesMac)
  })

  it('every address has a solicited-node group, and that group is its own', () => {
    fc.assert(
      fc.property(ipv6, (address) => {
        const group = multicast.solicitedNodeAddress(address)
        expect(multicast.isMulticast(group)).to.equal(true)
        expect(multicast.isSolicitedNodeAddress(group)).to.equal(true)
        expect(multicast.solicitedNodeAddress(group)).to.equal(group)
      }),
    )
  })

  it('other groups and single addresses are no solicited-node groups', () => {
    for (const address of ['ff02::1', 'ff02::1:fe00:1', 'ff05::1:ff00:1', 'fe80::1:ff00:1', '2001:db8::1'])
      expect(multicast.isSolicitedNodeAddress(address), address).to.equal(false)
  })
})
