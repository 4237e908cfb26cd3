// What an ApiError says of an answer, an ERROR event, or of no answer.
import { expect } from 'chai'
import {
  ApiError,
  errorOfAnswer,
  errorOfConnection,
  errorOfStatus,
  isAlreadyExists,
  isConflict,
  isGone,
  isNotFound,
} from './api-error.ts'

function statusText(code: number, reason: string, message: string): string {
  return JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message })
}

describe('ApiError', () => {
  it('takes status, reason and message from a Status', () => {
    const error = errorOfAnswer(404, statusText(404, 'NotFound', 'services "web" not found'))
    expect(error).to.include({ status: 404, reason: 'NotFound', message: 'services "web" not found' })
    expect(isNotFound(error)).to.equal(true)
  })

  it('shows what a proxy wrote when it is no Status', () => {
    const error = errorOfAnswer(502, '<html>Bad Gateway</html>')
    expect(error).to.include({ reason: 'Http502', message: 'HTTP 502: <html>Bad Gateway</html>' })
  })

  it('reads Retry-After as seconds', () => {
    expect(errorOfAnswer(429, '', '3').retryAfterMs).to.equal(3_000)
  })

  it('rests for a minute at most, whatever Retry-After says', () => {
    for (const asked of ['61', '86400', '1e300', 'Infinity'])
      expect(errorOfAnswer(503, '', asked).retryAfterMs).to.equal(60_000)
  })

  it('overlooks a Retry-After that is a date', () => {
    expect(errorOfAnswer(503, '', 'Tue, 24 Nov 2026 08:00:00 GMT').retryAfterMs).to.equal(undefined)
  })

  it('tells a conflict of versions from an object that exists already', () => {
    const conflict = errorOfAnswer(409, statusText(409, 'Conflict', 'changed'))
    const exists = errorOfAnswer(409, statusText(409, 'AlreadyExists', 'is there'))
    expect([isConflict(conflict), isAlreadyExists(conflict)]).to.deep.equal([true, false])
    expect([isConflict(exists), isAlreadyExists(exists)]).to.deep.equal([false, true])
  })

  it('knows that a refusal was not executed, and knows not so of a server error', () => {
    expect([403, 409, 422, 429].map((status) => errorOfAnswer(status, '').executed)).to.deep.equal(
      Array(4).fill('no'),
    )
    expect([500, 503, 504].map((status) => errorOfAnswer(status, '').executed)).to.deep.equal(
      Array(3).fill('unknown'),
    )
  })

  it('reads the Status of an ERROR event', () => {
    const error = errorOfStatus({
      kind: 'Status',
      code: 410,
      reason: 'Expired',
      message: 'too old resource version',
    })
    expect(isGone(error)).to.equal(true)
    expect(error.reason).to.equal('Expired')
  })

  it('calls an ERROR event without a Status malformed', () => {
    expect(errorOfStatus('no').reason).to.equal('Malformed')
  })

  it('knows that a refused connection carried nothing, whichever address was tried', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    const error = errorOfConnection(new AggregateError([refused, refused], ''))
    expect(error).to.include({
      status: 0,
      reason: 'Unreachable',
      executed: 'no',
      message: 'connect ECONNREFUSED',
    })
  })

  it('does not know what became of a request whose connection was reset, and keeps the cause', () => {
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
    const error = errorOfConnection(reset)
    expect(error.executed).to.equal('unknown')
    expect(error.cause).to.equal(reset)
  })

  it('leaves an ApiError as it is', () => {
    const error = new ApiError({ status: 0, reason: 'Timeout', message: 'no answer' })
    expect(errorOfConnection(error)).to.equal(error)
  })
})
