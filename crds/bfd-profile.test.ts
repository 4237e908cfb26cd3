import { expect } from 'chai'
import { resourceOf } from '../test/support/resource.ts'
import { parseBFDProfile } from './bfd-profile.ts'

function parse(spec: unknown) {
  return parseBFDProfile(resourceOf({ spec }))
}

describe('BFDProfile', () => {
  it('what a profile does not say stays unsaid', () => {
    const { value, objections } = parse({})
    expect(objections).to.deep.equal([])
    expect(value).to.deep.equal({
      name: 'example',
      namespace: 'default',
      uid: 'uid-1',
      generation: 0,
      createdAt: '',
      echoMode: false,
      passiveMode: false,
    })
  })

  it('all that a profile can say is read', () => {
    const { value, objections } = parse({
      receiveInterval: 10,
      transmitInterval: 60_000,
      detectMultiplier: 2,
      echoInterval: 50,
      echoMode: true,
      passiveMode: true,
      minimumTtl: 254,
    })
    expect(objections).to.deep.equal([])
    expect(value).to.include({
      receiveIntervalMs: 10,
      transmitIntervalMs: 60_000,
      detectMultiplier: 2,
      echoIntervalMs: 50,
      echoMode: true,
      passiveMode: true,
      minimumTtl: 254,
    })
  })

  it('how packets are authenticated is read', () => {
    const authentication = { type: 'MeticulousKeyedSHA1', keyID: 7, passwordSecret: { name: 'bfd' } }
    const { value, objections } = parse({ authentication })
    expect(objections).to.deep.equal([])
    expect(value.authentication).to.deep.equal({ ...authentication, passwordSecret: 'bfd' })
    expect(
      parse({ authentication: { ...authentication, keyID: undefined } }).value.authentication?.keyID,
    ).to.equal(0)
  })

  for (const [words, authentication, fields] of [
    ['of no kind', { passwordSecret: { name: 'bfd' } }, ['spec.authentication.type']],
    ['of an unknown kind', { type: 'MD5', passwordSecret: { name: 'bfd' } }, ['spec.authentication.type']],
    ['without a key', { type: 'KeyedMD5' }, ['spec.authentication.passwordSecret.name']],
    [
      'with a key number too high',
      { type: 'KeyedMD5', keyID: 256, passwordSecret: { name: 'b' } },
      ['spec.authentication.keyID'],
    ],
    [
      'as a word',
      'KeyedMD5',
      ['spec.authentication', 'spec.authentication.type', 'spec.authentication.passwordSecret.name'],
    ],
  ] as const)
    it(`authentication ${words} is objected to`, () => {
      expect(parse({ authentication }).objections.map(({ field }) => field)).to.deep.equal(fields)
    })

  for (const [field, least, most] of [
    ['receiveInterval', 10, 60_000],
    ['transmitInterval', 10, 60_000],
    ['echoInterval', 10, 60_000],
    ['detectMultiplier', 2, 255],
    ['minimumTtl', 1, 254],
  ] as const) {
    it(`${field} is taken from ${least} to ${most}`, () => {
      for (const good of [least, most]) expect(parse({ [field]: good }).objections).to.deep.equal([])
      for (const bad of [least - 1, most + 1]) {
        const { value, objections } = parse({ [field]: bad })
        expect(objections.map((objection) => objection.field)).to.deep.equal([`spec.${field}`])
        expect(value).to.deep.equal(parse({}).value)
      }
    })
  }
})
