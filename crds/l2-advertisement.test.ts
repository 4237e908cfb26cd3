import { expect } from 'chai'
import { resourceOf } from '../test/support/resource.ts'
import { parseL2Advertisement } from './l2-advertisement.ts'

function parse(spec: unknown) {
  return parseL2Advertisement(resourceOf({ spec }))
}

describe('L2Advertisement', () => {
  it('one that says nothing announces every pool from every node on every interface', () => {
    for (const spec of [undefined, null, {}]) {
      const { value, objections } = parse(spec)
      expect(objections).to.deep.equal([])
      expect(value).to.deep.equal({
        name: 'example',
        namespace: 'default',
        uid: 'uid-1',
        generation: 0,
        createdAt: '',
        ipAddressPools: [],
        ipAddressPoolSelectors: [],
        nodeSelectors: [],
        interfaces: [],
        serviceSelectors: [],
        preferredNodeSelectors: [],
      })
    }
  })

  it('all that one can say is read', () => {
    const byLabel = { requirements: [{ operator: 'In', key: 'a', values: ['b'] }] }
    const written = { matchLabels: { a: 'b' } }
    const { value, objections } = parse({
      ipAddressPools: ['one', 'two'],
      ipAddressPoolSelectors: [written],
      nodeSelectors: [written],
      interfaces: ['eth0', 'eth1'],
      serviceSelectors: [written],
      preferredNodeSelectors: [{ weight: 7, preference: written }],
    })
    expect(objections).to.deep.equal([])
    expect(value).to.deep.include({
      ipAddressPools: ['one', 'two'],
      ipAddressPoolSelectors: [byLabel],
      nodeSelectors: [byLabel],
      interfaces: ['eth0', 'eth1'],
      serviceSelectors: [byLabel],
      preferredNodeSelectors: [{ weight: 7, preference: byLabel }],
    })
  })

  const same = [{ matchLabels: { a: 'b' } }, { matchLabels: { a: 'b' } }]
  for (const [words, spec, field] of [
    ['a pool twice', { ipAddressPools: ['a', 'a'] }, 'spec.ipAddressPools[1]'],
    ['a pool selector twice', { ipAddressPoolSelectors: same }, 'spec.ipAddressPoolSelectors[1]'],
    ['a node selector twice', { nodeSelectors: same }, 'spec.nodeSelectors[1]'],
    ['a Service selector twice', { serviceSelectors: same }, 'spec.serviceSelectors[1]'],
    [
      'a preference without weight',
      { preferredNodeSelectors: [{ preference: {} }] },
      'spec.preferredNodeSelectors[0].weight',
    ],
    [
      'a weight of 101',
      { preferredNodeSelectors: [{ weight: 101, preference: {} }] },
      'spec.preferredNodeSelectors[0].weight',
    ],
    [
      'a weight without preference',
      { preferredNodeSelectors: [{ weight: 1 }] },
      'spec.preferredNodeSelectors[0].preference',
    ],
  ] as const) {
    it(`${words} is refused, with the place`, () => {
      expect(parse(spec).objections.map((objection) => objection.field)).to.deep.equal([field])
    })
  }

  it('an interface may be named twice, as in MetalLB', () => {
    expect(parse({ interfaces: ['eth0', 'eth0'] }).objections).to.deep.equal([])
  })

  it('lists that cannot be read do not come to mean all', () => {
    const { value, objections } = parse({ ipAddressPools: 'one', interfaces: 'eth0', nodeSelectors: {} })
    expect(objections).to.have.length(3)
    expect(value.ipAddressPools).to.deep.equal([''])
    expect(value.interfaces).to.deep.equal([''])
    expect(value.nodeSelectors).to.have.length(1)
  })
})
