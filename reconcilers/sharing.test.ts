// When two Services have one address: metallb.md §3.5 condition by condition.
import { expect } from 'chai'
import type { Service } from '../crds/core.ts'
import { assigned, pool, service } from '../test/support/snapshots.ts'
import { ask, planOf, plans, v4 } from '../test/support/told.ts'

describe('shared addresses (metallb.md §3.5)', () => {
  const key = ask({ 'allow-shared-ip': 'k' })
  const port = (number: number, protocol: 'TCP' | 'UDP' = 'TCP') => ({
    ports: [{ name: '', protocol, port: number }],
  })
  const local = { externalTrafficPolicy: 'Local', selector: { app: 'x' } } as const

  const cases: readonly (readonly [title: string, Partial<Service>, Partial<Service>, string])[] = [
    [
      'two with one key and other ports share',
      { ...key, ...port(80) },
      { ...key, ...port(443) },
      'a 192.0.2.0',
    ],
    [
      'TCP and UDP of one number do not collide',
      { ...key, ...port(53) },
      { ...key, ...port(53, 'UDP') },
      'a 192.0.2.0',
    ],
    ['one port twice does', { ...key, ...port(80) }, { ...key, ...port(80) }, 'a 192.0.2.1'],
    ['no key, no sharing', port(80), { ...key, ...port(443) }, 'a 192.0.2.1'],
    [
      'an empty key is none',
      { ...ask({ 'allow-shared-ip': '' }), ...port(80) },
      { ...ask({ 'allow-shared-ip': '' }), ...port(443) },
      'a 192.0.2.1',
    ],
    [
      'keys that differ do not share',
      { ...key, ...port(80) },
      { ...ask({ 'allow-shared-ip': 'l' }), ...port(443) },
      'a 192.0.2.1',
    ],
    [
      'Cluster and Local do not share',
      { ...key, ...port(80) },
      { ...key, ...port(443), ...local },
      'a 192.0.2.1',
    ],
    [
      'two Local with equal selectors share',
      { ...key, ...port(80), ...local },
      { ...key, ...port(443), ...local },
      'a 192.0.2.0',
    ],
    [
      'two Local with other selectors do not',
      { ...key, ...port(80), ...local },
      { ...key, ...port(443), ...local, selector: { app: 'y' } },
      'a 192.0.2.1',
    ],
  ]
  for (const [title, first, second, expected] of cases) {
    it(`${title}`, () => {
      const services = [service('first', first), service('second', second)]
      expect(plans({ pools: [pool('a', v4)], services })['second']).to.equal(expected)
    })
  }

  it('an address that can be shared is preferred to a fresh one that is lower', () => {
    const first = assigned(service('first', { ...key, ...port(80) }), ['192.0.2.9'], 'a')
    const services = [
      { ...first, annotations: { ...first.annotations, ...key.annotations } },
      service('second', { ...key, ...port(443) }),
    ]
    expect(plans({ pools: [pool('a', v4)], services })['second']).to.equal('a 192.0.2.9')
  })

  it('Services of different namespaces share', () => {
    const services = [
      service('first', { ...key, ...port(80), namespace: 'one' }),
      service('second', { ...key, ...port(443), namespace: 'two' }),
    ]
    expect(plans({ pools: [pool('a', v4)], services })['two/second']).to.equal('a 192.0.2.0')
  })

  it('asking for an address that is in use names why it cannot be shared', () => {
    const wants = (changes: Partial<Service>) => {
      const annotations = { ...changes.annotations, 'metallb.io/loadBalancerIPs': '192.0.2.0' }
      const services = [
        service('first', { ...key, ...port(80) }),
        service('second', { ...changes, annotations }),
      ]
      return plans({ pools: [pool('a', v4)], services })['second']
    }
    expect(wants({ ...key, ...port(443) })).to.equal('a 192.0.2.0')
    expect(wants({ ...key, ...port(80) })).to.equal('pending SharedPortInUse')
    expect(wants({ ...ask({ 'allow-shared-ip': 'l' }), ...port(443) })).to.equal('pending SharingKeysDiffer')
    expect(wants({ ...key, ...port(443), ...local })).to.equal('pending SharingBackendsDiffer')
    expect(wants(port(443))).to.equal('pending AddressInUse')
  })

  it('a Service that shares stays when the other leaves', () => {
    const first = assigned(service('first', port(80)), ['192.0.2.9'], 'a')
    const alone = { ...first, annotations: { ...first.annotations, ...key.annotations } }
    expect(planOf(alone, [pool('a', v4)])).to.equal('a 192.0.2.9')
  })
})
