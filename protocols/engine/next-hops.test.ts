import { expect } from 'chai'
import type { LinkTable } from './link-table.ts'
import { isOnLink, localEndOf } from './next-hops.ts'
import { AddressFlag } from './rtnetlink-message.ts'

type Row = readonly [index: number, cidr: string, flags?: number]

function table(...rows: readonly Row[]): LinkTable {
  const addresses = rows.map(([index, cidr, flags = 0]) => {
    const [address = '', length = ''] = cidr.split('/')
    const message = {
      type: 'address',
      removed: false,
      index,
      address,
      prefixLength: Number(length),
      flags,
    } as const
    return [cidr, message] as const
  })
  return { links: new Map(), addresses: new Map(addresses) }
}

const node = table(
  [1, '127.0.0.1/8'],
  [1, '::1/128'],
  [2, '192.0.2.1/24'],
  [2, '2001:db8::f/128'],
  [2, '2001:db8::1/64'],
  [2, 'fe80::1/64'],
  [3, '198.51.100.1/24'],
  [3, 'fe80::3/64'],
)

describe('by which addresses a peer reaches us', () => {
  it('over IPv4: that address, and one of the same interface for IPv6, with the link-local one to a neighbour', () => {
    expect(localEndOf({ address: '192.0.2.1', remote: '192.0.2.2' }, node).nextHops).to.deep.equal({
      IPv4: ['192.0.2.1'],
      IPv6: ['2001:db8::1', 'fe80::1'],
    })
  })

  it('over IPv6: that address, and one of the same interface for IPv4', () => {
    expect(localEndOf({ address: '2001:db8::1', remote: '2001:db8::2' }, node).nextHops).to.deep.equal({
      IPv4: ['192.0.2.1'],
      IPv6: ['2001:db8::1', 'fe80::1'],
    })
  })

  it('a peer on another link hears no link-local address (RFC 2545 §3)', () => {
    expect(localEndOf({ address: '2001:db8::1', remote: '2001:db8:5::2' }, node).nextHops).to.deep.equal({
      IPv4: ['192.0.2.1'],
      IPv6: ['2001:db8::1'],
    })
  })

  it('over a link-local address the interface of the connection counts', () => {
    expect(localEndOf({ address: 'fe80::1', remote: 'fe80::9', interface: 2 }, node).nextHops).to.deep.equal({
      IPv4: ['192.0.2.1'],
      IPv6: ['2001:db8::1', 'fe80::1'],
    })
    expect(localEndOf({ address: 'fe80::3', remote: 'fe80::9', interface: 3 }, node).nextHops).to.deep.equal({
      IPv4: ['198.51.100.1'],
      IPv6: ['fe80::3'],
    })
  })

  it('an interface without an address of the other family gives none', () => {
    const end = { address: '198.51.100.1', remote: '203.0.113.9' }
    expect(localEndOf(end, node).nextHops).to.deep.equal({ IPv4: ['198.51.100.1'] })
  })

  it('an address that is not usable yet is none', () => {
    const early = table([2, '192.0.2.1/24'], [2, '2001:db8::1/64', AddressFlag.tentative])
    expect(localEndOf({ address: '192.0.2.1', remote: '192.0.2.2' }, early).nextHops).to.deep.equal({
      IPv4: ['192.0.2.1'],
    })
  })

  it('over loopback it is that address alone', () => {
    expect(localEndOf({ address: '127.0.0.1', remote: '127.0.0.1' }, node).nextHops).to.deep.equal({
      IPv4: ['127.0.0.1'],
    })
  })
})

describe('whether an address is on a link of ours', () => {
  for (const [address, is] of [
    ['192.0.2.77', true],
    ['198.51.100.9', true],
    ['203.0.113.1', false],
    ['127.0.0.9', false],
    ['2001:db8::9', true],
    ['2001:db9::9', false],
    ['fe80::9', true],
  ] as const)
    it(`${is ? 'is so' : 'is not so'} of ${address}`, () => {
      expect(isOnLink(address, node)).to.equal(is)
    })
})
