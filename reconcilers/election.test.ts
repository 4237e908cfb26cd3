// The order of the election, against digests made by sha256sum.
import { expect } from 'chai'
import { electionKey, electionOrder, electorateOf } from './election.ts'

/** printf '%s' 'node-a#192.0.2.7' | sha256sum */
const digests: readonly (readonly [node: string, address: string, hex: string])[] = [
  ['node-a', '192.0.2.7', '074b43383ad01ed1b28b17845307e5ff66f37d9d96696701ce95399d98ce4316'],
  ['node-b', '192.0.2.7', '655effa44c10d5e4dd2ddc0ec6a7a57a6120d87d9a18c6c484d70b1786efc1b8'],
  ['node-c', '192.0.2.7', '8361349c7dd16cc232558a909f05893fcb52b6703f87244997bc6a4d5c4e5ad4'],
]

describe('election keys', () => {
  for (const [node, address, hex] of digests) {
    it(`${node}#${address} is ${hex.slice(0, 8)}…`, () => {
      expect(Buffer.from(electionKey(node, address), 'latin1').toString('hex')).to.equal(hex)
    })
  }

  it('order contenders by weight, then by digest', () => {
    const contender = (name: string, weight: number) => ({ name, weight, interfaces: 'all' }) as const
    const order = electionOrder(
      electorateOf([contender('node-c', 0), contender('node-b', 0), contender('node-a', 0)]),
      '192.0.2.7',
    )
    expect(order.map(({ name }) => name)).to.deep.equal(['node-a', 'node-b', 'node-c'])
    const weighed = electionOrder(
      electorateOf([contender('node-a', 0), contender('node-b', 1), contender('node-c', 1)]),
      '192.0.2.7',
    )
    expect(weighed.map(({ name }) => name)).to.deep.equal(['node-b', 'node-c', 'node-a'])
  })
})
