// Any cluster, small enough that everything in it meets: few addresses, few nodes, few keys.
import * as fc from 'fast-check'
import type { Endpoint, Node, Service } from '../../crds/core.ts'
import type { IPAddressPool } from '../../crds/ip-address-pool.ts'
import type { L2Advertisement } from '../../crds/l2-advertisement.ts'
import type { ControllerPlan } from '../../reconcilers/plan.ts'
import type { Read, Snapshot, Speaker } from '../../reconcilers/snapshot.ts'
import {
  advertisement,
  assigned,
  at,
  condition,
  endpoint,
  namespace,
  node,
  pool,
  service,
  snapshot,
  speaker,
} from './snapshots.ts'

const nodeNames = ['node-a', 'node-b', 'node-c', 'node-d'] as const
const poolNames = ['p', 'q', 'r'] as const
const labels = fc.constantFrom<Readonly<Record<string, string>>>({}, { tier: 'gold' }, { tier: 'lead' })
const selector = fc.constantFrom(
  { matchLabels: { tier: 'gold' } },
  { matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
  { matchExpressions: [{ key: 'tier', operator: 'Like' }] }, // cannot be read
)
const selectors = fc.array(selector, { maxLength: 2 })
const some = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined, freq: 3 })

const range = fc.oneof(
  fc.tuple(fc.nat(12), fc.nat(4)).map(([first, more]) => `192.0.2.${first}-192.0.2.${first + more}`),
  fc.tuple(fc.nat(12), fc.nat(4)).map(([first, more]) => `2001:db8::${first}-2001:db8::${first + more}`),
  fc.constantFrom('192.0.2.0/29', '2001:db8::/64', '192.0.2.9-192.0.2.3'), // the last one is reversed
)

export const anyAddress = fc.oneof(
  fc.nat(18).map((last) => `192.0.2.${last}`),
  fc.integer({ min: 1, max: 18 }).map((last) => `2001:db8::${last.toString(16)}`),
)

function anyPool(name: string): fc.Arbitrary<Read<IPAddressPool>> {
  return fc
    .record({
      addresses: fc.array(range, { maxLength: 3 }),
      age: fc.nat(3),
      labels,
      autoAssign: fc.boolean(),
      avoidBuggyIPs: fc.boolean(),
      excludeAddresses: fc.oneof(
        { weight: 2, arbitrary: fc.constant<string[]>([]) },
        { weight: 1, arbitrary: fc.array(range, { maxLength: 2 }) },
      ),
      paused: fc.constantFrom(false, false, false, true),
      quota: some(fc.record({ perNamespace: fc.integer({ min: 1, max: 3 }) })),
      serviceAllocation: some(
        fc.record({
          priority: fc.nat(2),
          namespaces: fc.subarray(['default', 'prod'], { maxLength: 1 }),
          namespaceSelectors: selectors,
          serviceSelectors: selectors,
        }),
      ),
    })
    .map(({ addresses, age, serviceAllocation, quota, ...rest }) =>
      pool(name, addresses, {
        createdAt: at(age),
        ...rest,
        ...(quota === undefined ? {} : { quota }),
        ...(serviceAllocation === undefined ? {} : { serviceAllocation }),
      }),
    )
}

function anyAdvertisement(name: string): fc.Arbitrary<Read<L2Advertisement>> {
  return fc
    .record({
      ipAddressPools: fc.subarray([...poolNames, 'unknown'], { maxLength: 2 }),
      nodeSelectors: selectors,
      serviceSelectors: fc.oneof(
        { weight: 3, arbitrary: fc.constant<string[]>([]) },
        { weight: 1, arbitrary: selectors },
      ),
      interfaces: fc.subarray(['eth0', 'eth1', 'lan0'], { maxLength: 2 }),
      preferredNodeSelectors: fc.array(
        fc.record({ weight: fc.integer({ min: 1, max: 3 }), preference: selector }),
        {
          maxLength: 2,
        },
      ),
    })
    .map((spec) => advertisement(name, spec))
}

const annotations = fc
  .record({
    'metallb.io/address-pool': some(fc.constantFrom(...poolNames, 'unknown')),
    'metallb.io/loadBalancerIPs': some(
      fc.oneof(anyAddress, fc.tuple(anyAddress, anyAddress).map(String), fc.constant('nonsense')),
    ),
    'metallb.io/allow-shared-ip': some(fc.constantFrom('k', 'l')),
  })
  .map((all) =>
    Object.fromEntries(
      Object.entries(all).flatMap(([key, value]): [string, string][] =>
        value === undefined ? [] : [[key, value]],
      ),
    ),
  )

