import { expect } from 'chai'
import fc from 'fast-check'
import { concatBytes } from '../net/bytes.ts'
import { anyContext, extendedMessageLimit } from './context.ts'
import { BgpError } from './fault.ts'
import { MessageType } from './iana.ts'
import { decodeMessage, frame } from './message.ts'
import { prefixBytes } from './nlri.ts'
import { changeRibIn, newRibIn } from './rib-in.ts'
import type { RibIn } from './rib-in.ts'
import { splitUpdate } from './split.ts'
import { updateBody } from './update.ts'

const context = { ...anyContext, extendedMessage: true }

const prefixes4 = fc
  .tuple(fc.nat(1800), fc.constantFrom(0, 8, 17, 32), fc.nat(255))
  .map(([count, length, first]) =>
    Array.from({ length: count }, (_, index) =>
      prefixBytes(`${first}.${index >> 8}.${index & 255}.7/${length}`),
    ),
  )
const prefixes6 = fc
  .tuple(fc.nat(900), fc.constantFrom(0, 16, 48, 128))
  .map(([count, length]) =>
    Array.from({ length: count }, (_, index) =>
      prefixBytes(`2001:db8:${(index + 1).toString(16)}::/${length}`),
    ),
  )

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
/** Right ones, one that makes the routes withdrawn, one that is dropped, one that ends the session, and none. */
const attributes = fc.constantFrom(
  hex('4001010040020602010000fdea400304c0000202'),
  hex('4001010940020602010000fdea400304c0000202'),
  hex('4001010040020602010000fdea400304c0000202c02801ff'),
  hex('4001010040020602010000fdea400304c0000202406300'),
  hex(''),
)

function mp(type: number, head: string, routes: readonly Uint8Array[]): Uint8Array {
  const value = concatBytes(hex(head), ...routes)
  return concatBytes(Uint8Array.of(0x90, type, value.length >>> 8, value.length & 255), value)
}

const update = fc
  .record({
    withdrawn: prefixes4,
    attributes,
    nlri: prefixes4,
    reach: prefixes6,
    unreach: prefixes6,
    unreach4: fc.boolean(), // MP_UNREACH_NLRI takes the routes that the NLRI brings
    last: fc.boolean(),
  })
  .map(({ withdrawn, attributes: others, nlri, reach, unreach, unreach4, last }) => {
    const both = concatBytes(
      reach.length === 0 ? hex('') : mp(14, `0002011020010db8${'0'.repeat(23)}100`, reach),
      unreach4 ? mp(15, '000101', nlri) : unreach.length === 0 ? hex('') : mp(15, '000201', unreach),
    )
    const list = last ? concatBytes(others, both) : concatBytes(both, others)
    return frame(MessageType.update, updateBody(concatBytes(...withdrawn), list, concatBytes(...nlri)))
  })
  .filter(({ length }) => length <= extendedMessageLimit)

/** What the peer's table holds then; 'reset' when the session ends. */
function held(messages: readonly Uint8Array[]): ReturnType<typeof shown> | 'reset' {
  const ribIn = newRibIn()
  changeRibIn(ribIn, { type: 'update', update: decodeUpdateOf(before) }, { context })
  try {
    for (const message of messages)
      changeRibIn(ribIn, { type: 'update', update: decodeUpdateOf(message) }, { context })
  } catch (error) {
    if (error instanceof BgpError) return 'reset'
    throw error
  }
  return shown(ribIn)
}

function decodeUpdateOf(message: Uint8Array) {
  const decoded = decodeMessage(message, context)
  if (decoded.type !== 'update') throw new Error('no UPDATE')
  return decoded
}

function shown({ IPv4, IPv6 }: RibIn) {
  return [IPv4, IPv6].map((table) =>
    [...table]
      .map(
        ([
          prefix,
          {
            attributes: { origin },
          },
        ]) => `${prefix} ${origin}`,
      )
      .toSorted(),
  )
}

/** Routes that may be withdrawn, or said anew. */
const before = frame(
  MessageType.update,
  updateBody(
    hex(''),
    hex('4001010240020602010000fdea400304c0000202'),
    concatBytes(...Array.from({ length: 300 }, (_, index) => prefixBytes(`7.0.${index & 255}.7/32`))),
  ),
)

describe('a long UPDATE in parts', () => {
  it('comes to the same as the whole, whatever is in it and whatever is wrong with it', () => {
    fc.assert(
      fc.property(update, (message) => {
        const parts = splitUpdate(message, context)
        if (parts === undefined) return
        expect(held(parts)).to.deep.equal(held([message]))
      }),
      { numRuns: 50 },
    )
  })

  it('has no part with more than some 2,048 octets of routes', () => {
    const routes = Array.from({ length: 60_000 }, () => Uint8Array.of(0))
    const list = hex('4001010040020602010000fdea400304c0000202')
    const message = frame(MessageType.update, updateBody(hex(''), list, concatBytes(...routes)))
    const parts = splitUpdate(message, context) ?? []
    expect(parts.length).to.equal(30)
    expect(Math.max(...parts.map(({ length }) => length))).to.be.below(2200)
  })

  it('is no matter of short ones, nor of one whose routes are broken', () => {
    expect(splitUpdate(before, context)).to.equal(undefined)
    const broken = concatBytes(...Array.from({ length: 5000 }, () => Uint8Array.of(33)))
    expect(splitUpdate(frame(MessageType.update, updateBody(hex(''), hex(''), broken)), context)).to.equal(
      undefined,
    )
  })
})
