// What is written on pools and advertisements.
import { expect } from 'chai'
import { lanPools } from '../test/support/l2-scene.ts'
import { advertisement, assigned, at, cluster, pool, service, snapshot } from '../test/support/snapshots.ts'
import { conditionsOf, statusOf } from '../test/support/statuses.ts'

describe('the status of pools and advertisements', () => {
  it('a valid pool is Ready and counts', () => {
    const of = snapshot({
      pools: [pool('a', ['192.0.2.0/24', '2001:db8::/64'])],
      services: [assigned(service('web'), ['192.0.2.0'], 'a')],
    })
    const status = statusOf(of, 'a')
    expect(status?.status).to.deep.equal({
      observedGeneration: 1,
      assignedIPv4: 1,
      assignedIPv6: 0,
      availableIPv4: 255,
      availableIPv6: 2n ** 63n - 1n,
    })
    expect(status?.conditions).to.deep.equal([
      {
        type: 'Ready',
        status: 'True',
        reason: 'Valid',
        message: 'the object is in use',
        observedGeneration: 1,
      },
    ])
  })

  it('an invalid pool is not Ready, is Stalled, and says each thing that is wrong', () => {
    const status = statusOf(snapshot({ pools: [pool('a', ['192.0.2.0/240', 'nonsense'])] }), 'a')
    expect(conditionsOf(status)).to.deep.equal(['Ready=False InvalidSpec', 'Stalled=True InvalidSpec'])
    expect(status?.conditions?.[0]?.message)
      .to.contain('spec.addresses[0]')
      .and.to.contain('spec.addresses[1]')
  })

  it('10,000 bad entries fit in a message', () => {
    const status = statusOf(
      snapshot({
        pools: [
          pool(
            'a',
            Array.from({ length: 10_000 }, () => 'x'),
          ),
        ],
      }),
      'a',
    )
    expect(status?.conditions?.[0]?.message).to.have.lengthOf(32_768)
  })

  it('pools that overlap are Ready, and each says so of both', () => {
    const both = [
      pool('old', ['192.0.2.0/24']),
      pool('young', ['192.0.2.128-192.0.3.9'], { createdAt: at(5) }),
    ]
    for (const name of ['old', 'young']) {
      const status = statusOf(snapshot({ pools: both }), name)
      expect(conditionsOf(status)).to.deep.equal(['Ready=True OverlappingPools'])
      expect(status?.conditions?.[0]?.message).to.equal(
        'pools old and young both hold 192.0.2.128/25; old is the older one and keeps it',
      )
    }
  })

  const advertisements: readonly (readonly [
    title: string,
    spec: Record<string, unknown>,
    expected: readonly string[],
  ])[] = [
    ['without any choice', {}, ['Ready=True Valid']],
    ['with an unknown pool beside a known one', { ipAddressPools: ['a', 'x'] }, ['Ready=True UnknownPool']],
    [
      'with unknown pools only',
      { ipAddressPools: ['x'] },
      ['Ready=False NoPoolSelected', 'Reconciling=True NoPoolSelected'],
    ],
    ['with an unknown interface', { interfaces: ['eth9'] }, ['Ready=True UnknownInterface']],
    ['that selects no node', { nodeSelectors: [{ matchLabels: { x: 'y' } }] }, ['Ready=True NoNodeSelected']],
    [
      'with a selector that cannot be read',
      { nodeSelectors: [{ matchExpressions: [{ key: 'x', operator: 'Like' }] }] },
      ['Ready=False InvalidSpec', 'Stalled=True InvalidSpec'],
    ],
  ]
  for (const [title, spec, expected] of advertisements) {
    it(`an advertisement ${title}: ${expected.join(', ')}`, () => {
      const of = cluster(['node-a'], { pools: lanPools, l2Advertisements: [advertisement('one', spec)] })
      expect(conditionsOf(statusOf(of, 'one'))).to.deep.equal(expected)
    })
  }
})
