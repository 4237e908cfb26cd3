// Names that somebody may have meant.
import { expect } from 'chai'
import { orMeant, similarKeys, similarNames } from './similar.ts'

describe('similar names', () => {
  it('are few letters away, the nearest first', () => {
    expect(similarNames('wbe', ['mail', 'web', 'xyz'])).to.deep.equal(['web'])
    expect(similarNames('metalb-system', ['kube-system', 'metallb-system'])).to.deep.equal(['metallb-system'])
  })

  it('of a Service begin with the same name elsewhere', () => {
    const known = ['prod/web', 'default/webs', 'default/mail', 'defaults/web2']
    expect(similarKeys('default/web', known)).to.deep.equal(['prod/web', 'default/webs', 'defaults/web2'])
  })

  it('are not invented', () => {
    expect(similarKeys('default/web', ['default/mail'])).to.deep.equal([])
    expect(orMeant([])).to.equal('')
    expect(orMeant(['a', 'b'])).to.equal('; did you mean a, b?')
  })
})
