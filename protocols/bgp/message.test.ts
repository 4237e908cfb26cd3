// The codec as a whole: what holds for any message, and for any bytes.
import { expect } from 'chai'
import fc from 'fast-check'
import { messageInContext } from '../../test/support/bgp-arbitraries.ts'
import { DecodeError } from '../net/bytes.ts'
import { anyContext } from './context.ts'
import type { Context } from './context.ts'
import { BgpError } from './fault.ts'
import { decodeMessage, encodeMessage, frame, frameLength } from './message.ts'
import { routeChanges } from './update.ts'

/** Decodes, or fails as BgpError with nothing invented in what it would send back. */
function survive(bytes: Uint8Array, context: Context): boolean {
  try {
    const message = decodeMessage(bytes, context)
    if (message.type === 'update') routeChanges(message, context)
    return true
  } catch (error) {
    if (!(error instanceof BgpError)) throw error
    return error.data.length <= Math.max(bytes.length, 2)
  }
}

describe('messages', () => {
  it('what we encode, we decode to the same value', () => {
    fc.assert(
      fc.property(messageInContext, ([message, context]) => {
        const bytes = encodeMessage(message, context)
        fc.pre(bytes.length <= (context.extendedMessage ? 65535 : 4096))
        expect(decodeMessage(bytes, context)).to.deep.equal(message)
      }),
      { numRuns: 400 },
    )
  })

  it('any bytes decode or fail as BgpError, and the answer never carries more than was received', () => {
    const types = fc.constantFrom(1, 2, 3, 4, 5)
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 300 }), messageInContext, (type, body, [, context]) =>
        survive(frame(type, body), context),
      ),
      { numRuns: 3000 },
    )
  })

  it('a message with any octets changed decodes or fails as BgpError', () => {
    const change = fc.tuple(fc.nat(), fc.nat(255))
    fc.assert(
      fc.property(
        messageInContext,
        fc.array(change, { minLength: 1, maxLength: 6 }),
        ([message, context], changes) => {
          const bytes = encodeMessage(message, context)
          for (const [place, octet] of changes) bytes[19 + (place % Math.max(1, bytes.length - 19))] = octet
          return survive(bytes, context)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('a message cut anywhere fails', () => {
    fc.assert(
      fc.property(messageInContext, fc.nat(), ([message, context], cut) => {
        const bytes = encodeMessage(message, context)
        expect(() => decodeMessage(bytes.subarray(0, cut % bytes.length), context)).to.throw(DecodeError)
      }),
    )
  })

  it('a stream is framed by the header alone, and a bad header is known at once', () => {
    const bytes = encodeMessage({ type: 'keepalive' }, anyContext)
    expect(frameLength(bytes.subarray(0, 18), anyContext)).to.equal(undefined)
    expect(frameLength(Uint8Array.of(...bytes, 0xff), anyContext)).to.equal(19)
    expect(() => frameLength(Uint8Array.of(0xff, 0), anyContext)).to.throw(BgpError, 'marker')
  })
})
