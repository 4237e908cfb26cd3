// Which binaries of the control plane are taken: those that the user names, else those of the cache.
import { expect } from 'chai'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeTemporaryFolder, removeFolder } from '../../test/support/temporary.ts'
import { cacheFolder, componentPath, components, missingComponents, wrongNames } from './where.mjs'

describe('where the control plane is', () => {
  let folder: string
  let env: Readonly<Record<string, string>>

  beforeEach(() => {
    folder = makeTemporaryFolder('where')
    env = { XDG_CACHE_HOME: join(folder, 'cache'), PATH: folder }
  })
  afterEach(() => removeFolder(folder))

  function program(...path: readonly string[]): string {
    const file = join(folder, ...path)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, '#!/bin/sh\n')
    chmodSync(file, 0o755)
    return file
  }

  it('all of it is missing on a new machine, and it would be in the cache of the user', () => {
    expect(missingComponents(env)).to.deep.equal(components)
    expect(componentPath('kubectl', env)).to.equal(join(cacheFolder(env), 'kubectl'))
    expect(cacheFolder(env)).to.match(
      new RegExp(`^${folder}/cache/herald/control-plane/v1\\.\\d+\\.\\d+-[0-9a-f]{12}$`),
    )
  })

  it('nothing of it is missing once the cache has it', () => {
    for (const component of components) program(componentPath(component, env).slice(folder.length + 1))
    expect(missingComponents(env)).to.deep.equal([])
  })

  it('KUBEBUILDER_ASSETS gives what is in it, and the rest is still to be had', () => {
    const apiServer = program('assets', 'kube-apiserver')
    const etcd = program('assets', 'etcd')
    const named = { ...env, KUBEBUILDER_ASSETS: join(folder, 'assets') }
    expect(componentPath('kube-apiserver', named)).to.equal(apiServer)
    expect(componentPath('etcd', named)).to.equal(etcd)
    expect(missingComponents(named)).to.deep.equal(components.filter((name) => name !== 'kube-apiserver'))
    expect(wrongNames(named)).to.deep.equal([])
  })

  it('TEST_ASSET_ and the name of one comes before KUBEBUILDER_ASSETS', () => {
    program('assets', 'kube-apiserver')
    const other = program('other', 'apiserver')
    const assets = { KUBEBUILDER_ASSETS: join(folder, 'assets'), TEST_ASSET_KUBE_APISERVER: other }
    expect(componentPath('kube-apiserver', { ...env, ...assets })).to.equal(other)
  })

  it('etcd is the one of PATH', () => {
    expect(componentPath('etcd', { ...env, PATH: `/nowhere:${folder}` })).to.not.include(folder)
    const etcd = program('etcd')
    expect(componentPath('etcd', { ...env, PATH: `/nowhere:${folder}` })).to.equal(etcd)
  })

  it('a name of what is not there is said, not passed over', () => {
    const named = { TEST_ASSET_KUBE_PROXY: '/nowhere/kube-proxy', KUBEBUILDER_ASSETS: folder }
    expect(wrongNames({ ...env, ...named })).to.deep.equal([
      'TEST_ASSET_KUBE_PROXY=/nowhere/kube-proxy: there is no such file',
      `KUBEBUILDER_ASSETS=${folder}: holds none of etcd, ${components.join(', ')}`,
    ])
  })
})
