// A CustomResourceDefinition as a file has it.
import { expect } from 'chai'
import { readDefinition } from './definition.ts'

const raw = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com', labels: { a: 'b' } },
  spec: {
    group: 'example.com',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [
      { name: 'v1', served: true, storage: true },
      { name: 'v1beta1', served: true },
    ],
  },
}

describe('definition', () => {
  it('knows group, plural and versions', () => {
    expect(readDefinition(raw).names).to.deep.equal({
      group: 'example.com',
      plural: 'widgets',
      versions: [
        { name: 'v1', served: true, storage: true },
        { name: 'v1beta1', served: true, storage: false },
      ],
    })
  })

  it('keeps the object as it is', () => {
    expect(readDefinition(raw).object).to.deep.equal(raw)
  })

  it('refuses another kind of object', () => {
    expect(() => readDefinition({ ...raw, kind: 'Service' })).to.throw('not a CustomResourceDefinition')
  })

  it('refuses one without a plural', () => {
    const spec = { ...raw.spec, names: { kind: 'Widget' } }
    expect(() => readDefinition({ ...raw, spec })).to.throw('name, group, plural or versions are missing')
  })
})
