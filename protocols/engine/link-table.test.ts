// News of links and addresses, put together.
import { expect } from 'chai'
import { emptyTable, linksOf, withNews } from './link-table.ts'
import { AddressFlag, LinkFlag } from './rtnetlink-message.ts'
import type { AddressMessage, LinkMessage } from './rtnetlink-message.ts'

const flags = LinkFlag.up | LinkFlag.running | LinkFlag.broadcast
const eth0: LinkMessage = {
  type: 'link',
  removed: false,
  index: 2,
  hardwareType: 1,
  flags,
  name: 'eth0',
  mac: '02:00:00:00:00:01',
}
const address: AddressMessage = {
  type: 'address',
  removed: false,
  index: 2,
  address: '192.0.2.1',
  prefixLength: 24,
  flags: 0x80,
}

describe('link table', () => {
  it('a link with its address', () => {
    expect(linksOf(withNews(emptyTable, [eth0, address]))).to.deep.equal([
      {
        index: 2,
        name: 'eth0',
        mac: '02:00:00:00:00:01',
        isEthernet: true,
        up: true,
        running: true,
        broadcast: true,
        noArp: false,
        addresses: [{ address: '192.0.2.1', prefixLength: 24, tentative: false }],
        capture: 'closed',
      },
    ])
  })

  it('a link of hardware keeps the MAC that it was made with, whatever it shows now', () => {
    const port = { ...eth0, permanentMac: '02:00:00:00:00:99' }
    const [link] = linksOf(withNews(emptyTable, [port]))
    expect(link).to.include({ mac: '02:00:00:00:00:01', permanentMac: '02:00:00:00:00:99' })
  })

  it('an address may be told before its link', () => {
    expect(linksOf(withNews(withNews(emptyTable, [address]), [eth0]))[0]?.addresses).to.have.length(1)
  })

  it('what was removed is gone', () => {
    const table = withNews(emptyTable, [eth0, address])
    expect(linksOf(withNews(table, [{ ...address, removed: true }]))[0]?.addresses).to.deep.equal([])
    expect(linksOf(withNews(table, [{ ...eth0, removed: true }]))).to.deep.equal([])
  })

  it('a later word about a link replaces the earlier one', () => {
    const table = withNews(withNews(emptyTable, [eth0]), [
      { ...eth0, name: 'lan0', flags: LinkFlag.broadcast },
    ])
    expect(linksOf(table)[0]).to.include({ name: 'lan0', up: false, running: false })
  })

  it('a master is named, by its index where its name is not known', () => {
    const br0: LinkMessage = { ...eth0, index: 9, name: 'br0' }
    const port: LinkMessage = { ...eth0, master: 9 }
    expect(linksOf(withNews(emptyTable, [br0, port]))[0]?.master).to.equal('br0')
    expect(linksOf(withNews(emptyTable, [port]))[0]?.master).to.equal('interface 9')
    expect(linksOf(withNews(emptyTable, [{ ...eth0, master: 0 }]))[0]?.master).to.equal(undefined)
  })

  it('loopback is no Ethernet interface, nor is a tunnel', () => {
    const others: readonly LinkMessage[] = [
      { ...eth0, hardwareType: 772, flags: flags | LinkFlag.loopback },
      { ...eth0, index: 3, hardwareType: 776 },
    ]
    expect(linksOf(withNews(emptyTable, others)).map(({ isEthernet }) => isEthernet)).to.deep.equal([
      false,
      false,
    ])
  })

  it('an address whose duplicate detection is not done, or has failed, does not count yet', () => {
    for (const flag of [AddressFlag.tentative, AddressFlag.dadFailed])
      expect(
        linksOf(withNews(emptyTable, [eth0, { ...address, flags: flag }]))[0]?.addresses[0]?.tentative,
      ).to.equal(true)
  })
})
