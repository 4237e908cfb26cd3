import { expect } from 'chai'
import { formatRange } from '../protocols/net/address.ts'
import { resourceOf } from '../test/support/resource.ts'
import { parseIPAddressPool } from './ip-address-pool.ts'
import { anySelectorMatches } from './selector.ts'

const addresses = ['192.0.2.0/24', '2001:db8::/120']

describe('IPAddressPool', () => {
  it('a pool of addresses alone has the defaults of the schema', () => {
    const { value, objections } = parseIPAddressPool(resourceOf({ spec: { addresses } }))
    expect(objections).to.deep.equal([])
    const { ranges, ...rest } = value
    expect(ranges.map(formatRange)).to.deep.equal(addresses)
    expect(ranges.map(({ text }) => text)).to.deep.equal(addresses)
    expect(rest).to.deep.equal({
      name: 'example',
      namespace: 'default',
      uid: 'uid-1',
      generation: 0,
      createdAt: '',
      labels: {},
      autoAssign: true,
      avoidBuggyIPs: false,
    })
  })

  it('all that a pool can say is read', () => {
    const spec = {
      addresses,
      autoAssign: false,
      avoidBuggyIPs: true,
      excludeAddresses: ['192.0.2.1/32', '192.0.2.0-192.0.2.9', '2001:db8::/126'],
      paused: true,
      quota: { perNamespace: 3 },
      duplicateAddressCheck: 'Full',
      serviceAllocation: {
        priority: 50,
        namespaces: ['a', 'b'],
        namespaceSelectors: [{ matchLabels: { team: 'red' } }],
        serviceSelectors: [{ matchExpressions: [{ key: 'app', operator: 'Exists' }] }],
      },
    }
    const metadata = { generation: 4, creationTimestamp: '2026-01-01T00:00:00Z', labels: { zone: 'east' } }
    const { value, objections } = parseIPAddressPool(resourceOf({ spec }, metadata))
    expect(objections).to.deep.equal([])
    expect(value).to.include({ autoAssign: false, avoidBuggyIPs: true, generation: 4, paused: true })
    expect(value.excluded?.map(({ text }) => text)).to.deep.equal(spec.excludeAddresses)
    expect(value.quota).to.deep.equal({ perNamespace: 3 })
    expect(value.duplicateAddressCheck).to.equal('Full')
    expect(value).to.deep.include({ createdAt: '2026-01-01T00:00:00Z', labels: { zone: 'east' } })
    const { serviceAllocation } = value
    expect(serviceAllocation).to.deep.include({ priority: 50, namespaces: ['a', 'b'] })
    expect(anySelectorMatches(serviceAllocation?.namespaceSelectors ?? [], { team: 'red' })).to.equal(true)
    expect(anySelectorMatches(serviceAllocation?.serviceSelectors ?? [], { app: 'web' })).to.equal(true)
  })

  it('an empty serviceAllocation is there, and one that is absent is not', () => {
    const parsed = parseIPAddressPool(resourceOf({ spec: { addresses, serviceAllocation: {} } }))
    expect(parsed.value.serviceAllocation).to.deep.equal({
      priority: 0,
      namespaces: [],
      namespaceSelectors: [],
      serviceSelectors: [],
    })
  })

  for (const [words, spec, field] of [
    ['no spec', undefined, 'spec'],
    ['a flag that is none', { addresses, autoAssign: 'no' }, 'spec.autoAssign'],
    [
      'a namespace twice',
      { addresses, serviceAllocation: { namespaces: ['a', 'a'] } },
      'spec.serviceAllocation.namespaces[1]',
    ],
    [
      'a selector that is none',
      {
        addresses,
        serviceAllocation: { serviceSelectors: [{ matchExpressions: [{ key: 'a', operator: 'Is' }] }] },
      },
      'spec.serviceAllocation.serviceSelectors[0].matchExpressions[0].operator',
    ],
    ['an exclusion that is none', { addresses, excludeAddresses: ['192.0.2.1'] }, 'spec.excludeAddresses[0]'],
    ['exclusions that are no list', { addresses, excludeAddresses: '192.0.2.1/32' }, 'spec.excludeAddresses'],
    ['a pause that is none', { addresses, paused: 'yes' }, 'spec.paused'],
    [
      'a duplicate check that is none',
      { addresses, duplicateAddressCheck: 'quick' },
      'spec.duplicateAddressCheck',
    ],
    ['a quota of nothing', { addresses, quota: { perNamespace: 0 } }, 'spec.quota.perNamespace'],
    ['a quota that is none', { addresses, quota: 3 }, 'spec.quota'],
    [
      'a priority that is no number',
      { addresses, serviceAllocation: { priority: 'first' } },
      'spec.serviceAllocation.priority',
    ],
  ] as const) {
    it(`${words} is refused, with the place`, () => {
      const { objections } = parseIPAddressPool(resourceOf(spec === undefined ? {} : { spec }))
      expect(objections[0]?.field).to.equal(field)
    })
  }

  it('a flawed serviceAllocation does not open the pool to everyone', () => {
    const serviceAllocation = { namespaces: 'a', namespaceSelectors: 'b' }
    const { value } = parseIPAddressPool(resourceOf({ spec: { addresses, serviceAllocation } }))
    expect(value.serviceAllocation?.namespaces).to.deep.equal([''])
    expect(value.serviceAllocation?.namespaceSelectors).to.have.length(1)
    expect(anySelectorMatches(value.serviceAllocation?.namespaceSelectors ?? [], { a: 'b' })).to.equal(false)
  })
})
