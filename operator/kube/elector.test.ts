// One of many: gains, renews, loses before others may take over, releases.
import { expect } from 'chai'
import { leaseKind } from '../../crds/lease.ts'
import { dig } from '../../test/support/dig.ts'
import { eventually, turns } from '../../test/support/eventually.ts'
import { fakeAuth, startFakeApi } from '../../test/support/fake-api.ts'
import type { FakeApi, FakeRequest } from '../../test/support/fake-api.ts'
import { fakeClock } from '../../test/support/fake-clock.ts'
import type { FakeClock } from '../../test/support/fake-clock.ts'
import { createClient } from './client.ts'
import type { Client } from './client.ts'
import { startElector } from './elector.ts'
import type { Elector } from './elector.ts'

const leasePath = '/apis/coordination.k8s.io/v1/namespaces/herald/leases/controller'
const lease = { collection: '/apis/coordination.k8s.io/v1/leases', namespace: 'herald', name: 'controller' }
const isWrite = ({ method }: FakeRequest): boolean => method !== 'GET'
const everyRequest = (): boolean => true

describe('elector', () => {
  let api: FakeApi
  let time: FakeClock
  let client: Client
  let elector: Elector
  let told: string[]

  beforeEach(async () => {
    api = await startFakeApi()
    time = fakeClock()
    told = []
    client = createClient({ auth: fakeAuth(api.server), userAgent: 'test', clock: time.clock })
  })

  afterEach(async () => {
    await stopped()
    await client.close()
    await api.close()
  })

  function start(): void {
    elector = startElector(client, {
      namespace: 'herald',
      name: 'controller',
      identity: 'me',
      clock: time.clock,
      onGained: () => told.push('gained'),
      onLost: () => told.push('lost'),
      onHolder: (identity) => told.push(`holder '${identity}'`),
      report: () => told.push('failed'),
    })
  }

  async function startAsHolder(): Promise<void> {
    start()
    await eventually('the Lease is ours', () => elector.mayWrite())
  }

  /** What has no answer is given up by its deadline. */
  async function stopped(): Promise<void> {
    const ended = elector.stop().then(() => true)
    let isEnded = false
    void ended.then(() => (isEnded = true))
    await turns(20)
    while (!isEnded) {
      time.advance(Math.min(time.nextIn(), 1_000))
      await turns(20)
    }
  }

  /** The next attempt begins and ends. */
  async function attempt(): Promise<void> {
    const before = api.requests.length
    time.advance(time.nextIn())
    await eventually('an attempt', () => api.requests.length > before)
    await turns()
  }

  const spec = (field: string) => dig(api.store.get(lease), 'spec', field)
  const heldByAnother = (renewTime = 'then') =>
    api.put(leasePath, {
      spec: { holderIdentity: 'other', leaseDurationSeconds: 4, leaseTransitions: 2, renewTime },
    })

  it('takes a Lease that is not there', async () => {
    await startAsHolder()
    expect(told).to.deep.equal([`holder ''`, `holder 'me'`, 'gained'])
    expect(spec('holderIdentity')).to.equal('me')
    expect(spec('leaseDurationSeconds')).to.equal(4)
    expect(spec('leaseTransitions')).to.equal(0)
    expect(elector.signal().aborted).to.equal(false)
  })

  it('renews it every second', async () => {
    await startAsHolder()
    const renewed = spec('renewTime')
    const acquired = spec('acquireTime')
    time.advance(1_000)
    await eventually('a renewal', () => spec('renewTime') !== renewed)
    expect(spec('renewTime')).to.equal('2026-11-24T08:00:01.000000Z')
    expect(spec('acquireTime')).to.equal(acquired)
    expect(spec('leaseTransitions')).to.equal(0)
  })

  it('may not write after its deadline, though nothing else has run since', async () => {
    await startAsHolder()
    time.spend(2_999)
    expect(elector.mayWrite()).to.equal(true)
    time.spend(1)
    expect(elector.mayWrite()).to.equal(false)
  })

  it('ends its term at the deadline when no renewal gets through, before others may take over', async () => {
    await startAsHolder()
    const signal = elector.signal()
    api.fault({ on: everyRequest, type: 'status', status: 500, times: 99 })
    while (time.clock.now() < 3_000) {
      time.advance(Math.min(time.nextIn(), 3_000 - time.clock.now()))
      await turns(20)
    }
    expect(signal.aborted).to.equal(true)
    expect(told.at(-1)).to.equal('lost')
    expect(told).to.include('failed')
    expect(time.clock.now()).to.be.below(4_000)
  })

  it('waits for a slow API server as long as it may act, and gives up then', async () => {
    await startAsHolder()
    api.fault({ on: isWrite, type: 'silence', times: 99 })
    const before = api.requests.length
    time.advance(1_000)
    await eventually('the renewal', () => api.requests.length > before)
    time.advance(1_900)
    await turns(20)
    expect(told).to.not.include('failed')
    expect(elector.mayWrite()).to.equal(true)
    time.advance(100)
    await eventually('its end', () => told.includes('failed'))
    expect(elector.mayWrite()).to.equal(false)
  })

  it('renews over another connection when one has no answer, and gives up neither', async () => {
    await startAsHolder()
    const renewed = spec('renewTime')
    api.fault({ on: isWrite, type: 'silence' })
    const before = api.requests.length
    time.advance(1_000)
    await eventually('the renewal', () => api.requests.length > before)
    time.advance(1_000) // half of what is left
    await eventually('the second one', () => spec('renewTime') !== renewed)
    await turns(20)
    time.advance(1_500)
    expect(elector.mayWrite()).to.equal(true)
    expect(told).to.include.members(['gained']).and.not.include('lost').and.not.include('failed')
  })

  it('renews by the second attempt when the first was taken and its answer is lost', async () => {
    await startAsHolder()
    const before = api.requests.length
    api.fault({ on: isWrite, type: 'silence-after' })
    time.advance(1_000)
    await eventually('the renewal', () => api.requests.length > before)
    for (let half = 0; half < 2; half++) {
      time.advance(half === 0 ? 1_000 : 500) // the second meets a conflict, the third looks first
      await turns(40)
    }
    await eventually('a look and a renewal', () => spec('renewTime') === '2026-11-24T08:00:02.500000Z')
    time.advance(1_000)
    expect(elector.mayWrite()).to.equal(true)
    expect(told).to.not.include('lost')
  })

  it('may not write before its own write is answered', async () => {
    api.fault({ on: isWrite, type: 'silence' })
    start()
    await eventually('the write', () => api.requests.some(isWrite))
    expect(elector.mayWrite()).to.equal(false)
  })

  it('counts its deadline from when a renewal was sent, not from its answer', async () => {
    const slowly = (request: FakeRequest): boolean => {
      if (isWrite(request)) time.spend(700) // on its way
      return false
    }
    api.fault({ on: slowly, type: 'silence' })
    await startAsHolder()
    time.spend(2_299)
    expect(elector.mayWrite()).to.equal(true)
    time.spend(1)
    expect(elector.mayWrite()).to.equal(false)
  })

  it('goes on with a term of its own when a renewal gets through again in time', async () => {
    await startAsHolder()
    const signal = elector.signal()
    api.fault({ on: isWrite, type: 'reset' })
    await attempt()
    const renewed = spec('renewTime')
    await attempt()
    await eventually('a renewal', () => spec('renewTime') !== renewed)
    expect(signal.aborted).to.equal(false)
    expect(told.filter((word) => word === 'gained')).to.have.length(1)
  })

  it('finds out that a write without an answer had made it the holder', async () => {
    api.fault({ on: isWrite, type: 'reset-after' })
    start()
    await eventually('the failure', () => told.includes('failed'))
    expect(elector.mayWrite()).to.equal(false)
    await attempt()
    await eventually('the Lease is ours', () => elector.mayWrite())
    expect(spec('holderIdentity')).to.equal('me')
  })

  it('leaves a Lease alone that another one renews', async () => {
    heldByAnother()
    start()
    await eventually('the look', () => elector.holder() === 'other')
    while (time.clock.now() < 10_000) {
      heldByAnother(String(time.clock.now()))
      await attempt()
    }
    expect(elector.mayWrite()).to.equal(false)
    expect(api.requests.filter(isWrite)).to.deep.equal([])
  })

  it('takes over when the Lease was not renewed for as long as it lasts, by its own clock', async () => {
    heldByAnother('2036-01-01T00:00:00.000000Z') // the other one's clock is wrong
    start()
    await eventually('the look', () => elector.holder() === 'other')
    while (!elector.mayWrite()) await attempt()
    expect(time.clock.now()).to.be.within(4_000, 4_600)
    expect(spec('leaseTransitions')).to.equal(3)
  })

  it('takes over a released Lease at its next look', async () => {
    heldByAnother()
    start()
    await eventually('the look', () => elector.holder() === 'other')
    api.put(leasePath, { spec: { holderIdentity: '', leaseDurationSeconds: 1 } })
    await attempt()
    await eventually('the Lease is ours', () => elector.mayWrite())
    expect(time.clock.now()).to.equal(600)
  })

  it('is no holder any more when another one has written the Lease', async () => {
    await startAsHolder()
    heldByAnother()
    await attempt() // a conflict
    await attempt() // a look
    await eventually('the loss', () => told.includes('lost'))
    expect(elector.mayWrite()).to.equal(false)
    expect(spec('holderIdentity')).to.equal('other')
  })

  it('releases the Lease when it is stopped', async () => {
    await startAsHolder()
    await stopped()
    expect(spec('holderIdentity')).to.equal('')
    expect(spec('leaseDurationSeconds')).to.equal(1)
    expect(elector.mayWrite()).to.equal(false)
    expect(told.slice(-2)).to.include('lost')
  })

  it('does not release what another one holds', async () => {
    heldByAnother()
    start()
    await eventually('the look', () => elector.holder() === 'other')
    await stopped()
    expect(spec('holderIdentity')).to.equal('other')
  })

  it('keeps the labels that someone put on the Lease', async () => {
    await client.create(leaseKind, {
      metadata: { namespace: 'herald', name: 'controller', labels: { a: 'b' } },
    })
    await startAsHolder()
    expect(dig(api.store.get(lease), 'metadata', 'labels')).to.deep.equal({ a: 'b' })
  })
})
