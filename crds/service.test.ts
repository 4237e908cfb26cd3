import { expect } from 'chai'
import { resourceOf } from '../test/support/resource.ts'
import { parseService } from './service.ts'

const metadata = { name: 'web', namespace: 'shop' }

function parse(fields: Readonly<Record<string, unknown>>) {
  return parseService(resourceOf(fields, metadata))
}

describe('Service', () => {
  it('a Service as the API server sends it is read', () => {
    const annotations = {
      'metallb.io/address-pool': 'a',
      'metallb.universe.tf/allow-shared-ip': 'k',
      other: 'x',
    }
    const ours = {
      type: 'metallb.io/Allocated',
      status: 'True',
      reason: 'Allocated',
      message: 'pool a',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    }
    const resource = resourceOf(
      {
        spec: {
          type: 'LoadBalancer',
          loadBalancerClass: 'example.com/lb',
          loadBalancerIP: '192.0.2.7',
          clusterIP: '10.0.0.7',
          clusterIPs: ['10.0.0.7', 'fd00::7'],
          ipFamilyPolicy: 'PreferDualStack',
          ipFamilies: ['IPv4', 'IPv6'],
          externalTrafficPolicy: 'Local',
          selector: { app: 'web' },
          ports: [
            { name: 'http', protocol: 'TCP', port: 80, targetPort: 'http' },
            { port: 53, protocol: 'UDP' },
          ],
        },
        status: {
          loadBalancer: {
            ingress: [{ ip: '2001:DB8:0::1', ipMode: 'VIP' }, { hostname: 'x' }, { ip: 'odd' }],
          },
          conditions: [ours, { ...ours, type: 'LoadBalancerPortsError' }],
        },
      },
      { ...metadata, annotations, creationTimestamp: '2026-01-01T00:00:00Z', labels: { tier: 'front' } },
    )
    const { value, objections } = parseService(resource)
    expect(objections).to.deep.equal([])
    expect(value).to.deep.equal({
      key: 'shop/web',
      namespace: 'shop',
      name: 'web',
      uid: 'uid-1',
      createdAt: '2026-01-01T00:00:00Z',
      deleting: false,
      labels: { tier: 'front' },
      annotations: { 'metallb.io/address-pool': 'a', 'metallb.universe.tf/allow-shared-ip': 'k' },
      type: 'LoadBalancer',
      loadBalancerClass: 'example.com/lb',
      loadBalancerIP: '192.0.2.7',
      clusterIPs: ['10.0.0.7', 'fd00::7'],
      ipFamilyPolicy: 'PreferDualStack',
      ipFamilies: ['IPv4', 'IPv6'],
      externalTrafficPolicy: 'Local',
      selector: { app: 'web' },
      ports: [
        { name: 'http', protocol: 'TCP', port: 80 },
        { name: '', protocol: 'UDP', port: 53 },
      ],
      ingress: ['2001:db8::1', 'odd'],
      conditions: [ours],
    })
  })

  it('what is absent has the default of the API server', () => {
    const { value, objections } = parse({ spec: {} })
    expect(objections).to.deep.equal([])
    expect(value).to.deep.include({
      type: 'ClusterIP',
      clusterIPs: [],
      ipFamilyPolicy: 'SingleStack',
      ipFamilies: [],
      externalTrafficPolicy: 'Cluster',
      selector: {},
      ports: [],
      ingress: [],
      conditions: [],
    })
    expect(value).not.to.have.any.keys('loadBalancerClass', 'loadBalancerIP')
  })

  it('a headless Service has no cluster IP', () => {
    expect(parse({ spec: { clusterIP: 'None', clusterIPs: ['None'] } }).value.clusterIPs).to.deep.equal([])
  })

  it('a server that knows only the one cluster IP is understood', () => {
    expect(parse({ spec: { clusterIP: '10.0.0.7' } }).value.clusterIPs).to.deep.equal(['10.0.0.7'])
  })

  it('a Service that is being deleted says so', () => {
    const resource = resourceOf({ spec: {} }, { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' })
    expect(parseService(resource).value.deleting).to.equal(true)
  })

  for (const [words, spec, field] of [
    ['no spec', undefined, 'spec'],
    ['a family that is none', { ipFamilies: ['IPv5'] }, 'spec.ipFamilies[0]'],
    ['a policy that is none', { externalTrafficPolicy: 'Global' }, 'spec.externalTrafficPolicy'],
    ['a port above 65535', { ports: [{ port: 65_536 }] }, 'spec.ports[0].port'],
    ['a port without number', { ports: [{}] }, 'spec.ports[0].port'],
    ['cluster IPs that are no list', { clusterIPs: '10.0.0.7' }, 'spec.clusterIPs'],
  ] as const) {
    it(`${words} is objected to, with the place`, () => {
      const { objections } = parse(spec === undefined ? {} : { spec })
      expect(objections.map((objection) => objection.field)).to.deep.equal([field])
    })
  }

  it('says whether ports stand at its addresses, whatever else stands there', () => {
    const standing = (ingress: unknown) =>
      parseService(resourceOf({ spec: {}, status: { loadBalancer: { ingress } } }, metadata)).value.portsStand
    expect(standing([{ ip: '192.0.2.1' }, { ip: '192.0.2.2', ports: [{ port: 80 }] }])).to.equal(true)
    expect(standing([{ ip: '192.0.2.1', ports: [] }, 7, null])).to.equal(undefined)
    expect(standing('nonsense')).to.equal(undefined)
  })
})
