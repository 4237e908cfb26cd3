// What is seen of an address, and said of it.
import { expect } from 'chai'
import type { ObservedClaim } from '../protocols/l2/observed.ts'
import { observed, observedClaim } from '../test/support/l2-observed.ts'
import { addressWarnings } from './address-warnings.ts'

describe('what disturbs an address', () => {
  const warned = (one: ObservedClaim) =>
    (addressWarnings(observed([one])).get(one.address) ?? []).map(({ reason }) => reason)

  it('nothing, when it is in a subnet of an interface it is announced on', () => {
    expect(warned(observedClaim('192.0.2.200'))).to.deep.equal([])
  })

  it('that it is in no subnet of them', () => {
    expect(warned(observedClaim('192.0.2.5'))).to.deep.equal(['AddressOffLink'])
  })

  it('a link-local address says nothing of the subnet', () => {
    expect(warned(observedClaim('2001:db8::5'))).to.deep.equal([])
  })

  it('that the kernel of the node has it', () => {
    expect(warned(observedClaim('192.0.2.200', { heldBy: 'kube-ipvs0' }))).to.deep.equal([
      'AddressHeldByKernel',
    ])
  })

  it('that another machine announces it', () => {
    const rival = { mac: '02:00:00:00:00:99', seenAt: 0 }
    expect(warned(observedClaim('192.0.2.200', { rival }))).to.deep.equal(['AddressClaimedByOther'])
  })

  it('that another machine was found to use it', () => {
    const check = { state: 'in-use', mac: '02:00:00:00:00:99', interfaceName: 'eth0', seenAt: 0 } as const
    expect(warned(observedClaim('192.0.2.200', { interfaces: [], check }))).to.deep.equal(['AddressInUse'])
  })

  it('that a proxy answers for it', () => {
    const check = { state: 'free', proxy: '02:00:00:00:00:99' } as const
    expect(warned(observedClaim('192.0.2.200', { check }))).to.deep.equal(['AnsweredByProxy'])
  })
})
