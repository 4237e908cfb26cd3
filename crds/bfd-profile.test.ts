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
