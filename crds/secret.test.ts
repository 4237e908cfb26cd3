// Secrets: the password is decoded, and is told to nobody.
import { expect } from 'chai'
import { resourceOf } from '../test/support/resource.ts'
import { parseSecret } from './secret.ts'

function secret(fields: Readonly<Record<string, unknown>>) {
  return parseSecret(resourceOf(fields, { name: 'bgp', namespace: 'metallb-system' }))
}

describe('a Secret', () => {
  it('holds its password decoded, as UTF-8', () => {
    const data = { username: 'eA==', password: Buffer.from('hüsh').toString('base64') }
    expect(secret({ type: 'kubernetes.io/basic-auth', data })).to.deep.equal({
      value: {
        namespace: 'metallb-system',
        name: 'bgp',
        type: 'kubernetes.io/basic-auth',
        password: 'hüsh',
      },
      objections: [],
    })
  })

  it('is Opaque where it does not say its type, and may hold no password', () => {
    expect(secret({}).value).to.deep.equal({ namespace: 'metallb-system', name: 'bgp', type: 'Opaque' })
  })

  for (const password of ['no base64!', Buffer.from([0xff, 0xfe]).toString('base64')])
    it(`objects to ${password} without quoting it`, () => {
      const { value, objections } = secret({ data: { password } })
      expect(value).to.not.have.property('password')
      expect(objections.map(({ field }) => field)).to.deep.equal(['data.password'])
      expect(JSON.stringify(objections)).to.not.include(password)
    })
})
