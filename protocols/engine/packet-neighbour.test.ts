// Who is next on the way: the questions we ask and the answers that we believe.
import { expect } from 'chai'
import { arpReply } from '../arp/frame.ts'
import { decodeArp } from '../arp/packet.ts'
import { decodeNdp } from '../ndp/message.ts'
import { unsolicitedAdvertisement } from '../ndp/frame.ts'
import { decodeEthernet } from '../net/ethernet.ts'
import { decodeIpv6 } from '../net/ipv6.ts'
import { claimedMac, solicitation } from './packet-neighbour.ts'

const ours = '02:00:00:00:00:01'
const theirs = '02:00:00:00:00:02'

describe('the neighbour of a Packet connection', () => {
  it('is asked for by ARP, and known from its reply', () => {
    const asked = decodeEthernet(solicitation('192.0.2.2', { mac: ours, address: '192.0.2.1' }))
    expect(asked.destination).to.equal('ff:ff:ff:ff:ff:ff')
    const request = decodeArp(asked.payload)
    expect(request).to.include({
      operation: 'request',
      targetAddress: '192.0.2.2',
      senderAddress: '192.0.2.1',
    })
    expect(claimedMac(arpReply(request, theirs), '192.0.2.2')).to.equal(theirs)
    expect(claimedMac(arpReply(request, theirs), '192.0.2.9')).to.equal(undefined)
  })

  it('is asked for by a solicitation to its group, and known from its advertisement', () => {
    const asked = decodeEthernet(solicitation('2001:db8::2', { mac: ours, address: '2001:db8::1' }))
    expect(asked.destination).to.equal('33:33:ff:00:00:02')
    expect(decodeNdp(decodeIpv6(asked.payload)).message).to.deep.equal({
      type: 'neighbor-solicitation',
      target: '2001:db8::2',
      options: [{ type: 'source-link-layer-address', mac: ours }],
    })
    const advertisement = unsolicitedAdvertisement(theirs, '2001:db8::2')
    expect(claimedMac(advertisement, '2001:db8::2')).to.equal(theirs)
    expect(claimedMac(advertisement, '2001:db8::9')).to.equal(undefined)
  })

  it('is not known from bytes that are cut off', () => {
    const whole = unsolicitedAdvertisement(theirs, '2001:db8::2')
    for (let length = 0; length < whole.length; length++)
      expect(claimedMac(whole.subarray(0, length), '2001:db8::2')).to.equal(undefined)
  })
})
