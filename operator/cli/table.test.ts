// Tables as a reader sees them.
import { expect } from 'chai'
import { formatTable, indent } from './table.ts'

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
})
