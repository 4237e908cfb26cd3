import { expect } from 'chai'
import { resourceOf } from '../test/support/resource.ts'
import { parseCommunity } from './community.ts'

function parse(communities: unknown) {
  return parseCommunity(resourceOf({ spec: { communities } }))
}

describe('Community', () => {
  it('names stand for communities', () => {
    const { value, objections } = parse([
      { name: 'vpn-only', value: '1234:1' },
      { name: 'all', value: 'large:1:2:3' },
    ])
    expect(objections).to.deep.equal([])
    expect([...value.aliases]).to.deep.equal([
      ['vpn-only', { type: 'standard', value: '1234:1' }],
      ['all', { type: 'large', value: '1:2:3' }],
    ])
  })

  it('a flawed value is refused, and the others stay', () => {
    const { value, objections } = parse([
      { name: 'a', value: '70000:1' },
      { name: 'b' },
      { name: 'c', value: '1:1' },
    ])
    expect(objections.map(({ field }) => field)).to.deep.equal([
      'spec.communities[0].value',
      'spec.communities[1].value',
    ])
    expect([...value.aliases.keys()]).to.deep.equal(['c'])
  })

  it('of two values for one name the first stays', () => {
    const { value, objections } = parse([
      { name: 'a', value: '1:1' },
      { name: 'a', value: '1:2' },
    ])
    expect(objections.map(({ field }) => field)).to.deep.equal(['spec.communities[1].name'])
    expect(value.aliases.get('a')).to.deep.equal({ type: 'standard', value: '1:1' })
  })
})
