// ServiceCIDRs: both families, and what cannot be read is left out.
import { expect } from 'chai'
import { formatRange } from '../protocols/net/address.ts'
import { resourceOf } from '../test/support/resource.ts'
import { parseServiceCIDR } from './service-cidr.ts'

describe('a ServiceCIDR', () => {
  it('is read in both families', () => {
    const spec = { cidrs: ['10.96.0.0/12', 'fd00:96::/112', 'nonsense'] }
    const { value, objections } = parseServiceCIDR(resourceOf({ spec }, { name: 'kubernetes' }))
    expect(objections).to.deep.equal([])
    expect(value.name).to.equal('kubernetes')
    expect(value.cidrs.map(formatRange)).to.deep.equal(['10.96.0.0/12', 'fd00:96::/112'])
    expect(value.cidrs.map(({ text }) => text)).to.deep.equal(['10.96.0.0/12', 'fd00:96::/112'])
  })

  it('without CIDRs has none', () => {
    expect(parseServiceCIDR(resourceOf({}, { name: 'empty' })).value).to.deep.equal({
      name: 'empty',
      cidrs: [],
    })
  })
})
