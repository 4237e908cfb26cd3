// A table that follows a cache of which only parts are kept.
import { expect } from 'chai'
import { serviceKind, serviceNamed } from '../../test/support/resources-of-kind.ts'
import { createCache } from '../kube/cache.ts'
import { headOf } from '../kube/keep.ts'
import { oldestFirst, startTable } from './table.ts'

const namesIn = (object: { readonly metadata: { readonly name: string; readonly labels?: unknown } }) => ({
  name: object.metadata.name,
  isLabelled: object.metadata.labels !== undefined,
})

describe('table', () => {
  it('parses the whole object also where only its head is kept', () => {
    const cache = createCache(serviceKind, { keep: headOf })
    const { rows } = startTable({ cache, parse: namesIn, order: oldestFirst })
    cache.put(serviceNamed('web', { labels: { app: 'web' }, creationTimestamp: '2026-01-02T00:00:00Z' }))
    cache.put(serviceNamed('zone', { labels: { app: 'dns' }, creationTimestamp: '2026-01-01T00:00:00Z' }))
    expect(rows()).to.deep.equal([
      { name: 'zone', isLabelled: true },
      { name: 'web', isLabelled: true },
    ])
    cache.replace([serviceNamed('web', { resourceVersion: '2' })], '3')
    expect(rows()).to.deep.equal([{ name: 'web', isLabelled: false }])
  })

  it('refuses to begin when there is nothing whole left to parse', () => {
    const cache = createCache(serviceKind, { keep: headOf })
    cache.put(serviceNamed('web'))
    expect(() => startTable({ cache, parse: namesIn })).to.throw('must be followed from the first one on')
  })
})
