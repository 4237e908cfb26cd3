// How long a watch rests.
import { expect } from 'chai'
import { ApiError } from './api-error.ts'
import { restAfter } from './backoff.ts'

const error = new ApiError({ status: 500, reason: 'InternalError', message: 'out of order' })

describe('back-off of a watch', () => {
  it('is quick the first time, then doubles up to its cap', () => {
    const rests = [1, 2, 3, 4, 5, 50].map((failures) => restAfter({ error, failures, random: 1 }))
    expect(rests).to.deep.equal([200, 800, 1_600, 3_200, 5_000, 5_000])
  })

  it('is spread over all of its bound', () => {
    const rests = [0, 0.25, 0.5].map((random) => restAfter({ error, failures: 3, random }))
    expect(rests).to.deep.equal([0, 400, 800])
  })

  it('comes on top of what the API server asked for', () => {
    const busy = new ApiError({
      status: 429,
      reason: 'TooManyRequests',
      message: 'later',
      retryAfterMs: 7_000,
    })
    expect(restAfter({ error: busy, failures: 1, random: 0.5 })).to.equal(7_100)
  })
})
