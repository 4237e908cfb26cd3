// What a speaker writes of what it announces, and what it sees of its addresses.
import { expect } from 'chai'
import type { L2Observed, ObservedClaim, ObservedInterface } from '../protocols/l2/observed.ts'
import { advertisement, assigned, cluster, pool, service } from '../test/support/snapshots.ts'
import { addressWarnings, l2StatusName, l2Statuses, staleL2Statuses } from './l2-status.ts'
import { planSpeaker } from './plan.ts'
import type { SpeakerPlan } from './plan.ts'
import { speakerEvents } from './speaker-events.ts'
import { speakerStatuses } from './status.ts'

const eth0: ObservedInterface = {
  name: 'eth0',
  index: 2,
  mac: '02:00:00:00:00:01',
  candidate: true,
  addresses: ['192.0.2.130/25', 'fe80::1/64'],
}

function claim(address: string, changes: Partial<ObservedClaim> = {}): ObservedClaim {
  return {
    address,
    interfaces: ['eth0'],
    requestsReceived: 0,
    responsesSent: 0,
    gratuitousSent: 0,
    ...changes,
  }
}

function observed(claims: readonly ObservedClaim[]): L2Observed {
  return { generation: 1, alive: true, interfaces: [eth0], claims, dropped: {}, loopLagMs: 0 }
}

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
    expect(l2Statuses(plan(), observed([claim('192.0.2.200')]), 'metallb-system')).to.deep.equal([
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
    const [status] = l2Statuses(named, observed([claim('192.0.2.200')]), 'metallb-system')
    expect(status?.status['interfaces']).to.deep.equal([{ name: 'eth0' }, { name: 'eth1' }])
  })

  it('is not there before the engine answers, nor when the claim is handed over', () => {
    const silent = [[], [claim('192.0.2.200', { interfaces: [] })], [claim('192.0.2.200', { yielded: true })]]
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

  it('stale ones are those of this node that are not wished, and those of others for what this node announces', () => {
    const wished = l2Statuses(plan(), observed([claim('192.0.2.200')]), 'metallb-system')
    const standing = (node: string, serviceName: string) => ({
      name: l2StatusName(node, `default/${serviceName}`),
      namespace: 'metallb-system',
      node,
      serviceName,
      serviceNamespace: 'default',
      interfaces: [],
    })
    const all = [
      standing('node-a', 'web'),
      standing('node-a', 'gone'),
      standing('node-dead', 'web'),
      standing('node-b', 'other'),
    ]
    const stale = staleL2Statuses(all, wished, 'node-a').map(
      ({ node, serviceName }) => `${node} ${serviceName}`,
    )
    expect(stale).to.deep.equal(['node-a gone', 'node-dead web'])
  })
})

describe('what disturbs an address', () => {
  const warned = (one: ObservedClaim) =>
    (addressWarnings(observed([one])).get(one.address) ?? []).map(({ reason }) => reason)

  it('nothing, when it is in a subnet of an interface it is announced on', () => {
    expect(warned(claim('192.0.2.200'))).to.deep.equal([])
  })

  it('that it is in no subnet of them', () => {
    expect(warned(claim('192.0.2.5'))).to.deep.equal(['AddressOffLink'])
  })

  it('a link-local address says nothing of the subnet', () => {
    expect(warned(claim('2001:db8::5'))).to.deep.equal([])
  })

  it('that the kernel of the node has it', () => {
    expect(warned(claim('192.0.2.200', { heldBy: 'kube-ipvs0' }))).to.deep.equal(['AddressHeldByKernel'])
  })

  it('that another machine announces it', () => {
    const rival = { mac: '02:00:00:00:00:99', seenAt: 0 }
    expect(warned(claim('192.0.2.200', { rival }))).to.deep.equal(['AddressClaimedByOther'])
  })

  it('stands in a condition of the ConfigurationState of the speaker, which stays Valid', () => {
    const off = observed([claim('192.0.2.5')])
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

describe('events of a speaker', () => {
  const events = (
    before: L2Observed | undefined,
    now: L2Observed,
    standing: Parameters<typeof staleL2Statuses>[0] = [],
  ) =>
    speakerEvents({
      previous: before === undefined ? undefined : { plan: plan(), observed: before },
      current: { plan: plan(), observed: now },
      snapshot: scene(),
      standing,
    }).map(({ reason, note }) => `${reason}: ${note}`)
  const announcing = 'nodeAssigned: announcing from node "node-a" with protocol "layer2"'

  it('nodeAssigned comes once, when it begins to announce', () => {
    const answering = observed([claim('192.0.2.200')])
    expect(events(observed([]), answering)).to.deep.equal([announcing])
    expect(events(answering, answering)).to.deep.equal([])
    expect(events(undefined, answering)).to.deep.equal([announcing])
  })

  it('a restart that finds its own ServiceL2Status does not tell it again', () => {
    const own = {
      name: l2StatusName('node-a', 'default/web'),
      namespace: 'metallb-system',
      node: 'node-a',
      serviceName: 'web',
      serviceNamespace: 'default',
      interfaces: [],
    }
    expect(events(undefined, observed([claim('192.0.2.200')]), [own])).to.deep.equal([])
  })

  it('announceFailed comes when the node has none of the interfaces', () => {
    const nowhere = observed([claim('192.0.2.200', { interfaces: [] })])
    expect(events(observed([]), nowhere)).to.deep.equal([
      'announceFailed: 192.0.2.200: node node-a has none of the interfaces to announce on',
    ])
    expect(events(nowhere, nowhere)).to.deep.equal([])
  })

  it('a warning comes once, when it becomes so', () => {
    const calm = observed([claim('192.0.2.200')])
    const held = observed([claim('192.0.2.200', { heldBy: 'kube-ipvs0' })])
    expect(events(calm, held)).to.have.length(1)
    expect(events(held, held)).to.deep.equal([])
  })
})
