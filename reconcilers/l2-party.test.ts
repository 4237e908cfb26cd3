// Services that have an address in common.
import { expect } from 'chai'
import { announcers, byTheBook, nodeNames, scene } from '../test/support/l2-scene.ts'
import {
  advertisement,
  at,
  condition,
  dualStack,
  endpoint,
  service,
  speaker,
} from '../test/support/snapshots.ts'
import { planSpeaker } from './plan.ts'

describe('shared addresses', () => {
  const sharing = { annotations: { 'metallb.io/allow-shared-ip': 'k' } }
  const port = (number: number) => ({ ports: [{ name: '', protocol: 'TCP', port: number } as const] })
  const one = service('web', { ...sharing, ...port(80), ingress: ['192.0.2.7'] })
  const two = service('two', { ...sharing, ...port(443), ingress: ['192.0.2.7'], createdAt: at(5) })
  const onNode = (...names: readonly string[]) => names.map((name) => endpoint(name))

  it('are claimed once, by one node, whatever the endpoints of each Service', () => {
    const endpoints = new Map([
      ['default/web', onNode('node-a', 'node-b')],
      ['default/two', onNode('node-b', 'node-c')],
    ])
    const local = { externalTrafficPolicy: 'Local', selector: { app: 'x' } } as const
    const services = [
      { ...one, ...local },
      { ...two, ...local },
    ]
    const of = scene({ services, endpoints })
    expect(announcers(of)).to.deep.equal(['node-b'])
    expect(announcers(of, 'default/two')).to.deep.equal(['node-b'])
  })

  it('without a node in common the older Service has the address, and the other says so', () => {
    const endpoints = new Map([
      ['default/web', onNode('node-a')],
      ['default/two', onNode('node-c')],
    ])
    const local = { externalTrafficPolicy: 'Local', selector: { app: 'x' } } as const
    const services = [
      { ...one, ...local },
      { ...two, ...local },
    ]
    const of = scene({ services, endpoints })
    expect(announcers(of)).to.deep.equal(['node-a'])
    expect(announcers(of, 'default/two')).to.deep.equal(['SharedAddressElsewhere'])
  })

  it('are claimed on the interfaces of all advertisements that cover one of the Services', () => {
    const covers = (name: string, app: string, interfaces: readonly string[]) =>
      advertisement(name, { interfaces, serviceSelectors: [{ matchLabels: { app } }] })
    const services = [
      { ...one, labels: { app: 'one' } },
      { ...two, labels: { app: 'two' } },
    ]
    const speakers = nodeNames.map((name) => speaker(name, ['eth0', 'eth1']))
    const l2Advertisements = [covers('x', 'one', ['eth0']), covers('y', 'two', ['eth1'])]
    const [winner = ''] = byTheBook(nodeNames, '192.0.2.7')
    expect(planSpeaker(scene({ services, speakers, l2Advertisements }), winner).claims).to.deep.equal([
      { address: '192.0.2.7', interfaces: ['eth0', 'eth1'] },
    ])
  })

  it('of two Services that hold one address and do not share only the first assigned is announced', () => {
    const since = (seconds: number) => ({
      conditions: [condition('metallb.io/Allocated', { lastTransitionTime: at(seconds) })],
    })
    const services = [
      { ...one, annotations: {}, ...since(20) },
      { ...two, annotations: {}, ...since(10) },
    ]
    const of = scene({
      services,
      endpoints: new Map(services.map(({ key }) => [key, nodeNames.map((name) => endpoint(name))])),
    })
    expect(announcers(of)).to.deep.equal(['AddressInUse'])
    expect(announcers(of, 'default/two')).to.have.length(1)
  })

  it('an IPv6 address shared by a dual-stack and a single-stack Service has one owner', () => {
    const v6 = { clusterIPs: ['fd00::1'], ingress: ['2001:db8::7'] }
    for (let last = 0; last < 20; last++) {
      const services = [
        { ...one, ...dualStack, ingress: [`192.0.2.${last}`, '2001:db8::7'] },
        { ...two, ...v6 },
      ]
      const of = scene({
        services,
        endpoints: new Map(services.map(({ key }) => [key, nodeNames.map((name) => endpoint(name))])),
      })
      expect(announcers(of)).to.deep.equal(announcers(of, 'default/two'))
    }
  })
})
