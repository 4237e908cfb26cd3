// The verbs on the wire: paths, queries, bodies, deadlines, and writes that are never made twice by chance.
import { expect } from 'chai'
import { eventually } from '../../test/support/eventually.ts'
import { fakeAuth, startFakeApi } from '../../test/support/fake-api.ts'
import type { FakeApi, FakeRequest } from '../../test/support/fake-api.ts'
import { fakeClock } from '../../test/support/fake-clock.ts'
import type { FakeClock } from '../../test/support/fake-clock.ts'
import { serviceKind } from '../../test/support/resources-of-kind.ts'
import { ApiError, isConflict } from './api-error.ts'
import { applyObject, applyStatus } from './apply.ts'
import { createClient } from './client.ts'
import type { Client, WriteOutcome } from './client.ts'
import { sharedConnections } from './transport.ts'

const web = { kind: serviceKind, namespace: 'default', name: 'web' } as const
const webPath = '/api/v1/namespaces/default/services/web'
const everyRequest = (): boolean => true

describe('client', () => {
  let api: FakeApi
  let time: FakeClock
  let client: Client
  let outcomes: WriteOutcome[]

  beforeEach(async () => {
    api = await startFakeApi()
    time = fakeClock()
    outcomes = []
    const onWrite = (outcome: WriteOutcome): void => void outcomes.push(outcome)
    client = createClient({ auth: fakeAuth(api.server), userAgent: 'test', clock: time.clock, onWrite })
  })

  afterEach(async () => {
    await client.close()
    await api.close()
  })

  const last = (): FakeRequest | undefined => api.requests.at(-1)
  const queryOf = (request: FakeRequest | undefined) => Object.fromEntries(request?.query ?? [])

  /** The clock runs to whatever falls due next, until the call has its end. */
  async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
    let outcome: { readonly value: unknown } | undefined
    call.then(
      (value: unknown) => (outcome = { value }),
      (error: unknown) => (outcome = { value: error }),
    )
    await eventually('the end of the call', () => {
      const next = time.nextIn()
      if (outcome === undefined && next < 5_000) time.advance(next) // a rest, no deadline
      return outcome !== undefined
    })
    return outcome?.value
  }

  it('applies with its field manager, by force, as apply-patch', async () => {
    await client.apply(web, { spec: { loadBalancerClass: 'x' } }, { fieldManager: 'herald' })
    expect(last()).to.include({ method: 'PATCH', path: webPath, contentType: 'application/apply-patch+yaml' })
    expect(queryOf(last())).to.deep.equal({ fieldManager: 'herald', force: 'true' })
    expect(last()?.body).to.deep.equal({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'default' },
      spec: { loadBalancerClass: 'x' },
    })
  })

  it('applies a status, with annotations, to the subresource', async () => {
    api.put(webPath)
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } }
    const annotations = { 'metallb.io/ip-allocated-from-pool': 'pool' }
    await applyStatus(client, { ref: web, uid: 'uid-1', status, annotations, fieldManager: 'herald' })
    expect(last()).to.include({ method: 'PATCH', path: `${webPath}/status` })
    expect(last()?.body).to.deep.include({
      metadata: { uid: 'uid-1', annotations, name: 'web', namespace: 'default' },
      status,
    })
  })

  it('takes an annotation away by a merge patch, since apply cannot take what another wrote', async () => {
    api.put(webPath, { metadata: { annotations: { theirs: 'x', other: 'y' } } })
    await applyStatus(client, { ref: web, annotations: { theirs: null }, fieldManager: 'herald' })
    expect(last()).to.include({ path: `${webPath}/status`, contentType: 'application/merge-patch+json' })
    expect(last()?.body).to.deep.include({ metadata: { uid: 'uid-101', annotations: { theirs: null } } })
  })

  it('makes no second request for an annotation that is not there', async () => {
    api.put(webPath)
    await applyStatus(client, { ref: web, annotations: { theirs: null }, fieldManager: 'herald' })
    expect(api.requests).to.have.length(1)
  })

  it('calls the refusal of another life of the object a conflict', async () => {
    api.fault({ on: everyRequest, type: 'status', status: 422, reason: 'Invalid metadata.uid' })
    const write = applyObject(client, { ref: web, fields: {}, fieldManager: 'herald' })
    expect(isConflict(await outcomeOf(write))).to.equal(true)
  })

  it('updates by PUT, with a conflict for an old version', async () => {
    api.put(webPath)
    const error = await outcomeOf(client.update(web, { metadata: { name: 'web', resourceVersion: '1' } }))
    expect(last()?.method).to.equal('PUT')
    expect(isConflict(error)).to.equal(true)
  })

  it('sends nothing of a write that waited in line until its writer may not write any more', async () => {
    let mayWrite = true
    let asked = 0
    api.put(webPath)
    const fields = { spec: { loadBalancerClass: 'x' } }
    const options = { fieldManager: 'herald', retry: false, mayWrite: () => (asked++, mayWrite) }
    await client.apply(web, fields, options)
    api.fault({ on: everyRequest, type: 'silence', times: sharedConnections })
    const brief = { retry: false, timeoutMs: 5_000 }
    const inLine = Array.from({ length: sharedConnections }, () =>
      client.get(web, brief).catch(() => undefined),
    )
    await eventually('every connection is busy', () => api.requests.length === sharedConnections + 1)
    const write = client.apply(web, fields, options).catch((error: unknown) => error)
    await client.get(web, { lane: 'own' }) // time enough for it to go out, if it could
    expect(asked).to.equal(1)
    mayWrite = false
    time.advance(5_000) // the calls before it give up, and it is its turn
    await Promise.all(inLine)
    expect(await write).to.include({ reason: 'Aborted', executed: 'no' })
    expect(asked).to.equal(2)
    expect(api.requests.filter(({ method }) => method === 'PATCH')).to.have.length(1)
  })

  it('keeps the connection over which a write does not go whose writer may not write any more', async () => {
    api.put(webPath)
    const options = { fieldManager: 'herald', retry: false }
    for (let round = 0; round < 10; round++) {
      await client.apply(web, {}, { ...options, mayWrite: () => true })
      const refused = client.apply(web, {}, { ...options, mayWrite: () => false })
      expect(await refused.catch((error: unknown) => error)).to.include({ reason: 'Aborted' })
    }
    expect(api.connections()).to.be.at.most(2) // the one before may still be busy with the end of its answer
  })

  it('sends nothing of a write whose writer may not write, and says that it was not carried out', async () => {
    api.put(webPath)
    const options = { fieldManager: 'herald', mayWrite: () => false }
    const error = await outcomeOf(client.apply(web, {}, options))
    expect(error).to.be.instanceOf(ApiError)
    expect(error).to.include({ status: 0, reason: 'Aborted', executed: 'no' })
    expect(api.requests).to.deep.equal([])
  })

  it('patches a subresource by a JSON patch when told so', async () => {
    api.put(webPath)
    await client.patch(web, [], { type: 'json', subresource: 'status' })
    expect(last()).to.include({ path: `${webPath}/status`, contentType: 'application/json-patch+json' })
  })

  it('removes one life of an object only, when told which', async () => {
    api.put(webPath)
    await client.remove(web, { uid: 'uid-101' })
    expect(last()?.body).to.deep.include({ preconditions: { uid: 'uid-101' } })
    expect(api.store.version()).to.equal(102)
  })

  it('is content when what it removes is not there', async () => {
    expect(await outcomeOf(client.remove(web))).to.equal(undefined)
  })

  it('finds nothing where nothing is, and get says so with an error', async () => {
    expect(await client.find(web)).to.equal(undefined)
    expect(await outcomeOf(client.get(web))).to.include({ status: 404, reason: 'NotFound' })
  })

  it('asks for a namespace and selectors', async () => {
    const scope = { namespace: 'default', labelSelector: 'a=b,c', fieldSelector: 'metadata.name=web' }
    await client.list(serviceKind, scope)
    expect(last()?.path).to.equal('/api/v1/namespaces/default/services')
    expect(queryOf(last())).to.include({ labelSelector: 'a=b,c', fieldSelector: 'metadata.name=web' })
  })

  it('makes a read again after a reset and after server errors', async () => {
    api.put(webPath)
    api.fault({ on: everyRequest, type: 'reset' })
    api.fault({ on: everyRequest, type: 'status', status: 503, times: 2 })
    expect(await outcomeOf(client.get(web))).to.have.property('metadata')
    expect(api.requests).to.have.length(4)
  })

  it('makes a read five times and no more', async () => {
    api.fault({ on: everyRequest, type: 'status', status: 503, times: 9 })
    expect(await outcomeOf(client.get(web))).to.include({ status: 503 })
    expect(api.requests).to.have.length(5)
  })

  it('makes a call once where the caller has a rhythm of its own', async () => {
    api.fault({ on: everyRequest, type: 'status', status: 503 })
    expect(await outcomeOf(client.get(web, { retry: false }))).to.include({ status: 503 })
  })

  it('does not make a write again that may have been carried out', async () => {
    api.fault({ on: everyRequest, type: 'reset-after' })
    const error = await outcomeOf(
      client.create(serviceKind, { metadata: { name: 'web', namespace: 'default' } }),
    )
    expect(error).to.include({ status: 0, reason: 'Unreachable', executed: 'unknown' })
    expect(api.requests).to.have.length(1)
  })

  it('makes a write again that was refused at the door, when it was told to', async () => {
    api.fault({ on: everyRequest, type: 'status', status: 429, retryAfter: '2' })
    await outcomeOf(client.create(serviceKind, { metadata: { name: 'web', namespace: 'default' } }))
    expect(api.store.get({ collection: '/api/v1/services', namespace: 'default', name: 'web' })).to.exist
    expect(time.clock.now()).to.equal(2_100)
  })

  it('does not wait for a time that lies beyond its deadline', async () => {
    api.fault({ on: everyRequest, type: 'status', status: 429, retryAfter: '60' })
    expect(await outcomeOf(client.get(web))).to.include({ status: 429, retryAfterMs: 60_000 })
  })

  it('knows that a write to a port where nobody listens was not carried out', async () => {
    await api.close()
    const error = await outcomeOf(client.create(serviceKind, { metadata: { name: 'web' } }, { retry: false }))
    expect(error).to.include({ status: 0, reason: 'Unreachable', executed: 'no' })
  })

  it('gives up at its deadline also while credentials do not come: a plugin that waits for somebody', async () => {
    const auth = { ...fakeAuth(api.server), credentials: () => new Promise<never>(() => undefined) }
    const waiting = createClient({ auth, userAgent: 'test', clock: time.clock })
    const call = waiting.get(web, { timeoutMs: 7_000 }).catch((error: unknown) => error)
    await eventually('the deadline', () => time.nextIn() === 7_000)
    time.advance(7_000)
    expect(await call).to.include({ status: 0, reason: 'Timeout', message: 'no answer within 7000 ms' })
    await waiting.close()
  })

  it('gives up at its deadline', async () => {
    api.fault({ on: everyRequest, type: 'silence' })
    const call = outcomeOf(client.get(web, { timeoutMs: 7_000 }))
    await eventually('the request', () => api.requests.length === 1)
    time.advance(7_000)
    const error = await call
    expect(error).to.be.instanceOf(ApiError)
    expect(error).to.include({ status: 0, reason: 'Timeout', message: 'no answer within 7000 ms' })
  })

  it('ends with the signal of its caller', async () => {
    api.fault({ on: everyRequest, type: 'silence' })
    const caller = new AbortController()
    const call = outcomeOf(client.get(web, { signal: caller.signal }))
    await eventually('the request', () => api.requests.length === 1)
    caller.abort()
    expect(await call).to.include({ status: 0, reason: 'Aborted' })
  })

  it('tells how each write went', async () => {
    await client.apply(web, {}, { fieldManager: 'herald' })
    api.fault({ on: everyRequest, type: 'status', status: 403 })
    await outcomeOf(client.patch(web, {}))
    expect(outcomes.map(({ verb, status }) => `${verb} ${status}`)).to.deep.equal(['apply 200', 'patch 403'])
  })
})
