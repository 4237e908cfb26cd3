// What stands beside what is wished, also where a cache keeps only the part that is compared.
import { expect } from 'chai'
import type { Resource } from '../../crds/kind.ts'
import { serviceL2StatusKind } from '../../crds/service-l2-status.ts'
import { serviceKind } from '../../crds/service.ts'
import type { StatusObject } from '../../reconcilers/status.ts'
import { comparedPart, comparedPartOfService, isWriteNeeded, statusToApply } from './difference.ts'

const pool = 'metallb.io/ip-allocated-from-pool'

const service: Resource = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'web',
    namespace: 'default',
    uid: 'uid',
    resourceVersion: '7',
    labels: { app: 'web' },
    annotations: { [pool]: 'lan', 'example.org/manifest': 'x'.repeat(1_000) },
  },
  spec: { type: 'LoadBalancer' },
  status: {
    loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'VIP' }] },
    conditions: [
      {
        type: 'metallb.io/Allocated',
        status: 'True',
        reason: 'Allocated',
        message: 'ok',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ],
  },
}

const standing: StatusObject = {
  kind: serviceKind,
  namespace: 'default',
  name: 'web',
  uid: 'uid',
  part: 'status',
  urgent: true,
  annotations: { [pool]: 'lan' },
  status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
  conditions: [{ type: 'metallb.io/Allocated', status: 'True', reason: 'Allocated', message: 'ok' }],
}

const wishes: Readonly<Record<string, StatusObject>> = {
  'what stands there': standing,
  'another address': { ...standing, status: { loadBalancer: { ingress: [{ ip: '192.0.2.2' }] } } },
  'another pool': { ...standing, annotations: { [pool]: 'other' } },
  'no pool': { ...standing, annotations: { [pool]: null } },
  'another life': { ...standing, uid: 'other' },
  'no condition': { ...standing, conditions: [] },
}

describe('difference', () => {
  for (const [what, wish] of Object.entries(wishes))
    it(`decides of the part of a Service that is kept as of the whole: ${what}`, () => {
      const kept = comparedPartOfService(service)
      const now = '2026-02-02T00:00:00Z'
      expect(isWriteNeeded(kept, wish)).to.equal(isWriteNeeded(service, wish))
      expect(statusToApply(kept, wish, now)).to.deep.equal(statusToApply(service, wish, now))
    })

  it('keeps of a Service neither its spec nor its labels nor annotations of others', () => {
    const kept = comparedPartOfService(service)
    expect(Object.keys(kept)).to.have.members(['apiVersion', 'kind', 'metadata', 'status'])
    expect(kept.metadata).to.not.have.property('labels')
    expect(kept.metadata.annotations).to.deep.equal({ [pool]: 'lan' })
  })

  it('sees a label that another one took away from an object of ours', () => {
    const own: StatusObject = {
      kind: serviceL2StatusKind,
      namespace: 'metallb-system',
      name: 'l2-1',
      part: 'object',
      urgent: false,
      labels: { 'metallb.io/node': 'node-a' },
      status: { node: 'node-a' },
    }
    const metadata = { ...service.metadata, name: 'l2-1', labels: { 'metallb.io/node': 'node-a' } }
    const whole = { ...service, kind: 'ServiceL2Status', metadata, spec: {}, status: { node: 'node-a' } }
    expect(isWriteNeeded(comparedPart(whole), own)).to.equal(false)
    const bare = { ...whole, metadata: { ...metadata, labels: {} } }
    expect(isWriteNeeded(comparedPart(bare), own)).to.equal(true)
  })
})
