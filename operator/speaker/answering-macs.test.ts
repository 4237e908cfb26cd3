// Which addresses of hardware a speaker tells the others: all with which its node may answer on a LAN.
import { expect } from 'chai'
import type { ObservedInterface } from '../../protocols/l2/observed.ts'
import { answeringMacsOf } from './answering-macs.ts'

const eth0: ObservedInterface = {
  name: 'eth0',
  index: 2,
  mac: '02:00:00:00:00:02',
  permanentMac: '02:00:00:00:00:02',
  candidate: true,
  addresses: ['192.0.2.2/24', 'fe80::2/64'],
}
const bridge: ObservedInterface = {
  name: 'br0',
  index: 3,
  mac: '02:00:00:00:00:03',
  candidate: false,
  addresses: ['198.51.100.1/24'],
}

describe('the addresses with which a node may answer', () => {
  it('are those of hardware, as it is and as it was made, and of what has an address on a LAN', () => {
    const port = { ...eth0, index: 4, permanentMac: '02:00:00:00:00:04', addresses: [] }
    expect(answeringMacsOf([port, bridge])).to.deep.equal([
      '02:00:00:00:00:02',
      '02:00:00:00:00:03',
      '02:00:00:00:00:04',
    ])
  })

  it('are not those of the loopback interface', () => {
    const lo = { ...bridge, mac: '00:00:00:00:00:00', addresses: ['127.0.0.1/8', '::1/128'] }
    expect(answeringMacsOf([lo])).to.deep.equal([])
  })

  it('are not those of the cables of Pods, whether they have no address or one of a host', () => {
    const ends = [['fe80::1/64'], ['10.244.0.1/32', 'fe80::1/64'], ['fd00:10::1/128']].map(
      (addresses, at): ObservedInterface => ({
        ...bridge,
        name: `veth${at}`,
        mac: `02:00:00:00:01:0${at}`,
        addresses,
      }),
    )
    expect(answeringMacsOf([eth0, ...ends])).to.deep.equal([eth0.mac])
  })
})
