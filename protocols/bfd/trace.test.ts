// Events and effects of BFD as lines, and back.
import { expect } from 'chai'
import fc from 'fast-check'
import { AuthenticationType, BfdState } from './iana.ts'
import type { BfdPacket } from './packet.ts'
import { newBfdSession } from './session.ts'
import type { BfdEvent } from './session.ts'
import { formatBfdEffect, formatBfdEvent, formatBfdSession, parseBfdEvent, parseBfdSession } from './trace.ts'

const uint32 = fc.nat(2 ** 32 - 1)
const noBytes = new Uint8Array(0)

const names = <T extends string>(table: Readonly<Record<T, number>>) =>
  fc.constantFrom(...Object.keys(table)).filter((name): name is T => Object.hasOwn(table, name))

const section = fc
  .record({ type: names(AuthenticationType), keyId: fc.nat(255), sequence: uint32 })
  .map(({ type, keyId, sequence }) =>
    type === 'simplePassword'
      ? ({ type, keyId, password: noBytes } as const)
      : ({ type, keyId, sequence, digest: noBytes } as const),
  )

const packet: fc.Arbitrary<BfdPacket> = fc
  .record({
    diagnostic: fc.nat(31),
    state: names(BfdState),
    poll: fc.boolean(),
    final: fc.boolean(),
    controlPlaneIndependent: fc.boolean(),
    demand: fc.boolean(),
    detectMultiplier: fc.integer({ min: 1, max: 255 }),
    myDiscriminator: uint32,
    yourDiscriminator: uint32,
    desiredMinTxUs: uint32,
    requiredMinRxUs: uint32,
    requiredMinEchoRxUs: uint32,
    authentication: fc.option(section, { nil: undefined }),
  })
  .map(({ authentication, ...rest }) => ({ ...rest, ...(authentication && { authentication }) }))

const config = {
  desiredMinTxUs: 300_000,
  requiredMinRxUs: 0,
  detectMultiplier: 3,
  passive: true,
  multihop: false,
  minimumTtl: 255,
} as const

describe('a line of a BFD journal', () => {
  it('holds every packet whole, but for its digest', () => {
    fc.assert(
      fc.property(packet, (one) => {
        const event: BfdEvent = { type: 'received', packet: one }
        expect(parseBfdEvent(formatBfdEvent(event))).to.deep.equal(event)
      }),
    )
  })

  it('reads as a person would say it', () => {
    const plain = { ...config, state: 'init', diagnostic: 1, poll: true, final: false } as const
    const rest = { controlPlaneIndependent: false, demand: false, requiredMinEchoRxUs: 0 } as const
    const one = { ...plain, ...rest, myDiscriminator: 17, yourDiscriminator: 4 }
    expect(formatBfdEffect({ type: 'send', packet: one })).to.equal(
      'send init my=17 your=4 tx=300000 rx=0 mult=3 diag=1 flags=P',
    )
  })

  for (const type of ['start', 'wake', 'admin-down', 'admin-up', 'stop'] as const)
    it(`holds the event ${type}`, () => {
      expect(parseBfdEvent(formatBfdEvent({ type }))).to.deep.equal({ type })
    })

  it('holds a configuration without its key', () => {
    const authentication = { type: 'keyedSha1', keyId: 3, key: 'a secret' } as const
    const text = formatBfdEvent({ type: 'configured', config: { ...config, authentication } })
    expect(text).not.to.include('secret')
    expect(parseBfdEvent(text)).to.deep.equal({
      type: 'configured',
      config: { ...config, authentication: { ...authentication, key: '' } },
    })
  })

  it('holds a whole session', () => {
    const session = newBfdSession(config, 9, 12)
    expect(parseBfdSession(formatBfdSession(session))).to.deep.equal(session)
  })

  for (const text of [
    '',
    'nothing',
    'received',
    'received up my=1',
    'received over my=1 your=2',
    'configured 5',
  ])
    it(`is no event: '${text}'`, () => {
      expect(parseBfdEvent(text)).to.equal(undefined)
    })
})
