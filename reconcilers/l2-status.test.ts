// What a speaker writes of what it announces, and what it sees of its addresses.
import { expect } from 'chai'
import type { ServiceL2Status } from '../crds/service-l2-status.ts'
import { observed, observedClaim } from '../test/support/l2-observed.ts'
import {
  advertisement,
  assigned,
  cluster,
  pool,
  service,
  snapshot,
  speaker,
} from '../test/support/snapshots.ts'
import { abandonedL2Statuses, l2StatusName, l2Statuses, staleL2Statuses } from './l2-status.ts'
import { planSpeaker } from './plan.ts'
import type { SpeakerPlan } from './plan.ts'
import { speakerStatuses } from './status.ts'

function scene(spec: Readonly<Record<string, unknown>> = {}) {
  return cluster(['node-a'], {
    pools: [pool('a', ['192.0.2.0/24', '2001:db8::/64'])],
    l2Advertisements: [advertisement('all', spec)],
    services: [assigned(service('web'), ['192.0.2.200'], 'a')],
  })
}

const plan = (): SpeakerPlan => planSpeaker(scene(), 'node-a')

describe('ServiceL2Status', () => {
  it('is one object per Service, with the labels that people select by; no interface named means all', () => {
    expect(l2Statuses(plan(), observed([observedClaim('192.0.2.200')]), 'metallb-system')).to.deep.equal([
      {
        kind: {
          group: 'metallb.io',
          version: 'v1beta1',
          plural: 'servicel2statuses',
          kind: 'ServiceL2Status',
          namespaced: true,
        },
        namespace: 'metallb-system',
        name: l2StatusName('node-a', 'default/web'),
        part: 'object',
        urgent: false,
        labels: {
          'metallb.io/node': 'node-a',
          'metallb.io/service-name': 'web',
          'metallb.io/service-namespace': 'default',
        },
        status: { node: 'node-a', serviceName: 'web', serviceNamespace: 'default', interfaces: [] },
      },
    ])
  })

  it('names the interfaces of the advertisements in order', () => {
    const named = planSpeaker(scene({ interfaces: ['eth1', 'eth0'] }), 'node-a')
    const [status] = l2Statuses(named, observed([observedClaim('192.0.2.200')]), 'metallb-system')
    expect(status?.status['interfaces']).to.deep.equal([{ name: 'eth0' }, { name: 'eth1' }])
  })

  it('is not there before the engine answers, nor when the claim is handed over', () => {
    const silent = [
      [],
      [observedClaim('192.0.2.200', { interfaces: [] })],
      [observedClaim('192.0.2.200', { yielded: true })],
    ]
    for (const claims of silent)
      expect(l2Statuses(plan(), observed(claims), 'metallb-system')).to.deep.equal([])
  })

  it('has a name that a restart finds again and that no other node or Service has', () => {
    expect(l2StatusName('node-a', 'default/web')).to.match(/^l2-[0-9a-f]{20}$/)
    const names = ['node-a', 'node-b'].flatMap((node) =>
      ['default/a', 'default/b'].map((key) => l2StatusName(node, key)),
    )
    expect(new Set(names).size).to.equal(4)
  })

  const standing = (node: string, serviceName: string) => ({
    name: l2StatusName(node, `default/${serviceName}`),
    namespace: 'metallb-system',
    node,
    serviceName,
    serviceNamespace: 'default',
    interfaces: [],
  })
  const named = (list: readonly ServiceL2Status[]) =>
    list.map(({ node, serviceName }) => `${node} ${serviceName}`)

  it('is stale when it is one of this node that is not wished any more', () => {
    const wished = l2Statuses(plan(), observed([observedClaim('192.0.2.200')]), 'metallb-system')
    const all = [standing('node-a', 'web'), standing('node-a', 'gone'), standing('node-b', 'other')]
    expect(named(staleL2Statuses(all, wished, 'node-a'))).to.deep.equal(['node-a gone'])
  })

  it('is abandoned when its speaker is no more, and another one announces the Service, or it is gone', () => {
    const all = [
      standing('node-a', 'web'),
      standing('node-dead', 'web'), // announced by node-a
      standing('node-dead', 'other'), // its successor has not reported yet
      standing('node-dead', 'gone'),
      standing('node-a', 'gone'), // its own speaker clears it away
    ]
    const of = snapshot({
      speakers: [speaker('node-a')],
      services: [service('web'), service('other')],
    })
    expect(named(abandonedL2Statuses(all, of))).to.deep.equal(['node-dead web', 'node-dead gone'])
  })

  it('is not abandoned while its speaker has created it, and not yet written its status', () => {
    const of = snapshot({ speakers: [speaker('node-a')], services: [service('web')] })
    const bare = { ...standing('', ''), serviceNamespace: '' }
    expect(abandonedL2Statuses([standing('node-a', 'web'), bare], of)).to.deep.equal([])
  })

  it('bears the name of its node as a label, however long that is', () => {
    const long = 'n'.repeat(100)
    const [status] = l2Statuses({ ...plan(), node: long }, observed([observedClaim('192.0.2.200')]), 'x')
    expect(status?.labels?.['metallb.io/node']).to.have.length(63)
    expect(status?.status).to.include({ node: long })
  })
})

describe('what a speaker sees of its addresses', () => {
  it('stands in a condition of the ConfigurationState of the speaker, which stays Valid', () => {
    const off = observed([observedClaim('192.0.2.5')])
    const state = speakerStatuses(scene(), plan(), off).find(({ name }) => name === 'speaker-node-a')
    expect(state?.status).to.deep.equal({ result: 'Valid', errorSummary: '' })
    expect(state?.labels).to.deep.equal({
      'metallb.io/component-type': 'speaker',
      'metallb.io/node-name': 'node-a',
    })
    expect(state?.conditions?.map(({ type, status, reason }) => `${type}=${status} ${reason}`)).to.deep.equal(
      ['configReconcilerValid=True Reconciled', 'addressesUndisturbed=False AddressOffLink'],
    )
  })
})
