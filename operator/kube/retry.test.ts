// Which calls are made again, and when.
import { expect } from 'chai'
import { errorOfAnswer, errorOfConnection } from './api-error.ts'
import type { ApiError } from './api-error.ts'
import { restBefore } from './retry.ts'
import type { Method } from './transport.ts'

const writes: readonly Method[] = ['POST', 'PUT', 'PATCH', 'DELETE']

function connectionError(code: string): ApiError {
  return errorOfConnection(Object.assign(new Error(code), { code }))
}

function rest(method: Method, error: ApiError, made = 1): number | undefined {
  return restBefore({ method, error, made, random: 1 })
}

describe('retry', () => {
  it('makes a read again after a server error and after a reset', () => {
    expect(rest('GET', errorOfAnswer(500, ''))).to.equal(100)
    expect(rest('GET', connectionError('ECONNRESET'))).to.equal(100)
  })

  for (const method of writes) {
    it(`makes a ${method} again when its connection was refused`, () => {
      expect(rest(method, connectionError('ECONNREFUSED'))).to.equal(100)
    })

    it(`makes a ${method} again when the API server had too much to do`, () => {
      expect(rest(method, errorOfAnswer(429, '', '1'))).to.equal(1_100)
    })

    it(`does not make a ${method} again that may have been carried out`, () => {
      expect(rest(method, connectionError('ECONNRESET'))).to.equal(undefined)
      expect(rest(method, errorOfAnswer(500, ''))).to.equal(undefined)
      expect(rest(method, errorOfAnswer(503, '', '1'))).to.equal(undefined)
    })
  }

  it('takes a refusal for the answer', () => {
    for (const status of [400, 403, 404, 409, 410, 422])
      expect(rest('GET', errorOfAnswer(status, ''))).to.equal(undefined)
  })

  it('doubles its rests and gives up after five attempts', () => {
    const error = errorOfAnswer(500, '')
    expect([1, 2, 3, 4, 5].map((made) => rest('GET', error, made))).to.deep.equal([
      100,
      200,
      400,
      800,
      undefined,
    ])
  })
})
