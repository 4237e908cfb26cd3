// The cache as watch and writers feed it.
import { expect } from 'chai'
import { serviceKind, serviceNamed } from '../../test/support/resources-of-kind.ts'
import { createCache, keyOf } from './cache.ts'
import type { Change, FedCache } from './cache.ts'
import { headOf } from './keep.ts'

function cacheOf(...names: readonly string[]): FedCache {
  const cache = createCache(serviceKind)
  cache.replace(
    names.map((name) => serviceNamed(name, { resourceVersion: '10' })),
    '10',
  )
  return cache
}

/** What listeners are told from here on. */
function toldBy(cache: FedCache): string[] {
  const told: string[] = []
  cache.onChange((change) => told.push(inWords(change)))
  return told
}

function inWords(change: Change): string {
  if (change.type === 'synced') return 'synced'
  return `${change.type} ${change.object.metadata.name} ${change.object.metadata.uid}`
}

describe('cache', () => {
  it('is synced by the first whole list', () => {
    const cache = createCache(serviceKind)
    expect(cache.isSynced()).to.equal(false)
    cache.replace([], '1')
    expect(cache.isSynced()).to.equal(true)
  })

  it('tells only what a new list says differently', () => {
    const cache = cacheOf('gone', 'same', 'changed')
    const told = toldBy(cache)
    const listed = [
      serviceNamed('same', { resourceVersion: '10' }),
      serviceNamed('changed', { resourceVersion: '12' }),
      serviceNamed('new', { resourceVersion: '13' }),
    ]
    cache.replace(listed, '20')
    expect(told).to.deep.equal([
      'deleted gone uid-of-gone',
      'modified changed uid-of-changed',
      'added new uid-of-new',
      'synced',
    ])
  })

  it('tells of the same name with another uid as deleted, then added', () => {
    const cache = cacheOf('web')
    const told = toldBy(cache)
    cache.put(serviceNamed('web', { uid: 'second', resourceVersion: '11' }))
    expect(told).to.deep.equal(['deleted web uid-of-web', 'added web second'])
  })

  it('does not go back to an older state', () => {
    const cache = cacheOf('web')
    const told = toldBy(cache)
    cache.put(serviceNamed('web', { resourceVersion: '9' }))
    expect(told).to.deep.equal([])
  })

  it('compares versions as numbers, not as text', () => {
    const cache = cacheOf('web')
    cache.put(serviceNamed('web', { resourceVersion: '9223372036854775807' }))
    cache.put(serviceNamed('web', { resourceVersion: '11' }))
    expect(cache.get('default/web')?.metadata.resourceVersion).to.equal('9223372036854775807')
  })

  it('does not let the deletion of an earlier life take the present one', () => {
    const cache = cacheOf('web')
    cache.put(serviceNamed('web', { uid: 'second', resourceVersion: '12' }))
    cache.drop(serviceNamed('web', { resourceVersion: '11' }))
    expect(cache.get('default/web')?.metadata.uid).to.equal('second')
  })

  it('takes the answer of an own write before the watch shows it, and tells it once', () => {
    const cache = cacheOf('web')
    const told = toldBy(cache)
    const written = serviceNamed('web', { resourceVersion: '11' })
    expect(cache.upsertIfNewer(written)).to.equal(true)
    cache.put(written)
    expect(told).to.deep.equal(['modified web uid-of-web'])
  })

  it('does not take the answer of an own write that the watch has overtaken', () => {
    const cache = cacheOf('web')
    cache.put(serviceNamed('web', { resourceVersion: '12' }))
    expect(cache.upsertIfNewer(serviceNamed('web', { resourceVersion: '11' }))).to.equal(false)
  })

  it('does not raise an object from the dead by the late answer of an own write', () => {
    const cache = cacheOf('web')
    cache.drop(serviceNamed('web', { resourceVersion: '12' }))
    expect(cache.upsertIfNewer(serviceNamed('web', { resourceVersion: '11' }))).to.equal(false)
    expect(cache.objects().size).to.equal(0)
  })

  it('keeps an own write that is newer than a list that does not know it', () => {
    const cache = cacheOf()
    cache.upsertIfNewer(serviceNamed('web', { resourceVersion: '30' }))
    cache.replace([], '20')
    expect(cache.get('default/web')?.metadata.resourceVersion).to.equal('30')
  })

  it('counts every change', () => {
    const cache = cacheOf('web')
    const before = cache.version()
    cache.put(serviceNamed('web', { resourceVersion: '11' }))
    expect(cache.version()).to.equal(before + 1)
  })

  it('tells the other listeners when one throws', () => {
    const failures: unknown[] = []
    const cache = createCache(serviceKind, { failed: (error) => failures.push(error) })
    cache.onChange(() => {
      throw new Error('a listener of its own')
    })
    const told = toldBy(cache)
    cache.put(serviceNamed('web'))
    expect(told).to.deep.equal(['added web uid-of-web'])
    expect(failures).to.have.length(1)
  })

  it('does not tell a listener that left', () => {
    const cache = cacheOf()
    const told: string[] = []
    const leave = cache.onChange((change) => told.push(inWords(change)))
    leave()
    cache.put(serviceNamed('web'))
    expect(told).to.deep.equal([])
  })

  it('keeps the part that it was told to keep, and tells the whole', () => {
    const cache = createCache(serviceKind, { keep: headOf })
    const told: unknown[] = []
    cache.onChange((change) => void (change.type === 'added' && told.push(change.object['spec'])))
    cache.put({ ...serviceNamed('web'), spec: { type: 'LoadBalancer' } })
    expect(told).to.deep.equal([{ type: 'LoadBalancer' }])
    expect(cache.get('default/web')).to.not.have.property('spec')
  })

  it('knows by what it kept that a version is not newer', () => {
    const cache = createCache(serviceKind, { keep: headOf })
    cache.put(serviceNamed('web', { resourceVersion: '10' }))
    const told = toldBy(cache)
    cache.put(serviceNamed('web', { resourceVersion: '10' }))
    cache.put(serviceNamed('web', { uid: 'second', resourceVersion: '11' }))
    expect(told).to.deep.equal(['deleted web uid-of-web', 'added web second'])
  })

  it('knows an object without a namespace by its name', () => {
    const { namespace: _, ...metadata } = serviceNamed('node-a').metadata
    expect(keyOf({ apiVersion: 'v1', kind: 'Node', metadata })).to.equal('node-a')
  })
})
