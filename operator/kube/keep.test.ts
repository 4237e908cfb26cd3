// What is left of an object that a cache keeps in part.
import { expect } from 'chai'
import { serviceNamed } from '../../test/support/resources-of-kind.ts'
import { headOf } from './keep.ts'

describe('keep', () => {
  it('leaves of an object its name, its life and its version', () => {
    const whole = { ...serviceNamed('web', { labels: { app: 'web' }, generation: 3 }), spec: { ports: [] } }
    expect(headOf(whole)).to.deep.equal({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'default', name: 'web', uid: 'uid-of-web', resourceVersion: '1' },
    })
  })

  it('leaves no namespace where there is none', () => {
    const { namespace: _, ...metadata } = serviceNamed('node-a').metadata
    expect(headOf({ apiVersion: 'v1', kind: 'Node', metadata }).metadata).to.not.have.property('namespace')
  })

  it('is frozen as the whole object is', () => {
    const head = headOf(serviceNamed('web'))
    expect(head).to.be.frozen
    expect(head.metadata).to.be.frozen
  })
})
