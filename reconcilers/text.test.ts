// Words for people.
import { expect } from 'chai'
import { pool, service, snapshot } from '../test/support/snapshots.ts'
import { ask, planOf, v4 } from '../test/support/told.ts'
import { planController } from './plan.ts'
import { quote, shorten } from './text.ts'

describe('text', () => {
  it('is cut where it is too long, and says so', () => {
    expect(shorten('abcdef', 4)).to.equal('abc…')
    expect(shorten('abcd', 4)).to.equal('abcd')
    expect(quote('a"b')).to.equal('"a\\"b"')
    expect(quote('x'.repeat(200))).to.have.length(102)
  })

  it('annotations of 64 kB make no long messages, and no trouble', () => {
    const long = 'x'.repeat(65_536)
    for (const wish of [{ loadBalancerIPs: long }, { 'address-pool': long }]) {
      const web = service('web', ask(wish))
      expect(planOf(web, [pool('a', v4)])).to.match(/^pending (UnreadableRequest|UnknownPool)$/)
      const plan = planController(snapshot({ pools: [pool('a', v4)], services: [web] })).services.get(web.key)
      expect(plan?.state === 'pending' ? plan.verdict.message : '').to.have.length.within(1, 300)
    }
  })
})
