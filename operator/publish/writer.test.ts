// What a write insists on, and what becomes of one that failed, by what the API server said.
import { expect } from 'chai'
import { serviceKind } from '../../crds/service.ts'
import type { StatusObject } from '../../reconcilers/status.ts'
import { fakeAuth } from '../../test/support/fake-api.ts'
import { ApiError } from '../kube/api-error.ts'
import { createClient } from '../kube/client.ts'
import type { Client } from '../kube/client.ts'
import { createWriter } from './writer.ts'
import type { WriterOptions } from './writer.ts'

const client = createClient({ auth: fakeAuth('http://127.0.0.1:1'), userAgent: 'test' })
const { failure } = createWriter({ client, fieldManager: 'test', owner: () => undefined })

function refused(status: number, more: { readonly retryAfterMs?: number; readonly message?: string } = {}) {
  return failure(new ApiError({ status, reason: `Http${status}`, message: 'no', ...more }))
}

describe('a write', () => {
  const wish: StatusObject = {
    kind: serviceKind,
    namespace: 'default',
    name: 'web',
    uid: 'uid-1',
    part: 'status',
    urgent: true,
    status: {},
  }
  const term = { signal: () => new AbortController().signal, mayWrite: () => true }

  async function metadataOf(options: Partial<WriterOptions>): Promise<unknown> {
    const sent: unknown[] = []
    const apply: Client['apply'] = (_, { metadata }, { mayWrite }) => {
      sent.push({ metadata, mayWrite: mayWrite?.() })
      return Promise.reject(new Error('enough'))
    }
    const writer = createWriter({
      client: { ...client, apply },
      fieldManager: 'x',
      owner: () => undefined,
      ...options,
    })
    await writer.applyStatus(wish, { status: {}, resourceVersion: '7' }).catch(() => undefined)
    return sent[0]
  }

  it('of one writer among several is of the version that it saw, and only while its term lasts', async () => {
    expect(await metadataOf({ term })).to.deep.equal({
      metadata: { uid: 'uid-1', resourceVersion: '7' },
      mayWrite: true,
    })
  })

  it('of objects that are nobody else’s is of whatever version stands', async () => {
    expect(await metadataOf({})).to.deep.equal({ metadata: { uid: 'uid-1' }, mayWrite: undefined })
  })
})

describe('the failure of a write', () => {
  after(() => client.close())

  for (const status of [401, 403])
    it(`${status} passes soon: an API server that starts refuses everybody until it has read its roles`, () => {
      expect(refused(status)).to.deep.equal({ again: true })
    })

  for (const status of [409, 429, 500, 503])
    it(`${status} is tried again by the rhythm of the queue`, () => {
      expect(refused(status)).to.deep.equal({ again: true })
    })

  for (const status of [400, 422])
    it(`${status} is a refusal of this very wish: again in half a minute, another one at once`, () => {
      expect(refused(status)).to.deep.equal({ again: true, afterMs: 30_000, waitsFor: 'change' })
    })

  it('no answer ends when there is one', () => {
    expect(refused(0)).to.deep.equal({ again: true, waitsFor: 'answer' })
  })

  it('the API server says itself when to come again', () => {
    expect(refused(429, { retryAfterMs: 7_000 })).to.deep.equal({ again: true, afterMs: 7_000 })
  })

  it('an object that is gone or of another life is given up', () => {
    expect(refused(404)).to.deep.equal({ again: false })
    expect(refused(409, { message: 'Precondition failed: UID in precondition' })).to.deep.equal({
      again: false,
    })
  })

  it('a bug of ours is tried again', () => {
    expect(failure(new TypeError('a bug'))).to.deep.equal({ again: true })
  })
})
