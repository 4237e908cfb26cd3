// Collect: from caches to Snapshots. What did not change is the same object; what is bad is a fact, not a crash.
import { expect } from 'chai'
import fc from 'fast-check'
import type { Resource } from '../crds/kind.ts'
import { serviceKind } from '../crds/service.ts'
import type { Snapshot } from '../reconcilers/snapshot.ts'
import type { StatusObject } from '../reconcilers/status.ts'
import type { Followed, FollowedChange } from './collect/table.ts'
import { startCollector } from './collect.ts'

/** A cache that a test writes into. */
function source() {
  const objects = new Map<string, Resource>()
  const listeners = new Set<(change: FollowedChange) => void>()
  const followed: Followed = {
    objects: () => objects,
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  const keyOf = ({ metadata }: Resource) =>
    metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`
  const put = (object: Resource) => {
    const key = keyOf(object)
    const type = objects.has(key) ? 'modified' : 'added'
    objects.set(key, object)
    for (const listener of listeners) listener({ type, key, object })
  }
  const remove = (key: string) => {
    const object = objects.get(key)
    if (object === undefined || !objects.delete(key)) return
    for (const listener of listeners) listener({ type: 'deleted', key, object })
  }
  return { followed, put, remove }
}

function world() {
  const services = source()
  const endpointSlices = source()
  const nodes = source()
  const namespaces = source()
  const pools = source()
  const l2Advertisements = source()
  const bgpPeers = source()
  const secrets = source()
  const serviceCIDRs = source()
  const collector = startCollector({
    services: services.followed,
    endpointSlices: endpointSlices.followed,
    nodes: nodes.followed,
    namespaces: namespaces.followed,
    serviceCIDRs: serviceCIDRs.followed,
    pools: pools.followed,
    l2Advertisements: l2Advertisements.followed,
    bgpPeers: bgpPeers.followed,
    bgpAdvertisements: source().followed,
    bfdProfiles: source().followed,
    communities: source().followed,
    secrets: secrets.followed,
  })
  const snapshot = (pending: readonly StatusObject[] = []): Snapshot =>
    collector.snapshot({
      takenAt: 0,
      namespace: 'metallb-system',
      settings: { ignoreExcludeLabel: false },
      speakers: [],
      pending,
    })
  return { services, endpointSlices, nodes, pools, bgpPeers, secrets, serviceCIDRs, snapshot }
}

let version = 1

function service(
  name: string,
  fields: { readonly spec?: object; readonly status?: object; readonly at?: number } = {},
): Resource {
  const created = new Date((fields.at ?? 0) * 1_000).toISOString()
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      namespace: 'default',
      name,
      uid: `uid-${name}`,
      resourceVersion: String(version++),
      creationTimestamp: created,
    },
    spec: {
      type: 'LoadBalancer',
      clusterIPs: ['10.0.0.1'],
      ipFamilies: ['IPv4'],
      ports: [{ port: 80 }],
      ...fields.spec,
    },
    status: fields.status ?? {},
  }
}

function slice(name: string, of: string, ...addresses: readonly string[]): Resource {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace: 'default',
      name,
      uid: `uid-${name}`,
      resourceVersion: String(version++),
      labels: { 'kubernetes.io/service-name': of },
    },
    endpoints: addresses.map((address) => ({ addresses: [address], nodeName: 'node-a' })),
  }
}

function addressWish(name: string, ...ips: readonly string[]): StatusObject {
  return {
    kind: serviceKind,
    namespace: 'default',
    name,
    uid: `uid-${name}`,
    part: 'status',
    urgent: true,
    status: { loadBalancer: { ingress: ips.map((ip) => ({ ip, ipMode: 'VIP' })) } },
  }
}

const names = (snapshot: Snapshot) => snapshot.services.map(({ name }) => name).join(' ')

describe('a snapshot', () => {
  it('holds the same parsed object while nothing of it changes', () => {
    const { services, snapshot } = world()
    services.put(service('a'))
    services.put(service('b'))
    const first = snapshot()
    services.put(service('b', { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } }))
    const second = snapshot()
    expect(second.services[0]).to.equal(first.services[0])
    expect(second.services[1]).not.to.equal(first.services[1])
    expect(second.services[1]?.ingress).to.deep.equal(['192.0.2.1'])
  })

  it('holds the same lists while nothing changes that is read', () => {
    const { services, endpointSlices, snapshot } = world()
    services.put(service('a'))
    endpointSlices.put(slice('a-1', 'a', '10.1.0.1'))
    const first = snapshot()
    services.put(service('a'))
    endpointSlices.put(slice('a-1', 'a', '10.1.0.1'))
    const second = snapshot()
    expect(second.services).to.equal(first.services)
    expect(second.endpoints).to.equal(first.endpoints)
  })

  it('lists Services oldest first, then by name', () => {
    const { services, snapshot } = world()
    services.put(service('young', { at: 3 }))
    services.put(service('b', { at: 2 }))
    services.put(service('a', { at: 2 }))
    services.put(service('old', { at: 1 }))
    expect(names(snapshot())).to.equal('old a b young')
    services.remove('default/a')
    expect(names(snapshot())).to.equal('old b young')
  })

  it('is the same after any history of changes as of a fresh process', () => {
    const change = fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      at: fc.integer({ min: 0, max: 3 }),
      remove: fc.boolean(),
    })
    const property = fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const old = world()
      const last = new Map<string, Resource>()
      for (const { name, at, remove } of changes) {
        if (remove) {
          old.services.remove(`default/${name}`)
          last.delete(name)
        } else {
          const object = service(name, { at })
          old.services.put(object)
          last.set(name, object)
        }
        old.snapshot()
      }
      const fresh = world()
      for (const object of [...last.values()].toReversed()) fresh.services.put(object)
      expect(old.snapshot().services).to.deep.equal(fresh.snapshot().services)
    })
    fc.assert(property, { numRuns: 200 })
  })

  it('names a Service that cannot be read, and goes on with the others', () => {
    const { services, snapshot } = world()
    services.put(service('bad', { spec: { ports: 'eighty' } }))
    services.put({ ...service('worse'), spec: 7 })
    services.put(service('good'))
    const { services: good, flawedServices } = snapshot()
    expect(good.map(({ name }) => name)).to.deep.equal(['good'])
    expect(flawedServices.map(({ name }) => name)).to.deep.equal(['bad', 'worse'])
    expect(flawedServices[0]?.objections[0]?.field).to.equal('spec.ports')
  })

  it('unites the slices of a Service, and forgets a Service without any', () => {
    const { endpointSlices, snapshot } = world()
    endpointSlices.put(slice('web-1', 'web', '10.1.0.1'))
    endpointSlices.put(slice('web-2', 'web', '10.1.0.2'))
    const addresses = () =>
      snapshot()
        .endpoints.get('default/web')
        ?.flatMap((endpoint) => endpoint.addresses)
    expect(addresses()).to.deep.equal(['10.1.0.1', '10.1.0.2'])
    endpointSlices.remove('default/web-1')
    expect(addresses()).to.deep.equal(['10.1.0.2'])
    endpointSlices.put(slice('web-2', 'other', '10.1.0.2'))
    expect(addresses()).to.equal(undefined)
    endpointSlices.remove('default/web-2')
    expect(snapshot().endpoints.size).to.equal(0)
  })
})

describe('a snapshot for BGP', () => {
  const namespace = 'metallb-system'
  const metadata = (name: string) => ({
    name,
    namespace,
    uid: `uid-${name}`,
    resourceVersion: String(version++),
  })
  const secret = (name: string, password: string): Resource => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata(name),
    type: 'kubernetes.io/basic-auth',
    data: { password: btoa(password) },
  })

  it('holds peers with what is wrong in them, by name', () => {
    const { bgpPeers, snapshot } = world()
    const peer = (name: string, spec: object): Resource => ({
      apiVersion: 'metallb.io/v1beta2',
      kind: 'BGPPeer',
      metadata: metadata(name),
      spec,
    })
    bgpPeers.put(peer('tor-b', { myASN: 64512, peerASN: 64513, peerAddress: 'nowhere' }))
    bgpPeers.put(peer('tor-a', { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1' }))
    const read = snapshot().bgpPeers
    expect(read.map(({ value }) => value.name)).to.deep.equal(['tor-a', 'tor-b'])
    expect(read.map(({ objections }) => objections.length)).to.deep.equal([0, 1])
  })

  it('holds passwords by the name of their Secret, the same map while none changes', () => {
    const { secrets, snapshot } = world()
    secrets.put(secret('tor', 'hush'))
    const first = snapshot()
    expect(first.secrets?.get('tor')).to.deep.equal({ type: 'kubernetes.io/basic-auth', password: 'hush' })
    secrets.put(secret('tor', 'hush'))
    expect(snapshot().secrets).to.equal(first.secrets)
    secrets.put(secret('tor', 'louder'))
    expect(snapshot().secrets?.get('tor')?.password).to.equal('louder')
  })
})

describe('a snapshot for warnings of pools', () => {
  it('holds ServiceCIDRs, the same list while none changes', () => {
    const { serviceCIDRs, snapshot } = world()
    const object = (cidrs: readonly string[]) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'ServiceCIDR',
      metadata: { name: 'kubernetes', uid: 'uid-kubernetes', resourceVersion: String(version++) },
      spec: { cidrs },
    })
    serviceCIDRs.put(object(['10.96.0.0/12']))
    const first = snapshot().serviceCIDRs
    expect(first?.map(({ cidrs }) => cidrs.map(({ text }) => text))).to.deep.equal([['10.96.0.0/12']])
    serviceCIDRs.put(object(['10.96.0.0/12']))
    expect(snapshot().serviceCIDRs).to.equal(first)
    serviceCIDRs.remove('kubernetes')
    expect(snapshot().serviceCIDRs).to.deep.equal([])
  })
})

describe('a write under way', () => {
  it('counts as standing there', () => {
    const { services, snapshot } = world()
    services.put(service('a'))
    expect(snapshot([addressWish('a', '192.0.2.1')]).written?.get('uid-a')).to.deep.equal(['192.0.2.1'])
  })

  it('counts as nothing standing there when it is a release', () => {
    const { snapshot } = world()
    expect(snapshot([addressWish('a')]).written?.get('uid-a')).to.deep.equal([])
  })

  it('says nothing of addresses when it writes conditions only', () => {
    const { snapshot } = world()
    expect(snapshot([{ ...addressWish('a'), status: {} }]).written?.size).to.equal(0)
  })
})