const stacks = fc.constantFrom<Pick<Service, 'clusterIPs' | 'ipFamilyPolicy' | 'ipFamilies'>>(
  { clusterIPs: ['10.96.0.1'], ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'] },
  { clusterIPs: ['fd00::1'], ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] },
  { clusterIPs: ['10.96.0.1', 'fd00::1'], ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4', 'IPv6'] },
  { clusterIPs: ['fd00::1', '10.96.0.1'], ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv6', 'IPv4'] },
  { clusterIPs: ['10.96.0.1', 'fd00::1'], ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] },
  { clusterIPs: ['10.96.0.1'], ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4'] },
  { clusterIPs: [], ipFamilyPolicy: 'SingleStack', ipFamilies: [] },
)

export function anyService(name: string): fc.Arbitrary<Service> {
  return fc
    .record({
      stack: stacks,
      age: fc.nat(3),
      namespace: fc.constantFrom('default', 'prod'),
      labels,
      annotations,
      type: fc.constantFrom('LoadBalancer', 'LoadBalancer', 'LoadBalancer', 'LoadBalancer', 'ClusterIP'),
      loadBalancerClass: fc.constantFrom(undefined, undefined, undefined, 'other'),
      externalTrafficPolicy: fc.constantFrom('Cluster' as const, 'Local' as const),
      selector: fc.constantFrom<Readonly<Record<string, string>>>({}, { app: 'x' }),
      port: fc.constantFrom(80, 443),
      deleting: fc.constantFrom(false, false, false, true),
      ingress: fc.oneof(
        { weight: 2, arbitrary: fc.constant<string[]>([]) },
        { weight: 1, arbitrary: fc.array(anyAddress, { maxLength: 2 }) },
      ),
      from: some(fc.constantFrom(...poolNames)),
      since: fc.nat(3),
    })
    .map(({ stack, age, loadBalancerClass, port, ingress, from, since, ...rest }) => {
      const one = service(name, {
        ...rest,
        ...stack,
        createdAt: at(age),
        ...(loadBalancerClass === undefined ? {} : { loadBalancerClass }),
        ports: [{ name: '', protocol: 'TCP', port }],
        ingress,
      })
      if (from === undefined) return one
      const conditions = [condition('metallb.io/Allocated', { lastTransitionTime: at(since) })]
      return { ...assigned(one, ingress, from), conditions }
    })
}

const anyNode = (name: string): fc.Arbitrary<Node> =>
  fc
    .record({
      labels: fc.oneof(
        labels,
        labels,
        fc.constant({ 'node.kubernetes.io/exclude-from-external-load-balancers': '' }),
      ),
      networkUnavailable: fc.constantFrom(false, false, false, false, true),
    })
    .map((changes) => node(name, changes))

const anySpeaker = (name: string): fc.Arbitrary<Speaker> =>
  fc.constantFrom(speaker(name), speaker(name, ['eth0', 'eth1']), { node: name })

const anyEndpoint: fc.Arbitrary<Endpoint> = fc
  .tuple(fc.constantFrom(...nodeNames, undefined), fc.boolean())
  .map(([name, serving]) => endpoint(name, serving))

function oneOfEach<Name extends string, Value>(
  names: readonly Name[],
  make: (name: Name) => fc.Arbitrary<Value>,
): fc.Arbitrary<Value[]> {
  return fc.subarray([...names]).chain((chosen) => fc.tuple(...chosen.map(make)))
}

const serviceNames = ['s', 't', 'u', 'v', 'w', 'x', 'y']

export const anySnapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    pools: oneOfEach(poolNames, anyPool),
    l2Advertisements: oneOfEach(['one', 'two'], anyAdvertisement),
    services: oneOfEach(serviceNames, anyService),
    endpoints: fc.array(some(fc.array(anyEndpoint, { maxLength: 3 })), { minLength: 7, maxLength: 7 }),
    nodes: oneOfEach(nodeNames, anyNode),
    speakers: oneOfEach(nodeNames, anySpeaker),
    ignoreExcludeLabel: fc.boolean(),
    ofDefault: labels,
    ofProd: labels,
  })
  .map(({ endpoints, ignoreExcludeLabel, services, ofDefault, ofProd, ...rest }) => {
    const slices = services.flatMap(({ key }, position): [string, readonly Endpoint[]][] => {
      const found = endpoints[position]
      return found === undefined ? [] : [[key, found]]
    })
    const namespaces = new Map([
      ['default', namespace('default', ofDefault)],
      ['prod', namespace('prod', ofProd)],
    ])
    return snapshot({
      ...rest,
      services,
      settings: { ignoreExcludeLabel },
      endpoints: new Map(slices),
      namespaces,
    })
  })

export const clusterNodes: readonly string[] = nodeNames

/** The cluster after everything that the plan says was written. */
export function applied(of: Snapshot, plan: ControllerPlan): Snapshot {
  const services = of.services.map((one): Service => {
    const { 'metallb.io/ip-allocated-from-pool': _, ...others } = one.annotations
    const planned = plan.services.get(one.key)
    if (planned?.state === 'assigned')
      return assigned({ ...one, annotations: others }, planned.addresses, planned.pool)
    const released = planned?.state === 'pending' || (planned?.state === 'not-ours' && planned.release)
    return released ? { ...one, annotations: others, ingress: [], conditions: [] } : one
  })
  return { ...of, services }
}

/** The same objects under other identities: nothing remembered of the old ones applies. */
export function reborn(of: Snapshot): Snapshot {
  return structuredClone(of)
}

/** The same objects in another order. */
export function shuffled(of: Snapshot): fc.Arbitrary<Snapshot> {
  const shuffle = <Item>(items: readonly Item[]) =>
    fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length })
  return fc
    .record({
      pools: shuffle(of.pools),
      l2Advertisements: shuffle(of.l2Advertisements),
      services: shuffle(of.services),
      nodes: shuffle(of.nodes),
      speakers: shuffle(of.speakers),
      endpoints: shuffle([...of.endpoints]).map((all) => new Map(all)),
    })
    .map((parts) => ({ ...of, ...parts }))
}
