// One of each: a Lease that only this process renews.
import { expect } from 'chai'
import { leaseKind } from '../../crds/lease.ts'
import { dig } from '../../test/support/dig.ts'
import { eventually, turns } from '../../test/support/eventually.ts'
import { fakeAuth, startFakeApi } from '../../test/support/fake-api.ts'
import type { FakeApi } from '../../test/support/fake-api.ts'
import { fakeClock } from '../../test/support/fake-clock.ts'
import type { FakeClock } from '../../test/support/fake-clock.ts'
import { createClient } from './client.ts'
import type { Client } from './client.ts'
import { startRenewal } from './renewal.ts'
import type { Renewal } from './renewal.ts'

const lease = { collection: '/apis/coordination.k8s.io/v1/leases', namespace: 'herald', name: 'node-a' }
const ref = { kind: leaseKind, namespace: 'herald', name: 'node-a' }
const everyRequest = (): boolean => true

describe('renewal', () => {
  let api: FakeApi
  let time: FakeClock
  let client: Client
  let renewal: Renewal
  let renewedAt: number[]
  let failures: unknown[]
  let claims: string

  beforeEach(async () => {
    api = await startFakeApi()
    time = fakeClock()
    renewedAt = []
    failures = []
    claims = 'none'
    client = createClient({ auth: fakeAuth(api.server), userAgent: 'test', clock: time.clock })
  })

  afterEach(async () => {
    await renewal.stop()
    await client.close()
    await api.close()
  })

  async function start(): Promise<void> {
    renewal = startRenewal(client, {
      namespace: 'herald',
      name: 'node-a',
      identity: 'me',
      clock: time.clock,
      content: () => ({ intervalMs: 2_000, durationMs: 6_000, annotations: { claims } }),
      onRenewed: (sentAtMs) => renewedAt.push(sentAtMs),
      report: (error) => failures.push(error),
    })
    await eventually('the first attempt', () => renewedAt.length + failures.length === 1)
    await turns(2) // it rests
  }

  const spec = (field: string) => dig(api.store.get(lease), 'spec', field)

  it('makes the Lease, and renews it in the rhythm of its content', async () => {
    await start()
    time.advance(1_999)
    await turns()
    expect(renewedAt).to.deep.equal([0])
    time.advance(1)
    await eventually('a renewal', () => renewedAt.length === 2)
    expect(renewedAt).to.deep.equal([0, 2_000])
    expect(spec('leaseDurationSeconds')).to.equal(6)
    expect(spec('renewTime')).to.equal('2026-11-24T08:00:02.000000Z')
    expect(renewal.lastRenewedMs()).to.equal(2_000)
  })

  it('writes new content at once when told so', async () => {
    await start()
    claims = 'one'
    renewal.renewNow()
    await eventually('a renewal', () => renewedAt.length === 2)
    expect(dig(api.store.get(lease), 'metadata', 'annotations')).to.deep.equal({ claims: 'one' })
    expect(time.clock.now()).to.equal(0)
  })

  it('tries again soon after a failure', async () => {
    api.fault({ on: everyRequest, type: 'status', status: 500 })
    await start()
    time.advance(500)
    await eventually('a renewal', () => renewedAt.length === 1)
    expect(renewedAt).to.deep.equal([500])
  })

  it('takes its Lease over from its predecessor on the node', async () => {
    api.put('/apis/coordination.k8s.io/v1/namespaces/herald/leases/node-a', {
      spec: { holderIdentity: 'before', leaseDurationSeconds: 6, leaseTransitions: 4 },
    })
    await start()
    expect(spec('holderIdentity')).to.equal('me')
    expect(spec('leaseTransitions')).to.equal(5)
  })

  it('makes the Lease anew when someone deleted it', async () => {
    await start()
    await client.remove(ref)
    time.advance(2_000)
    await eventually('the failure', () => failures.length === 1)
    await turns(2)
    time.advance(500)
    await eventually('a renewal', () => renewedAt.length === 2)
    expect(spec('holderIdentity')).to.equal('me')
  })

  it('knows when it sent a Lease that comes back through a watch', async () => {
    await start()
    time.advance(2_000)
    await eventually('a renewal', () => renewedAt.length === 2)
    expect(renewal.sentAtMs(await client.get(ref))).to.equal(2_000)
  })

  it('does not take the Lease of another process for its own', async () => {
    await start()
    const { spec: held, ...rest } = await client.get(ref)
    const other = { ...rest, spec: { renewTime: dig(held, 'renewTime'), holderIdentity: 'other' } }
    expect(renewal.sentAtMs(other)).to.equal(undefined)
  })

  it('releases the Lease when it is stopped', async () => {
    await start()
    await renewal.stop()
    expect(spec('holderIdentity')).to.equal('')
    expect(spec('leaseDurationSeconds')).to.equal(1)
  })

  it('does not release what its successor holds', async () => {
    await start()
    api.put('/apis/coordination.k8s.io/v1/namespaces/herald/leases/node-a', {
      spec: { holderIdentity: 'next' },
    })
    await renewal.stop()
    expect(spec('holderIdentity')).to.equal('next')
  })
})
