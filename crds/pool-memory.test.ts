import { expect } from 'chai'
import { anyResource } from '../test/support/resource.ts'
import { parsePoolMemory } from './pool-memory.ts'

function parse(released: unknown) {
  const metadata = { name: 'lan', namespace: 'metallb-system', uid: 'u', resourceVersion: '1' }
  return parsePoolMemory(anyResource(JSON.stringify({ metadata, status: { released } })))
}

const good = { address: '2001:DB8::0', service: 'default/web', releasedAt: '2026-01-01T00:00:00Z' }
const read = { address: '2001:db8::', service: 'default/web', releasedAt: Date.UTC(2026, 0, 1) }

describe('a PoolMemory', () => {
  it('is read with its addresses in their usual form', () => {
    expect(parse([good])).to.deep.equal({
      value: { name: 'lan', namespace: 'metallb-system', released: [read] },
      objections: [],
    })
  })

  for (const [what, entry] of [
    ['no address', { ...good, address: 'here' }],
    ['no Service', { ...good, service: 'web' }],
    ['no time', { ...good, releasedAt: 'yesterday' }],
    ['no entry at all', 7],
  ] as const)
    it(`is read without an entry that has ${what}, which is objected to`, () => {
      const { value, objections } = parse([entry, good])
      expect(value.released).to.deep.equal([read])
      expect(objections.map(({ field }) => field)).to.include('status.released[0]')
    })

  it('may be empty, or nothing that anybody would expect', () => {
    expect(parse(undefined).value.released).to.deep.equal([])
    expect(parse('all').value.released).to.deep.equal([])
  })
})
