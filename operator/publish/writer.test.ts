// What becomes of a write that failed, by what the API server said.
import { expect } from 'chai'
import { fakeAuth } from '../../test/support/fake-api.ts'
import { ApiError } from '../kube/api-error.ts'
import { createClient } from '../kube/client.ts'
import { createWriter } from './writer.ts'

const client = createClient({ auth: fakeAuth('http://127.0.0.1:1'), userAgent: 'test' })
const { failure } = createWriter({ client, fieldManager: 'test', owner: () => undefined })

function refused(status: number, more: { readonly retryAfterMs?: number; readonly message?: string } = {}) {
  return failure(new ApiError({ status, reason: `Http${status}`, message: 'no', ...more }))
}

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
