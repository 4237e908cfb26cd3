// The recorder: the same fact is one object, a storm is slowed down, nobody waits.
import { expect } from 'chai'
import type { EventObject } from '../../reconcilers/status.ts'
import { dig, digText } from '../../test/support/dig.ts'
import { eventually, turns } from '../../test/support/eventually.ts'
import { fakeAuth, startFakeApi } from '../../test/support/fake-api.ts'
import type { FakeApi, FakeRequest } from '../../test/support/fake-api.ts'
import { fakeClock } from '../../test/support/fake-clock.ts'
import type { FakeClock } from '../../test/support/fake-clock.ts'
import { serviceKind } from '../../test/support/resources-of-kind.ts'
import { createClient } from './client.ts'
import type { Client } from './client.ts'
import { startRecorder } from './events.ts'
import type { Recorder } from './events.ts'

const isCreate = ({ method }: FakeRequest): boolean => method === 'POST'
const isPatch = ({ method }: FakeRequest): boolean => method === 'PATCH'

function eventOf(note: string): EventObject {
  return {
    regarding: { kind: serviceKind, namespace: 'default', name: 'web', uid: 'uid-of-web' },
    type: 'Normal',
    reason: 'IPAllocated',
    action: 'Allocate',
    note,
  }
}

describe('recorder', () => {
  let api: FakeApi
  let time: FakeClock
  let client: Client
  let recorder: Recorder
  let refused: unknown[]

  beforeEach(async () => {
    api = await startFakeApi()
    time = fakeClock()
    refused = []
    client = createClient({ auth: fakeAuth(api.server), userAgent: 'test', clock: time.clock })
    recorder = startRecorder(client, {
      controller: 'metallb-controller',
      instance: 'pod-a',
      clock: time.clock,
      perSecond: 10,
      burst: 3,
      report: (error) => refused.push(error),
    })
  })

  afterEach(async () => {
    const stopped = recorder.stop()
    time.advance(1_000)
    await stopped
    await client.close()
    await api.close()
  })

  const creates = () => api.requests.filter(isCreate)
  const patches = () => api.requests.filter(isPatch)

  const stored = () =>
    api.store.list({ collection: '/apis/events.k8s.io/v1/events', namespace: undefined, name: undefined })
      .length
  const advanced = () => {
    time.advance(10)
    return false
  }

  /** Its first write is there; a rest of nothing lasts for a turn of the clock. */
  async function written(count: number): Promise<void> {
    await eventually(`${count} events`, () => {
      if (time.nextIn() === 0) time.advance(0)
      return creates().length === count
    })
    for (let turned = 0; turned < 20; turned++) {
      if (time.nextIn() === 0) time.advance(0)
      await turns(2)
    }
  }

  it('writes an event of the object, from the controller', async () => {
    recorder.record(eventOf('192.0.2.1'))
    await written(1)
    const [request] = creates()
    expect(request?.path).to.equal('/apis/events.k8s.io/v1/namespaces/default/events')
    expect(request?.body).to.deep.include({
      regarding: { apiVersion: 'v1', kind: 'Service', name: 'web', namespace: 'default', uid: 'uid-of-web' },
      reportingController: 'metallb-controller',
      reportingInstance: 'pod-a',
      type: 'Normal',
      reason: 'IPAllocated',
      action: 'Allocate',
      note: '192.0.2.1',
      eventTime: '2026-11-24T08:00:00.000000Z',
    })
    expect(digText(request?.body, 'metadata', 'name')).to.match(/^web\.[0-9a-f]{16}$/)
  })

  it('counts the same fact in one object, now and then', async () => {
    recorder.record(eventOf('192.0.2.1'))
    await written(1)
    recorder.record(eventOf('192.0.2.1'))
    recorder.record(eventOf('192.0.2.1'))
    time.advance(29_999)
    await turns()
    expect(api.requests).to.have.length(1)
    time.advance(1)
    await eventually('the count', () => {
      if (time.nextIn() === 0) time.advance(0)
      return patches().length === 1
    })
    expect(dig(patches()[0]?.body, 'series', 'count')).to.equal(3)
    expect(creates()).to.have.length(1)
  })

  it('writes other words as another event', async () => {
    recorder.record(eventOf('192.0.2.1'))
    recorder.record(eventOf('192.0.2.2'))
    await written(2)
    expect(creates().map(({ body }) => digText(body, 'note'))).to.deep.equal(['192.0.2.1', '192.0.2.2'])
  })

  it('lets a burst through and slows down what follows', async () => {
    for (let number = 1; number <= 5; number++) recorder.record(eventOf(`192.0.2.${number}`))
    await written(3)
    expect(time.nextIn()).to.equal(100)
    time.advance(100)
    await written(4)
    expect(time.nextIn()).to.equal(100)
    time.advance(100)
    await written(5)
  })

  it('lets those go first who are in a hurry, but not for ever', async () => {
    let hurried = true
    const polite = startRecorder(client, {
      controller: 'metallb-controller',
      instance: 'pod-a',
      clock: time.clock,
      givesWay: () => hurried,
    })
    polite.record(eventOf('192.0.2.1'))
    time.advance(1_000)
    await turns()
    expect(api.requests).to.have.length(0)
    hurried = false
    time.advance(100)
    await written(1)
    hurried = true
    polite.record(eventOf('192.0.2.2'))
    for (let seconds = 0; seconds < 31; seconds++) {
      time.advance(1_000)
      await turns()
    }
    await written(2)
    const stopped = polite.stop()
    time.advance(1_000)
    await stopped
  })

  it('tries again when the API server fails', async () => {
    api.fault({ on: isCreate, type: 'status', status: 500 })
    recorder.record(eventOf('192.0.2.1'))
    await written(1)
    expect(time.nextIn()).to.equal(200)
    time.advance(200)
    await written(2)
    expect(stored()).to.equal(1)
    expect(refused).to.deep.equal([])
  })

  it('reports an event that is refused, and goes on with the others', async () => {
    api.fault({ on: isCreate, type: 'status', status: 422 })
    recorder.record(eventOf('192.0.2.1'))
    recorder.record(eventOf('192.0.2.2'))
    await written(2)
    expect(refused).to.have.length(1)
    expect(refused[0]).to.include({ status: 422 })
  })

  for (const status of [401, 403])
    it(`tries again after ${status}: an API server that starts refuses everybody`, async () => {
      api.fault({ on: isCreate, type: 'status', status, times: 3 })
      recorder.record(eventOf('192.0.2.1'))
      await eventually('the event stands', () => {
        time.advance(100)
        return stored() === 1
      })
      expect(refused).to.deep.equal([])
    })

  it('gives up after a minute of 403, once', async () => {
    api.fault({ on: isCreate, type: 'status', status: 403, times: 1_000 })
    recorder.record(eventOf('192.0.2.1'))
    await eventually('it is given up', () => {
      time.advance(100)
      return refused.length > 0
    })
    expect(time.clock.now()).to.be.within(60_000, 70_000)
    const asked = creates().length
    for (let turn = 0; turn < 20; turn++) {
      time.advance(1_000)
      await turns(5)
    }
    expect(creates().length).to.equal(asked)
    expect(refused).to.have.length(1)
  })

  it('gives up at once in a namespace that goes away', async () => {
    api.fault({ on: isCreate, type: 'status', status: 403, reason: 'being terminated' })
    recorder.record(eventOf('192.0.2.1'))
    await written(1)
    expect(refused).to.have.length(1)
  })

  it('writes at once when the API server is back', async () => {
    api.fault({ on: () => true, type: 'reset', times: 2 })
    recorder.record(eventOf('192.0.2.1'))
    await eventually('it rests after a failure', () => api.requests.length === 2 || advanced())
    await turns()
    const before = time.clock.now()
    await client.text('/api/v1/services')
    await eventually('the event', () => {
      time.advance(0)
      return stored() === 1
    })
    expect(time.clock.now()).to.equal(before)
  })

  it('makes an event anew whose object has expired', async () => {
    recorder.record(eventOf('192.0.2.1'))
    await written(1)
    api.remove(
      `/apis/events.k8s.io/v1/namespaces/default/events/${digText(creates()[0]?.body, 'metadata', 'name')}`,
    )
    recorder.record(eventOf('192.0.2.1'))
    time.advance(30_000)
    await written(2)
    expect(dig(creates()[1]?.body, 'series', 'count')).to.equal(2)
  })

  it('writes what it still has to say when it is stopped', async () => {
    recorder.record(eventOf('192.0.2.1'))
    const stopping = recorder.stop()
    await written(1)
    await stopping
  })

  it('does not outlast its farewell when nobody answers', async () => {
    api.fault({ on: isCreate, type: 'silence' })
    recorder.record(eventOf('192.0.2.1'))
    const stopping = recorder.stop()
    await written(1)
    time.advance(1_000)
    await stopping
  })
})
