// What holds for every session and every event (style.md, Invariants).
import { expect } from 'chai'
import fc from 'fast-check'
import { eth0, eth1, holding, L2Bench, macOfClient, macOfOther } from '../../test/support/l2-session.ts'
import { arpFrame, gratuitousRequest } from '../arp/frame.ts'
import { decodeArp } from '../arp/packet.ts'
import { decodeEthernet } from '../net/ethernet.ts'
import { EtherType } from '../net/iana.ts'
import { decodeIpv6 } from '../net/ipv6.ts'
import { decodeNdp } from '../ndp/message.ts'
import { isOnHold } from './check.ts'
import type { CheckKind } from './claim.ts'
import { parseFrame } from './frame-text.ts'
import { newSession } from './session.ts'
import type { Effect, Event } from './session.ts'
import { step } from './step.ts'
import { formatEvent, parseEvent } from './trace.ts'

const addresses = ['192.0.2.10', '192.0.2.11', '2001:db8::10', '2001:db8:1::10', '2001:db8::11'] as const
const address = fc.constantFrom(...addresses)
const interfaces = fc.oneof(fc.constant('all' as const), fc.subarray(['eth0', 'eth1']))

const check = fc.constantFrom<CheckKind>('beside', 'before', 'full', 'only')
const claims = fc.uniqueArray(
  fc.record(
    { address, interfaces, check, controls: fc.constantFrom([], ['10.96.0.7']) },
    { requiredKeys: ['address', 'interfaces'] },
  ),
  {
    selector: (claim) => claim.address,
  },
)

const configured: fc.Arbitrary<Event> = fc.record({
  type: fc.constant('configured' as const),
  config: fc.record(
    {
      generation: fc.nat(3),
      claims,
      interfacesToExclude: fc.constantFrom<readonly string[]>(['^lo$'], ['^eth1$']),
      gratuitousIntervalMs: fc.constantFrom(0, 3000),
      nodeMacs: fc.constant([macOfOther]),
      proxyMacs: fc.constant([macOfOther]),
    },
    { requiredKeys: ['generation', 'claims', 'interfacesToExclude', 'gratuitousIntervalMs'] },
  ),
})

const linkStates = fc.record(
  {
    up: fc.boolean(),
    mac: fc.constantFrom('02:00:00:00:00:01', '02:00:00:00:00:0a'),
    capture: fc.constantFrom<'open' | 'closed'>('open', 'open', 'closed'),
    arpIgnore: fc.constantFrom(0, 1),
  },
  { requiredKeys: ['up', 'mac', 'capture'] },
)

const linked: fc.Arbitrary<Event> = fc.tuple(linkStates, fc.boolean()).map(([state, second]) => ({
  type: 'interfaces',
  links: [{ ...eth0, ...state }, ...(second ? [eth1] : [])],
}))

const question = fc.tuple(address, fc.boolean()).map(([target, isAnnouncement]) => {
  const mac = isAnnouncement ? macOfOther : macOfClient
  if (target.includes(':')) {
    const words = isAnnouncement
      ? `na from ${mac} fe80::99 to 33:33:00:00:00:01 ff02::1 target ${target} flags O target-mac ${mac}`
      : `ns from ${mac} fe80::50 to 33:33:ff:00:00:10 ff02::1:ff00:10 target ${target} source-mac ${mac}`
    return parseFrame(words) ?? new Uint8Array()
  }
  if (isAnnouncement) return gratuitousRequest(mac, target)
  const asked = {
    operation: 'request',
    senderMac: mac,
    senderAddress: '192.0.2.50',
    targetMac: '00:00:00:00:00:00',
    targetAddress: target,
  } as const
  return arpFrame(asked, 'ff:ff:ff:ff:ff:ff')
})

const framed: fc.Arbitrary<Event> = fc
  .tuple(
    fc.oneof(question, fc.uint8Array({ maxLength: 130 })),
    fc.integer({ min: 1, max: 3 }),
    fc.nat(20_000_000),
  )
  .map(([frame, link, capturedAt]) => ({ type: 'frame', link, capturedAt, frame }))

const others: fc.Arbitrary<Event> = fc.oneof(
  fc.constant<Event>({ type: 'wake' }),
  fc.tuple(fc.subarray([...addresses]), fc.nat(20_000)).map(([list, deadline]): Event => {
    return { type: 'yield', addresses: list, deadline }
  }),
  fc.subarray([...addresses]).map((list): Event => ({ type: 'announce-anew', addresses: list })),
  fc
    .tuple(fc.subarray([...addresses]), fc.integer({ min: 1, max: 3 }), fc.nat(20_000_000))
    .map(([list, link, at]): Event => ({ type: 'announced', link, addresses: list, at })),
)

const event = fc.oneof(configured, linked, framed, framed, others)
/** Each with the time since the one before. */
const history = fc.array(fc.tuple(event, fc.nat(1500)), { maxLength: 30 })

function effectsOf(events: readonly (readonly [Event, number])[]): {
  bench: L2Bench
  effects: readonly Effect[]
} {
  const bench = new L2Bench()
  const effects = events.flatMap(([each, ms]) => [...bench.advance(ms), ...bench.run(each)])
  return { bench, effects }
}

/** What a frame of ours says the address of the sender is. */
function speaksFor(frame: Uint8Array): string {
  const ethernet = decodeEthernet(frame)
  if (ethernet.etherType === EtherType.arp) return decodeArp(ethernet.payload).senderAddress
  return decodeNdp(decodeIpv6(ethernet.payload)).message.target
}

