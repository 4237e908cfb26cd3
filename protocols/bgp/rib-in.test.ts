import { expect } from 'chai'
import { anyContext } from './context.ts'
import { keptRoutes } from './config.ts'
import { changeRibIn, newRibIn, receivedCount } from './rib-in.ts'
import type { RibIn } from './rib-in.ts'
import type { Event, RibInChange } from './session.ts'
import type { Update } from './update.ts'

function said(nlri: readonly string[], communities?: readonly string[]): RibInChange {
  const base = { origin: 'igp', asPath: [], nextHop: '192.0.2.2' } as const
  const attributes = communities === undefined ? base : { ...base, communities }
  const update: Update = { type: 'update', withdrawn: [], attributes, nlri }
  return { type: 'update', update }
}

function gone(withdrawn: readonly string[]): RibInChange {
  return { type: 'update', update: { type: 'update', withdrawn, attributes: {}, nlri: [] } }
}

/** /32 of 10.0.0.0/8. */
function prefixes(from: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const host = from + index
    return `10.${host >>> 16}.${(host >>> 8) & 255}.${host & 255}/32`
  })
}

function all(type: Exclude<RibInChange['type'], 'update'>): RibInChange {
  return { type, families: ['IPv4', 'IPv6'] }
}

function after(...changes: readonly RibInChange[]): RibIn {
  const ribIn = newRibIn()
  for (const change of changes) changeRibIn(ribIn, change, { context: anyContext })
  return ribIn
}

function content(ribIn: RibIn): Record<string, string> {
  return Object.fromEntries([...ribIn.IPv4].map(([prefix, { freshness }]) => [prefix, freshness]))
}

const [a, b] = ['198.51.100.0/24', '203.0.113.0/24'] as const

describe('routes of a peer', () => {
  it('are what it said last', () => {
    const gone: Update = { type: 'update', withdrawn: [a], attributes: {}, nlri: [] }
    expect(content(after(said([a, b]), { type: 'update', update: gone }))).to.deep.equal({ [b]: 'fresh' })
  })

  it('go when they are treated as withdrawn', () => {
    const faulty = said([a])
    const fault = {
      fault: 'ORIGIN value',
      code: 3,
      subcode: 6,
      verdict: 'treat-as-withdraw',
      message: 'ORIGIN 9',
    } as const
    const update: Update | undefined =
      faulty.type === 'update' ? { ...faulty.update, faults: [fault] } : undefined
    if (update === undefined) throw new Error('no update')
    expect(content(after(said([a, b]), { type: 'update', update }))).to.deep.equal({ [b]: 'fresh' })
  })

  it('stay stale until the peer has said all again', () => {
    expect(content(after(said([a, b]), all('stale'), said([a])))).to.deep.equal({
      [a]: 'fresh',
      [b]: 'stale',
    })
    expect(content(after(said([a, b]), all('stale'), said([a]), all('sweep')))).to.deep.equal({
      [a]: 'fresh',
    })
  })

  it('that were stale when the session fell again are gone', () => {
    expect(content(after(said([a, b]), all('stale'), said([a]), all('stale')))).to.deep.equal({
      [a]: 'stale',
    })
  })

  it('live on for long unless they say NO_LLGR (RFC 9494)', () => {
    const ribIn = after(said([a]), said([b], ['65535:7']), all('stale'), all('long-lived'))
    expect(content(ribIn)).to.deep.equal({ [a]: 'long-lived' })
  })

  it('over the limit raise the event that ends the session, once the limit is exceeded', () => {
    const ribIn = newRibIn()
    const limits = { IPv4: 1 }
    const events = [said([a]), said([b])].map((change) =>
      changeRibIn(ribIn, change, { context: anyContext, limits }),
    )
    const expected: Event = { type: 'prefix-limit', family: 'IPv4', count: 2, limit: 1 }
    expect(events).to.deep.equal([undefined, expected])
  })

  it('as large as a number can say do not switch the limit off (FRR a2ae427708)', () => {
    const limits = { IPv4: 4_294_967_295 }
    const event = changeRibIn(newRibIn(), said([a]), { context: anyContext, limits })
    expect(event).to.equal(undefined)
  })

  it('beyond what is kept where no limit is set are counted, and kept no more', () => {
    const ribIn = after(said(prefixes(0, keptRoutes)), said(prefixes(keptRoutes, 10)))
    expect([ribIn.IPv4.size, receivedCount(ribIn, 'IPv4')]).to.deep.equal([keptRoutes, keptRoutes + 10])
    changeRibIn(ribIn, gone(prefixes(keptRoutes, 4)), { context: anyContext })
    changeRibIn(ribIn, gone(prefixes(0, 5)), { context: anyContext })
    expect([ribIn.IPv4.size, receivedCount(ribIn, 'IPv4')]).to.deep.equal([keptRoutes - 5, keptRoutes + 1])
    changeRibIn(ribIn, said(prefixes(0, 5)), { context: anyContext })
    expect(ribIn.IPv4.size).to.equal(keptRoutes)
    expect(ribIn.use.IPv4.isBeyond).to.equal(true)
    changeRibIn(ribIn, all('clear'), { context: anyContext })
    expect([receivedCount(ribIn, 'IPv4'), ribIn.use.IPv4]).to.deep.equal([
      0,
      { shares: 0, beyond: 0, isBeyond: false },
    ])
  })

  it('beyond what is kept are kept where the limit that is set is higher', () => {
    const ribIn = newRibIn()
    const limits = { IPv4: keptRoutes + 10 }
    changeRibIn(ribIn, said(prefixes(0, keptRoutes + 10)), { context: anyContext, limits })
    expect(ribIn.IPv4.size).to.equal(keptRoutes + 10)
  })

  it('with long attributes take more of what is kept, each time they are told', () => {
    const long = Array.from({ length: 1000 }, (_, index) => `65000:${index}`)
    const ribIn = newRibIn()
    for (let index = 0; index < 2000; index++)
      changeRibIn(ribIn, said(prefixes(index % 1500, 1), long), { context: anyContext })
    const perRoute = ribIn.use.IPv4.shares / ribIn.IPv4.size
    expect(perRoute).to.be.greaterThan(40)
    expect(ribIn.IPv4.size).to.equal(Math.floor(keptRoutes / perRoute))
    changeRibIn(ribIn, gone(prefixes(0, 1500)), { context: anyContext })
    expect([ribIn.IPv4.size, ribIn.use.IPv4.shares]).to.deep.equal([0, 0])
  })
})
