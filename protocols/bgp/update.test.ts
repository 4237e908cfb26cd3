import { expect } from 'chai'
import { anyContext } from './context.ts'
import type { Context } from './context.ts'
import { BgpError } from './fault.ts'
import { decodeMessage, encodeMessage, frame } from './message.ts'
import { unicast } from './nlri.ts'
import { endOfRib, endOfRibUpdate, routeChanges, updateBody, updateVerdict } from './update.ts'
import type { Update } from './update.ts'

const path = [{ type: 'sequence', asNumbers: [65002] }] as const
const base = { origin: 'igp', asPath: path, nextHop: '192.0.2.2' } as const
const mpReach = { afi: 2, safi: 1, nextHops: ['2001:db8::1'], prefixes: ['2001:db8:1::/48'] } as const
const mpUnreach = { afi: 2, safi: 1, prefixes: ['2001:db8:2::/48'] } as const

function update(parts: Partial<Update>): Update {
  return { type: 'update', withdrawn: [], attributes: {}, nlri: [], ...parts }
}

/** Encodes, adds raw attribute octets, decodes. */
function received(message: Update, extra: readonly number[], context: Context = anyContext): Update {
  const bytes = encodeMessage(message, context)
  const withdrawn = bytes.subarray(21, 21 + 256 * (bytes[19] ?? 0) + (bytes[20] ?? 0))
  const start = 21 + withdrawn.length
  const length = 256 * (bytes[start] ?? 0) + (bytes[start + 1] ?? 0)
  const attributes = Uint8Array.of(...bytes.subarray(start + 2, start + 2 + length), ...extra)
  const decoded = decodeMessage(
    frame(2, updateBody(withdrawn, attributes, bytes.subarray(start + 2 + length))),
    context,
  )
  if (decoded.type !== 'update') throw new Error(decoded.type)
  return decoded
}

const badCommunities = [0xc0, 8, 3, 32, 192, 0]
const repeatedOrigin = [0x40, 1, 1, 0]

describe('updates', () => {
  it('have the attributes that we do not know in the order of their types, however they came', () => {
    const [first, second] = [[0xc0, 60, 1, 7] as const, [0xc0, 27, 1, 8] as const]
    const message = update({ attributes: base, nlri: ['198.51.100.0/24'] })
    const decoded = received(message, [...first, ...second])
    expect(decoded.attributes.unknown?.map(({ type }) => type)).to.deep.equal([27, 60])
    expect(decoded).to.deep.equal(received(message, [...second, ...first]))
  })

  it('bring and take routes of both families', () => {
    const message = update({
      withdrawn: ['10.0.0.0/8'],
      attributes: { ...base, mpReach, mpUnreach },
      nlri: ['198.51.100.0/24'],
    })
    expect(routeChanges(received(message, []), anyContext)).to.deep.equal([
      { family: 'IPv6', announced: [], withdrawn: ['2001:db8:2::/48'] },
      { family: 'IPv4', announced: ['198.51.100.0/24'], withdrawn: ['10.0.0.0/8'] },
      { family: 'IPv6', announced: ['2001:db8:1::/48'], withdrawn: [] },
    ])
  })

  it('that are treated as withdrawn take exactly the routes that they name', () => {
    const message = update({ attributes: { ...base, mpReach }, nlri: ['198.51.100.0/24'] })
    const decoded = received(message, badCommunities)
    expect(updateVerdict(decoded)).to.equal('treat-as-withdraw')
    expect(routeChanges(decoded, anyContext)).to.deep.equal([
      { family: 'IPv4', announced: [], withdrawn: ['198.51.100.0/24'] },
      { family: 'IPv6', announced: [], withdrawn: ['2001:db8:1::/48'] },
    ])
  })

  it('that withdraw and announce the same route announce it, in whichever of their parts (RFC 4271 §4.3)', () => {
    const again = { ...unicast.IPv4, prefixes: ['198.51.100.0/24'] }
    const decoded = received(update({ attributes: { ...base, mpUnreach: again }, nlri: again.prefixes }), [])
    expect(routeChanges(decoded, anyContext)).to.deep.equal([
      { family: 'IPv4', announced: [], withdrawn: ['198.51.100.0/24'] },
      { family: 'IPv4', announced: ['198.51.100.0/24'], withdrawn: [] },
    ])
  })

  it('whose attribute is discarded keep their routes, and say what was discarded', () => {
    const decoded = received(update({ attributes: base, nlri: ['198.51.100.0/24'] }), repeatedOrigin)
    expect(updateVerdict(decoded)).to.equal('attribute-discard')
    expect(routeChanges(decoded, anyContext)[0]?.announced).to.deep.equal(['198.51.100.0/24'])
    expect(decoded.faults?.map(({ message }) => message)).to.deep.equal([
      'repeated attribute: type 1 stands twice (RFC 7606 §3 g)',
    ])
  })

  it('bring no IPv4 routes on a session that agreed on IPv6 alone', () => {
    const context = { ...anyContext, families: [unicast.IPv6] }
    const decoded = received(
      update({ attributes: { ...base, mpReach }, nlri: ['198.51.100.0/24'] }),
      [],
      context,
    )
    expect(routeChanges(decoded, context).map(({ family }) => family)).to.deep.equal(['IPv6'])
  })

  it('are an End-of-RIB only when nothing is wrong with them', () => {
    expect(endOfRib(endOfRibUpdate('IPv4'))).to.equal('IPv4')
    expect(endOfRib(received(endOfRibUpdate('IPv6'), []))).to.equal('IPv6')
    expect(endOfRib(received(endOfRibUpdate('IPv6'), badCommunities))).to.equal(undefined)
    expect(endOfRib(update({ attributes: base }))).to.equal(undefined)
    expect(endOfRib(update({ withdrawn: ['10.0.0.0/8'] }))).to.equal(undefined)
  })

  it('of 4,096 octets full of default routes are one route, said 4,053 times', () => {
    const message = update({ attributes: base, nlri: Array.from({ length: 4053 }, () => '0.0.0.0/0') })
    const bytes = encodeMessage(message, anyContext)
    expect(bytes).to.have.length(4096)
    expect(decodeMessage(bytes, anyContext)).to.deep.equal(message)
  })

  it('that reset the session say which attribute, and never more than was received', () => {
    const message = update({ attributes: base, nlri: ['198.51.100.0/24'] })
    expect(() => received(message, [0x40, 99, 1, 7]))
      .to.throw(BgpError)
      .with.property('data')
      .that.deep.equals(Uint8Array.of(0x40, 99, 1, 7))
  })
})