/** Of effects that led to the session as it is. */
function expectOwnOnly(bench: L2Bench, effects: readonly Effect[]): void {
  const ours = new Set([
    ...bench.session.config.claims.map((claim) => claim.address),
    ...bench.session.claims.chunks.flat().map((claim) => claim.address),
    ...effects.flatMap((effect) => (effect.type === 'yielded' ? [effect.address] : [])),
  ])
  for (const effect of effects) {
    if (effect.type !== 'announce' && effect.type !== 'answer') continue
    expect(speaksFor(effect.frame)).to.equal(effect.address)
    expect([...ours]).to.include(effect.address)
  }
}

describe('a layer 2 session', () => {
  it('in any state accepts any event', () => {
    fc.assert(fc.property(history, (events) => void effectsOf(events)))
  })

  it('never sends a frame for an address that is neither in the config nor being handed over', () => {
    fc.assert(
      fc.property(history, (events) => {
        const bench = new L2Bench()
        for (const [each, ms] of events) {
          expectOwnOnly(bench, bench.advance(ms))
          expectOwnOnly(bench, bench.run(each))
        }
      }),
    )
  })

  it('is silent about an address on hold: not announced, not answered for', () => {
    fc.assert(
      fc.property(history, (events) => {
        const { bench } = effectsOf(events)
        for (const claim of bench.session.claims.chunks.flat())
          if (isOnHold(claim))
            expect(
              claim.posts.every(({ dueAt, announced }) => dueAt === undefined && announced === undefined),
            ).to.equal(true)
      }),
    )
  })

  it('answers at most once for a frame, and only on the interface that it came in', () => {
    fc.assert(
      fc.property(history, framed, (events, last) => {
        const { bench } = effectsOf(events)
        const answers = bench.run(last).filter((effect) => effect.type === 'answer')
        expect(answers.length).to.be.at.most(1)
        for (const answer of answers)
          expect(last.type === 'frame' && answer.link === last.link).to.equal(true)
      }),
    )
  })

  it('does nothing the second time when a config is applied twice', () => {
    fc.assert(
      fc.property(history, configured, (events, last) => {
        const { bench } = effectsOf(events)
        bench.run(last)
        const { session } = bench
        expect(bench.run(last)).to.deep.equal([])
        expect(bench.session).to.equal(session)
      }),
    )
  })

  it('is a plain value: the same step from the same session gives the same, and leaves it as it was', () => {
    fc.assert(
      fc.property(history, event, (events, last) => {
        const { bench } = effectsOf(events)
        const before = structuredClone({ ...bench.session, exclusion: undefined })
        const first = step(bench.session, last, bench.now)
        const second = step(bench.session, last, bench.now)
        expect(second).to.deep.equal(first)
        expect(structuredClone({ ...bench.session, exclusion: undefined })).to.deep.equal(before)
      }),
    )
  })

  it('joins each group once and leaves what it joined', () => {
    fc.assert(
      fc.property(history, (events) => {
        const joined = new Set<string>()
        for (const effect of effectsOf(events).effects) {
          if (effect.type !== 'join' && effect.type !== 'leave') continue
          const key = `${effect.link} ${effect.group}`
          expect(joined.has(key)).to.equal(effect.type === 'leave')
          if (effect.type === 'join') joined.add(key)
          else joined.delete(key)
        }
      }),
    )
  })

  it('asks for every wake-up that it needs: the last one that was asked for is never later than what is due', () => {
    fc.assert(
      fc.property(history, (events) => {
        const { bench } = effectsOf(events)
        const due = bench.session.claims.chunks
          .flat()
          .flatMap(({ yieldBy, posts, check: asked }) => [
            ...(yieldBy === undefined ? [] : [yieldBy]),
            ...(asked?.dueAt === undefined ? [] : [asked.dueAt]),
            ...posts.flatMap(({ dueAt }) => (dueAt === undefined ? [] : [dueAt])),
          ])
        if (due.length === 0) return
        expect(bench.session.wakeAt).to.be.at.most(Math.min(...due))
      }),
    )
  })

  it('ends where a fresh one ends that is told the same: no hidden history, once nobody is yielding', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(configured, linked), { maxLength: 12 }), (events) => {
        const { bench } = effectsOf(events.map((each) => [each, 100]))
        bench.advance(100_000)
        const fresh = new L2Bench()
        fresh.run({ type: 'interfaces', links: [...bench.session.links.values()] })
        fresh.run({ type: 'configured', config: bench.session.config })
        fresh.advance(100_000)
        const standing = (each: L2Bench) =>
          each.session.claims.chunks
            .flat()
            .map(({ address: text, posts }) => ({ text, on: posts.map(({ link, mac }) => [link, mac]) }))
            .toSorted((a, b) => (a.text < b.text ? -1 : 1))
        expect(standing(bench)).to.deep.equal(standing(fresh))
      }),
    )
  })

  it('every event is the same after it was written into a journal and read back', () => {
    const names = new Map([
      ['eth0', 1],
      ['eth1', 2],
    ])
    const nameOf = (index: number) => [...names].find(([, value]) => value === index)?.[0] ?? String(index)
    const indexOf = (name: string) => names.get(name) ?? Number(name)
    fc.assert(
      fc.property(event, (each) => {
        const sayable = each.type !== 'frame' || each.frame.length > 0
        fc.pre(sayable)
        expect(parseEvent(formatEvent(each, nameOf), indexOf)).to.deep.equal(each)
      }),
    )
  })
})

describe('a fresh session', () => {
  it('holds nothing and wants nothing', () => {
    const { effects } = step(newSession(), { type: 'wake' }, 0)
    expect(effects).to.deep.equal([])
  })

  it('takes up a claim whatever comes first, the config or the interfaces', () => {
    const bench = holding(['192.0.2.10'])
    expect(bench.session.claims.chunks.flat()[0]?.posts).to.have.length(2)
  })
})
