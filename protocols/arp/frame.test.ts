import { expect } from 'chai'
import { broadcastMac, decodeEthernet, zeroMac } from '../net/ethernet.ts'
import { EtherType } from '../net/iana.ts'
import { arpFrame, arpProbe, arpReply, gratuitousReply, gratuitousRequest } from './frame.ts'
import { decodeArp, isArpAnnouncement, isArpProbe } from './packet.ts'
import type { ArpPacket } from './packet.ts'

const own = '02:00:00:00:00:0a'
const asker = '02:00:00:00:00:0b'
const address = '192.0.2.10'

const request: ArpPacket = {
  operation: 'request',
  senderMac: asker,
  senderAddress: '192.0.2.2',
  targetMac: zeroMac,
  targetAddress: address,
}

function read(frame: Uint8Array) {
  const { destination, source, tags, etherType, payload } = decodeEthernet(frame)
  return { header: { destination, source, tags, etherType }, packet: decodeArp(payload) }
}

describe('arp frame', () => {
  it('of a gratuitous request goes to all, and sender and target are the address', () => {
    const { header, packet } = read(gratuitousRequest(own, address))
    expect(header).to.deep.equal({
      destination: broadcastMac,
      source: own,
      tags: [],
      etherType: EtherType.arp,
    })
    expect(packet).to.deep.equal({
      operation: 'request',
      senderMac: own,
      senderAddress: address,
      targetMac: zeroMac,
      targetAddress: address,
    })
    expect(isArpAnnouncement(packet)).to.equal(true)
  })

  it('of a gratuitous reply goes to all, and its target MAC is the own one', () => {
    const { header, packet } = read(gratuitousReply(own, address))
    expect(header.destination).to.equal(broadcastMac)
    expect(packet).to.deep.equal({
      operation: 'reply',
      senderMac: own,
      senderAddress: address,
      targetMac: own,
      targetAddress: address,
    })
  })

  it('of a reply goes to the one who asked, with the fields of the request turned', () => {
    const { header, packet } = read(arpReply(request, own))
    expect(header).to.deep.equal({ destination: asker, source: own, tags: [], etherType: EtherType.arp })
    expect(packet).to.deep.equal({
      operation: 'reply',
      senderMac: own,
      senderAddress: address,
      targetMac: asker,
      targetAddress: '192.0.2.2',
    })
  })

  it('of a reply to a probe goes to the prober, though it has no address', () => {
    const { header, packet } = read(arpReply({ ...request, senderAddress: '0.0.0.0' }, own))
    expect(header.destination).to.equal(asker)
    expect(packet.targetAddress).to.equal('0.0.0.0')
  })

  it('of a probe goes to all, claims no address, and is known as a probe (RFC 5227 §2.1.1)', () => {
    const { header, packet } = read(arpProbe(own, address))
    expect(header.destination).to.equal(broadcastMac)
    expect(packet).to.deep.equal({
      operation: 'request',
      senderMac: own,
      senderAddress: '0.0.0.0',
      targetMac: zeroMac,
      targetAddress: address,
    })
    expect(isArpProbe(packet)).to.equal(true)
  })

  it('is padded to the minimum of Ethernet', () => {
    for (const frame of [
      gratuitousRequest(own, address),
      gratuitousReply(own, address),
      arpReply(request, own),
      arpFrame(request, broadcastMac),
    ])
      expect(frame.length).to.equal(60)
  })
})
