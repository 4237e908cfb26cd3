// Tables as a reader sees them.
import { expect } from 'chai'
import { formatAge, formatTable, indent, shortList } from './table.ts'

describe('a table', () => {
  it('is as wide as its widest cells, and shows what is missing', () => {
    const rows = [
      ['default/web', '192.0.2.10', 'node-a'],
      ['default/mail', '', 'node-with-a-long-name'],
    ]
    expect(formatTable(['service', 'address', 'node'], rows)).to.equal(
      [
        'SERVICE        ADDRESS      NODE',
        'default/web    192.0.2.10   node-a',
        'default/mail   -            node-with-a-long-name',
      ].join('\n'),
    )
  })

  it('indents lines, but not empty ones', () => {
    expect(indent('a\n\nb')).to.equal('  a\n\n  b')
  })

  it('shortens a list to three', () => {
    expect(shortList(['a', 'b', 'c'])).to.equal('a,b,c')
    expect(shortList(['a', 'b', 'c', 'd', 'e'])).to.equal('a,b,c and 2 more')
  })

  it('tells an age in the largest unit of which there are two', () => {
    const ages = [-5, 0, 119, 120, 7_199, 7_200, 172_799, 172_800].map((seconds) =>
      formatAge(seconds * 1_000),
    )
    expect(ages).to.deep.equal(['0s', '0s', '119s', '2m', '119m', '2h', '47h', '2d'])
  })
})
