// Which interfaces may carry claims.
import { expect } from 'chai'
import { link } from '../../test/support/l2-session.ts'
import { zeroMac } from '../net/ethernet.ts'
import { defaultInterfacesToExclude, exclusionOf, objectionTo, objectionToIPv6 } from './link.ts'
import type { Link } from './link.ts'

const byDefault = exclusionOf(defaultInterfacesToExclude)

function objection(more: Partial<Link>): string | undefined {
  return objectionTo(link({ index: 1, name: 'eth0', ...more }), byDefault)
}

describe('candidate interfaces', () => {
  it('an Ethernet interface that is up, with a carrier, is one', () => {
    expect(objection({})).to.equal(undefined)
  })

  const refused: readonly [string, Partial<Link>, string][] = [
    ['loopback, by its name', { name: 'lo' }, 'excluded by name'],
    ['a container’s veth, by its name', { name: 'veth12ab' }, 'excluded by name'],
    ['the interface of kube-proxy’s IPVS', { name: 'kube-ipvs0' }, 'excluded by name'],
    ['what has no MAC', { mac: zeroMac }, 'not an Ethernet interface'],
    ['what is not Ethernet', { isEthernet: false }, 'not an Ethernet interface'],
    ['a port of a bridge, bond or VRF', { master: 'br0' }, 'part of br0'],
    ['what cannot broadcast', { broadcast: false }, 'cannot broadcast'],
    ['what does no ARP', { noArp: true }, 'ARP is switched off'],
    ['what is down', { up: false }, 'down'],
    ['what has no carrier', { running: false }, 'no carrier'],
    ['what is not opened yet', { capture: 'closed' }, 'not opened yet'],
    ['what could not be opened', { capture: 'failed', captureError: 'EPERM' }, 'cannot be captured: EPERM'],
  ]
  for (const [what, more, words] of refused)
    it(`${what} is none: ${words}`, () => {
      expect(objection(more)).to.equal(words)
    })

  it('patterns are not anchored, as in MetalLB', () => {
    const exclusion = exclusionOf(['th0'])
    expect(objectionTo(link({ index: 1, name: 'eth0' }), exclusion)).to.equal('excluded by name')
    expect(objectionTo(link({ index: 1, name: 'eth1' }), exclusion)).to.equal(undefined)
  })

  it('a pattern that is none excludes nothing, is named, and spoils no other', () => {
    const exclusion = exclusionOf(['(', '^eth0$'])
    expect(exclusion.invalid).to.deep.equal(['('])
    expect(objectionTo(link({ index: 1, name: 'eth0' }), exclusion)).to.equal('excluded by name')
    expect(objectionTo(link({ index: 1, name: 'eth1' }), exclusion)).to.equal(undefined)
  })

  it('IPv6 needs a link-local address that is past duplicate detection', () => {
    const local = { address: 'fe80::1', prefixLength: 64, tentative: false }
    expect(objectionToIPv6(link({ index: 1, name: 'eth0', addresses: [local] }))).to.equal(undefined)
    const tentative = [{ ...local, tentative: true }]
    expect(objectionToIPv6(link({ index: 1, name: 'eth0', addresses: tentative }))).to.include('tentative')
    expect(objectionToIPv6(link({ index: 1, name: 'eth0', addresses: [] }))).to.include('no link-local')
  })
})
