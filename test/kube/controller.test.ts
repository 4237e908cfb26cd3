// The controller on a real API server, under the shipped roles: it assigns, says why not, and releases (ha.test.ts: two of them).
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import type { ControlPlane } from '../support/control-plane.ts'
import { dig, digList, digText } from '../support/dig.ts'
import {
  addressesOf,
  allAddresses,
  conditionOf,
  createTestPool,
  createTestService,
  defaultServices,
  heraldNamespace,
  ingressOf,
  readService,
  startHeraldPlane,
  startTestController,
} from '../support/herald-plane.ts'
import type { TestController } from '../support/herald-plane.ts'
import { until, untilTrue } from '../support/until.ts'

const poolPath = `/apis/metallb.io/v1beta1/namespaces/${heraldNamespace}/ipaddresspools/pool`

describe('the controller on a real API server', function () {
  this.timeout(180_000)
  let plane: ControlPlane
  const controllers = new Map<number, TestController>()

  const start = async (number: number): Promise<TestController> => {
    const controller = await startTestController(plane, number)
    controllers.set(number, controller)
    return controller
  }
  const end = async (number: number, signal: NodeJS.Signals): Promise<void> => {
    controllers.get(number)?.kill(signal)
    await controllers.get(number)?.exited
    controllers.delete(number)
  }
  const createPoolOf = async (name: string, spec: Readonly<Record<string, unknown>>): Promise<string> => {
    const path = poolPath.replace(/\/pool$/, '')
    const pool = { apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', metadata: { name }, spec }
    await plane.api.create(path, pool)
    return `${path}/${name}`
  }
  const untilAllocated = (name: string, reason: string): Promise<void> =>
    untilTrue(`${name} says ${reason}`, async () => {
      const condition = conditionOf(await readService(plane, name), 'metallb.io/Allocated')
      return digText(condition, 'reason') === reason
    })

  before(async () => {
    plane = await startHeraldPlane()
    await createTestPool(plane, 'pool', ['192.0.2.0/24', '198.51.100.0/24', '2001:db8::/120'])
    await start(1)
  })

  after(async () => {
    for (const number of controllers.keys()) await end(number, 'SIGKILL')
    await plane.stop()
  })

  it('gives a Service its address: ingress, mode, annotation, condition, event', async () => {
    await createTestService(plane, { name: 'web' })
    expect(await addressesOf(plane, 'web')).to.deep.equal(['192.0.2.0'])
    const service = await readService(plane, 'web')
    expect(dig(service, 'status', 'loadBalancer', 'ingress')).to.deep.equal([
      { ip: '192.0.2.0', ipMode: 'VIP' },
    ])
    expect(dig(service, 'metadata', 'annotations')).to.deep.include({
      'metallb.io/ip-allocated-from-pool': 'pool',
    })
    await untilTrue('its condition', async () => {
      const allocated = conditionOf(await readService(plane, 'web'), 'metallb.io/Allocated')
      return digText(allocated, 'status') === 'True'
    })
    const described = await until('its event', async () => {
      const text = await plane.kubectl(['describe', 'service', 'web'])
      return text.includes('IPAllocated') ? text : undefined
    })
    expect(described).to.match(/Normal\s+IPAllocated .*192\.0\.2\.0/)
  })

  it('gives a dual-stack Service one address of each family', async () => {
    await createTestService(plane, { name: 'dual', spec: { ipFamilyPolicy: 'RequireDualStack' } })
    expect(await addressesOf(plane, 'dual')).to.deep.equal(['192.0.2.1', '2001:db8::'])
  })

  it('says why a Service gets none, where kubectl shows it', async () => {
    const annotations = { 'metallb.io/loadBalancerIPs': '203.0.113.7' }
    await createTestService(plane, { name: 'outside', annotations })
    const condition = await until('its condition', async () =>
      conditionOf(await readService(plane, 'outside'), 'metallb.io/Allocated'),
    )
    expect(digText(condition, 'status')).to.equal('False')
    expect(digText(condition, 'reason')).to.equal('AddressOutsidePools')
    expect(digText(condition, 'message')).to.contain('203.0.113.7')
    await plane.kubectl([
      'wait',
      '--for=condition=metallb.io/Allocated=false',
      'service/outside',
      '--timeout=60s',
    ])
  })

  it('counts in the pool what it gave, and says that the pool is ready', async () => {
    const status = await until('three addresses counted', async () => {
      const pool = await plane.api.get(poolPath)
      return dig(pool, 'status', 'assignedIPv4') === 2 ? dig(pool, 'status') : undefined
    })
    expect(status).to.deep.include({
      assignedIPv4: 2,
      assignedIPv6: 1,
      availableIPv4: 510,
      availableIPv6: 255,
    })
    await plane.kubectl([
      '-n',
      heraldNamespace,
      'wait',
      '--for=condition=Ready',
      'ipaddresspool/pool',
      '--timeout=60s',
    ])
  })

  it('counts a pool that is larger than the field as the most that the field holds, to the last digit', async () => {
    await createTestPool(plane, 'huge', ['fd00:64::/64'])
    const path = poolPath.replace(/pool$/, 'huge')
    await until('it is counted', async () => dig(await plane.api.get(path), 'status', 'availableIPv6'))
    expect(await plane.api.raw(path)).to.include('"availableIPv6":9223372036854775807')
  })

  it('keeps back what a pool excludes, what is beyond a quota, and all of a paused pool', async () => {
    const limited = await createPoolOf('limited', {
      addresses: ['198.18.0.0/24'],
      autoAssign: false,
      excludeAddresses: ['198.18.0.0-198.18.0.9'],
      quota: { perNamespace: 1 },
    })
    const annotations = { 'metallb.io/address-pool': 'limited' }
    await createTestService(plane, { name: 'first', annotations })
    expect(await addressesOf(plane, 'first')).to.deep.equal(['198.18.0.10'])
    await createTestService(plane, { name: 'second', annotations })
    await untilAllocated('second', 'QuotaExceeded')
    await plane.api.merge(limited, {
      spec: { paused: true, quota: null, excludeAddresses: ['198.18.0.0/28'] },
    })
    await untilAllocated('second', 'PoolPaused')
    await untilAllocated('first', 'AddressExcluded')
    expect(ingressOf(await readService(plane, 'first'))).to.deep.equal(['198.18.0.10'])
    await plane.api.merge(limited, { spec: { paused: false } })
    expect(await addressesOf(plane, 'second')).to.deep.equal(['198.18.0.16'])
  })

  it('warns of a pool that holds cluster IPs, pods or a node, and goes on with it', async () => {
    await plane.api.create('/api/v1/nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'near' },
      spec: { podCIDR: '10.96.7.0/24', podCIDRs: ['10.96.7.0/24'] },
    })
    await plane.api.merge('/api/v1/nodes/near/status', {
      status: { addresses: [{ type: 'InternalIP', address: '10.96.9.9' }] },
    })
    const path = await createPoolOf('inside', { addresses: ['10.96.0.0/16'], autoAssign: false })
    const message = await until('all three are told', async () => {
      const ready = conditionOf(await plane.api.get(path), 'Ready')
      const text = digText(ready, 'message') ?? ''
      return text.includes('of ServiceCIDR') && text.includes('10.96.9.9') ? [ready, text] : undefined
    })
    expect(digText(message[0], 'status')).to.equal('True')
    expect(digText(message[0], 'reason')).to.equal('PoolHoldsNodeAddress')
    expect(message[1]).to.equal(
      'pool inside holds addresses of nodes: 10.96.9.9 of node near; ' +
        'pool inside overlaps cluster IPs of Services: 10.96.0.0/16 of ServiceCIDR kubernetes; ' +
        'pool inside overlaps addresses of pods: 10.96.7.0/24 of node near',
    )
    await plane.api.remove('/api/v1/nodes/near')
    await plane.api.remove(path)
  })

  it('says at the address which port no endpoint has, and takes it back', async () => {
    const ports = [
      { name: 'http', port: 80 },
      { name: 'admin', port: 8080 },
    ]
    await createTestService(plane, { name: 'ported', spec: { ports } })
    await addressesOf(plane, 'ported')
    const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices'
    const slicePorts = (...names: readonly string[]) =>
      names.map((name) => ({ name, protocol: 'TCP', port: 80 }))
    await plane.api.create(slices, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'ported-1', labels: { 'kubernetes.io/service-name': 'ported' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.244.0.9'] }],
      ports: slicePorts('http'),
    })
    const portsOf = async () => {
      const [ingress] = digList(await readService(plane, 'ported'), 'status', 'loadBalancer', 'ingress')
      return digList(ingress, 'ports')
    }
    const told = await until('the error stands', async () => {
      const all = await portsOf()
      return all.length > 0 ? all : undefined
    })
    expect(told).to.deep.equal([
      { port: 80, protocol: 'TCP' },
      { port: 8080, protocol: 'TCP', error: 'metallb.io/NoEndpointForPort' },
    ])
    await plane.api.merge(`${slices}/ported-1`, { ports: slicePorts('http', 'admin') })
    await untilTrue('the error is gone', async () => (await portsOf()).length === 0)
    await plane.api.remove(`${slices}/ported-1`)
    await plane.api.remove(`${defaultServices}/ported`)
  })

  it('says on a pool that the API server took what is wrong in it, and the others go on', async () => {
    await createTestPool(plane, 'broken', ['10.0.0.9-10.0.0.1', 'nonsense'])
    const condition = await until('its condition', async () => {
      const path = poolPath.replace(/pool$/, 'broken')
      return conditionOf(await plane.api.get(path), 'Ready')
    })
    expect(digText(condition, 'status')).to.equal('False')
    expect(digText(condition, 'message')).to.contain('nonsense').and.to.contain('10.0.0.9-10.0.0.1')
    await createTestService(plane, { name: 'beside' })
    expect(await addressesOf(plane, 'beside')).to.deep.equal(['192.0.2.2'])
  })

  it('takes 10,000 addresses in a list and annotations of 64 kB as any other', async () => {
    const addresses = Array.from({ length: 10_000 }, (_, index) => `172.20.${index >> 8}.${index & 255}/32`)
    const path = await createPoolOf('long', { addresses, autoAssign: false })
    const annotations = { 'metallb.io/address-pool': 'long', note: 'x'.repeat(65_536) }
    await createTestService(plane, { name: 'noted', annotations })
    expect(await addressesOf(plane, 'noted')).to.deep.equal(['172.20.0.0'])
    await untilTrue('the pool counts it', async () => {
      const pool = await plane.api.get(path)
      return dig(pool, 'status', 'availableIPv4') === 9_999 && dig(pool, 'status', 'assignedIPv4') === 1
    })
    const wish = { 'metallb.io/loadBalancerIPs': 'x'.repeat(65_536) }
    await createTestService(plane, { name: 'wordy', annotations: wish })
    await untilAllocated('wordy', 'UnreadableRequest')
    await createTestService(plane, { name: 'after-wordy', annotations })
    expect(await addressesOf(plane, 'after-wordy')).to.deep.equal(['172.20.0.1'])
    for (const name of ['noted', 'wordy', 'after-wordy']) await plane.api.remove(`${defaultServices}/${name}`)
    await plane.api.remove(path)
  })

  it('releases a Service that is no LoadBalancer any more, with an explicit empty list', async () => {
    await plane.api.merge(`${defaultServices}/beside`, {
      spec: { type: 'ClusterIP', allocateLoadBalancerNodePorts: null },
    })
    // The API server empties the list itself when the type changes; the rest of ours is for us to take away.
    await untilTrue('it is released', async () => {
      const now = await readService(plane, 'beside')
      const pool = dig(now, 'metadata', 'annotations', 'metallb.io/ip-allocated-from-pool')
      return ingressOf(now).length === 0 && pool === undefined
    })
    await untilTrue('its conditions are gone', async () =>
      digList(await readService(plane, 'beside'), 'status', 'conditions').every(
        (condition) => digText(condition, 'type')?.startsWith('metallb.io/') !== true,
      ),
    )
  })

  it('empties the list of a Service whose status another manager wrote last with Update, as MetalLB does', async () => {
    await createTestPool(plane, 'old', ['203.0.113.0/28'])
    const annotations = { 'metallb.io/loadBalancerIPs': '203.0.113.5' }
    await createTestService(plane, { name: 'migrated', annotations })
    await addressesOf(plane, 'migrated')
    const current = await readService(plane, 'migrated')
    await plane.api.replace(`${defaultServices}/migrated/status?fieldManager=metallb`, {
      ...(typeof current === 'object' ? current : {}),
      status: { loadBalancer: { ingress: [{ ip: '203.0.113.5' }] } },
    })
    await plane.api.remove(poolPath.replace(/pool$/, 'old'))
    await untilTrue(
      'the list is empty',
      async () => ingressOf(await readService(plane, 'migrated')).length === 0,
    )
    const allocated = conditionOf(await readService(plane, 'migrated'), 'metallb.io/Allocated')
    expect(digText(allocated, 'reason')).to.equal('AddressOutsidePools')
  })

  it('leaves a Service of another class alone', async () => {
    await createTestService(plane, { name: 'theirs', spec: { loadBalancerClass: 'example.com/theirs' } })
    await plane.api.merge(`${defaultServices}/theirs/status`, {
      status: { loadBalancer: { ingress: [{ ip: '203.0.113.99' }] } },
    })
    await createTestService(plane, { name: 'after-theirs' })
    await addressesOf(plane, 'after-theirs')
    const service = await readService(plane, 'theirs')
    expect(ingressOf(service)).to.deep.equal(['203.0.113.99'])
    expect(digList(service, 'status', 'conditions')).to.deep.equal([])
  })

  it('moves nobody when it is restarted, and works on', async () => {
    const before = await allAddresses(plane)
    await end(1, 'SIGKILL')
    await start(1)
    await createTestService(plane, { name: 'after-restart' })
    await addressesOf(plane, 'after-restart')
    const now = await allAddresses(plane)
    for (const [name, addresses] of before) expect(now.get(name), name).to.deep.equal(addresses)
  })

  it('was never refused anything by the API server: the shipped roles are enough', () => {
    for (const { logFile } of controllers.values())
      expect(readFileSync(logFile, 'utf8')).to.not.match(/forbidden/i)
  })
})
