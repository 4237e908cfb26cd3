// What comes in: stripped, whole, frozen.
import { expect } from 'chai'
import { serviceKind, serviceNamed } from '../../test/support/resources-of-kind.ts'
import { ApiError } from './api-error.ts'
import { parseJson, receive, receivePage } from './door.ts'

describe('door', () => {
  it('strips managedFields', () => {
    const { metadata } = serviceNamed('web')
    const received = receive(
      { metadata: { ...metadata, managedFields: [{ manager: 'kubectl' }] } },
      serviceKind,
    )
    expect(received.metadata).to.not.have.property('managedFields')
  })

  it('strips what kubectl applied last, and no other annotation', () => {
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'metallb.io/note': 'kept',
    }
    const received = receive(serviceNamed('web', { annotations }), serviceKind)
    expect(received.metadata.annotations).to.deep.equal({ 'metallb.io/note': 'kept' })
  })

  it('gives the items of a list what they do not say: apiVersion and kind', () => {
    const { metadata } = serviceNamed('web')
    const page = receivePage({ metadata: { resourceVersion: '7' }, items: [{ metadata }] }, serviceKind)
    expect(page.objects.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).to.deep.equal(['v1 Service'])
  })

  it('reads an empty list as Go writes it, null', () => {
    const page = receivePage({ metadata: { resourceVersion: '7', continue: '' }, items: null }, serviceKind)
    expect(page).to.deep.equal({ objects: [], resourceVersion: '7' })
  })

  it('freezes an object all the way down', () => {
    const received = receive({ ...serviceNamed('web'), spec: { ports: [{ port: 80 }] } }, serviceKind)
    const { spec } = received
    expect(spec).to.be.frozen
    expect(received.metadata).to.be.frozen
  })

  it('refuses an object without a uid', () => {
    expect(() => receive({ metadata: { name: 'web', resourceVersion: '1' } }, serviceKind)).to.throw(
      ApiError,
      'an object of services without name, uid or resourceVersion',
    )
  })

  it('says what stands there when it is no JSON', () => {
    expect(() => parseJson('<html>')).to.throw(ApiError, 'no JSON: <html>')
  })
})
