import { expect } from 'chai'
import { resourceOf } from '../test/support/resource.ts'
import { parseEndpointSlice } from './endpoint-slice.ts'
import { parseLease } from './lease.ts'
import { parseNamespace } from './namespace.ts'
import { parseNode } from './node.ts'

describe('EndpointSlice', () => {
  const metadata = { namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } }

  function servingWith(conditions: unknown): boolean | undefined {
    const { value } = parseEndpointSlice(
      resourceOf({ endpoints: [{ addresses: ['10.0.0.1'], conditions }] }, metadata),
    )
    return value.endpoints[0]?.serving
  }

  it('it belongs to the Service that its label names', () => {
    expect(parseEndpointSlice(resourceOf({}, metadata)).value).to.deep.equal({
      serviceKey: 'shop/web',
      endpoints: [],
    })
    expect(parseEndpointSlice(resourceOf({ endpoints: null })).value.serviceKey).to.equal('')
  })

  it('endpoints have addresses and a node, if it is known', () => {
    const endpoints = [
      { addresses: ['10.0.0.1', '10.0.0.2'], nodeName: 'node-1' },
      { addresses: ['10.0.0.3'] },
    ]
    const { value, objections } = parseEndpointSlice(resourceOf({ endpoints }, metadata))
    expect(objections).to.deep.equal([])
    expect(value.endpoints).to.deep.equal([
      { addresses: ['10.0.0.1', '10.0.0.2'], nodeName: 'node-1', serving: true },
      { addresses: ['10.0.0.3'], serving: true },
    ])
  })

  it('endpoints answer at the ports of their slice, and say so if the slice does', () => {
    const ports = [{ name: 'http', protocol: 'TCP', port: 8080 }, { protocol: 'UDP' }, { name: 'plain' }]
    const { value } = parseEndpointSlice(resourceOf({ ports, endpoints: [{}, {}] }, metadata))
    expect(value.endpoints.map((endpoint) => endpoint.ports)).to.deep.equal([
      ['TCP/http', 'UDP/', 'TCP/plain'],
      ['TCP/http', 'UDP/', 'TCP/plain'],
    ])
  })

  for (const [words, conditions, serving] of [
    ['one of which nothing is said', undefined, true],
    ['one that is ready', { ready: true }, true],
    ['one that is not ready', { ready: false }, false],
    ['one that is terminating and still serves', { ready: false, serving: true, terminating: true }, true],
    [
      'one that is terminating and serves no more',
      { ready: false, serving: false, terminating: true },
      false,
    ],
  ] as const) {
    it(`${words} ${serving ? 'counts' : 'does not count'}`, () => {
      expect(servingWith(conditions)).to.equal(serving)
    })
  }
})

describe('Node', () => {
  it('its labels, its addresses and whether its network is there are read', () => {
    const status = {
      addresses: [
        { type: 'InternalIP', address: '192.0.2.1' },
        { type: 'Hostname', address: 'node-1' },
        { type: 'ExternalIP', address: '2001:db8::1' },
      ],
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'NetworkUnavailable', status: 'True' },
      ],
    }
    const { value, objections } = parseNode(resourceOf({ status }, { name: 'node-1', labels: { rack: 'a' } }))
    expect(objections).to.deep.equal([])
    expect(value).to.deep.equal({
      name: 'node-1',
      labels: { rack: 'a' },
      networkUnavailable: true,
      addresses: ['192.0.2.1', '2001:db8::1'],
      trueConditions: ['Ready', 'NetworkUnavailable'],
    })
  })

  it('the CIDRs of its pods are read, and what is none is left out', () => {
    const { value, objections } = parseNode(
      resourceOf({ spec: { podCIDRs: ['10.244.1.0/24', 'fd00:244:1::/64', 'none'] } }),
    )
    expect(objections).to.deep.equal([])
    expect(value.podCIDRs?.map(({ text }) => text)).to.deep.equal(['10.244.1.0/24', 'fd00:244:1::/64'])
  })

  it('the keys of its taints are read', () => {
    const { value } = parseNode(
      resourceOf({ spec: { taints: [{ key: 'dedicated', effect: 'NoSchedule' }, {}] } }),
    )
    expect(value.taints).to.deep.equal(['dedicated'])
  })

  it('a network of which nothing is said, or which may be there, is there', () => {
    for (const conditions of [undefined, [{ type: 'NetworkUnavailable', status: 'Unknown' }]])
      expect(parseNode(resourceOf({ status: { conditions } })).value.networkUnavailable).to.equal(false)
  })
})

describe('a Node that leaves', () => {
  const cases = [
    ['is cordoned', { spec: { unschedulable: true } }, 'Cordoned'],
    [
      'is shut down by its kubelet',
      { status: { conditions: [{ type: 'Ready', status: 'False', message: 'node is shutting down' }] } },
      'ShuttingDown',
    ],
    [
      'is shut down by its cloud, cordoned or not',
      { spec: { unschedulable: true, taints: [{ key: 'node.cloudprovider.kubernetes.io/shutdown' }] } },
      'ShuttingDown',
    ],
    ['stays when its kubelet is only not ready', { status: { conditions: [{ type: 'Ready' }] } }, undefined],
    ['stays with other taints', { spec: { taints: [{ key: 'dedicated' }] } }, undefined],
  ] as const
  for (const [title, fields, leaving] of cases)
    it(title, () => {
      expect(parseNode(resourceOf(fields)).value.leaving).to.equal(leaving)
    })
})

describe('Namespace', () => {
  it('its labels are read', () => {
    const { value, objections } = parseNamespace(resourceOf({}, { name: 'shop', labels: { team: 'red' } }))
    expect(objections).to.deep.equal([])
    expect(value).to.deep.equal({ name: 'shop', labels: { team: 'red' } })
  })
})

describe('Lease', () => {
  it('who holds it, and how it is renewed, is read', () => {
    const spec = {
      holderIdentity: 'node-1',
      leaseDurationSeconds: 4,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:01.000000Z',
      leaseTransitions: 2,
    }
    const { value, objections } = parseLease(resourceOf({ spec }))
    expect(objections).to.deep.equal([])
    expect(value).to.deep.equal({
      namespace: 'default',
      name: 'example',
      labels: {},
      holder: 'node-1',
      durationSeconds: 4,
      acquiredAt: '2026-01-01T00:00:00.000000Z',
      renewedAt: '2026-01-01T00:00:01.000000Z',
      transitions: 2,
    })
  })

  it('one that was released, or never held, has no holder', () => {
    for (const spec of [{}, { holderIdentity: '' }, { holderIdentity: null }])
      expect(parseLease(resourceOf({ spec })).value.holder).to.equal('')
  })
})
