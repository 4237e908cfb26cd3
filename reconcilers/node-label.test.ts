// Names of nodes as values of labels.
import { expect } from 'chai'
import fc from 'fast-check'
import { nodeLabel } from './node-label.ts'

describe('the label of a node', () => {
  it('is its name where that is short enough', () => {
    expect(nodeLabel('node-a.example.com')).to.equal('node-a.example.com')
    expect(nodeLabel('n'.repeat(63))).to.equal('n'.repeat(63))
  })

  it('is a label that the API server takes, however long the name', () => {
    const property = fc.property(fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/), (name) => {
      expect(nodeLabel(name)).to.match(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/)
      expect(nodeLabel(name)).to.have.length.at.most(63)
    })
    fc.assert(property)
  })

  it('is another one for another node, though they differ at their end only', () => {
    expect(nodeLabel(`${'n'.repeat(99)}a`)).to.not.equal(nodeLabel(`${'n'.repeat(99)}b`))
  })
})
