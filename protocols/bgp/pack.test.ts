import { expect } from 'chai'
import fc from 'fast-check'
import { context, routeGroup } from '../../test/support/bgp-arbitraries.ts'
import { anyContext } from './context.ts'
import type { Context } from './context.ts'
import { decodeMessage } from './message.ts'
import { groupFits, packAnnouncement, packEndOfRib, packWithdrawal } from './pack.ts'
import type { Packed, RouteGroup } from './pack.ts'
import { endOfRib, routeChanges, updateVerdict } from './update.ts'
import type { RouteChanges } from './update.ts'

function packAll(count: number, pack: (from: number) => Packed): Uint8Array[] {
  const messages: Uint8Array[] = []
  for (let from = 0; from < count; ) {
    const { message, next } = pack(from)
    messages.push(message)
    from = next
  }
  return messages
}

function changesOf(messages: readonly Uint8Array[], agreed: Context): RouteChanges[] {
  return messages.flatMap((bytes) => {
    const message = decodeMessage(bytes, agreed)
    if (message.type !== 'update') throw new Error(`packed a ${message.type}`)
    expect(updateVerdict(message)).to.equal(undefined)
    return routeChanges(message, agreed)
  })
}

/** A context and a group whose attributes leave room. */
const groups = context
  .chain((agreed) => fc.tuple(fc.constant(agreed), routeGroup(agreed)))
  .filter(([agreed, group]) => groupFits(group, agreed))

const plain: RouteGroup = {
  family: 'IPv4',
  nextHops: ['192.0.2.1'],
  attributes: { origin: 'igp', asPath: [{ type: 'sequence', asNumbers: [65001] }] },
  prefixes: Array.from({ length: 1000 }, (_, index) => `10.${index >> 8}.${index & 255}.1/32`),
}

describe('packing', () => {
  it('no message exceeds the limit and no route is lost, announced or withdrawn', () => {
    fc.assert(
      fc.property(groups, ([agreed, group]) => {
        const limit = agreed.extendedMessage ? 65535 : 4096
        const { family, prefixes } = group
        const announcing = packAll(prefixes.length, (from) => packAnnouncement(group, from, agreed))
        const withdrawing = packAll(prefixes.length, (from) => packWithdrawal(group, from, agreed))
        for (const { length } of [...announcing, ...withdrawing]) expect(length).to.be.at.most(limit)
        const announced = changesOf(announcing, agreed).filter((change) => change.family === family)
        expect(announced.flatMap((change) => change.announced)).to.deep.equal(prefixes)
        const withdrawn = changesOf(withdrawing, agreed).filter((change) => change.family === family)
        expect(withdrawn.flatMap((change) => change.withdrawn)).to.deep.equal(prefixes)
      }),
    )
  })

  it('1,000 host routes with the same attributes are two messages', () => {
    const messages = packAll(1000, (from) => packAnnouncement(plain, from, anyContext))
    expect(messages.map(({ length }) => length)).to.deep.equal([4093, 993])
  })

  it('1,000 host routes are withdrawn by two messages', () => {
    const messages = packAll(1000, (from) => packWithdrawal(plain, from, anyContext))
    expect(messages.map(({ length }) => length)).to.deep.equal([4093, 953])
  })

  it('with extended messages they are one', () => {
    const agreed = { ...anyContext, extendedMessage: true }
    expect(packAll(1000, (from) => packAnnouncement(plain, from, agreed))).to.have.length(1)
  })

  it('attributes that leave no room for a prefix are known before', () => {
    const communities = Array.from({ length: 1015 }, (_, index) => `65000:${index}`)
    const group = { ...plain, attributes: { ...plain.attributes, communities } }
    expect(groupFits(group, anyContext)).to.equal(false)
    expect(
      groupFits(
        { ...group, attributes: { ...plain.attributes, communities: communities.slice(20) } },
        anyContext,
      ),
    ).to.equal(true)
    expect(() => packAnnouncement(group, 0, anyContext)).to.throw(RangeError)
  })

  it('End-of-RIB is an UPDATE without routes', () => {
    for (const family of ['IPv4', 'IPv6'] as const) {
      const message = decodeMessage(packEndOfRib(family, anyContext), anyContext)
      expect(message.type === 'update' && endOfRib(message)).to.equal(family)
    }
  })
})
