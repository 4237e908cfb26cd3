// A watch on a real API server: pages, changes, outages, a compacted history, a token that is rotated.
import { expect } from 'chai'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { request } from 'undici'
import type { KindName } from '../../crds/kind.ts'
import type { Client } from '../../operator/kube/client.ts'
import { watchCache } from '../../operator/kube/watch.ts'
import type { WatchNotice } from '../../operator/kube/watch.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { startControlPlane } from '../support/control-plane.ts'
import { dig, digText } from '../support/dig.ts'
import type { CuttableRelay } from '../support/cuttable-relay.ts'
import { startCuttableRelay } from '../support/cuttable-relay.ts'
import { connectTo } from '../support/plane-client.ts'
import { untilTrue } from '../support/until.ts'

const configMaps = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
} as const satisfies KindName
const secrets = { ...configMaps, plural: 'secrets', kind: 'Secret' } as const satisfies KindName
const patience = { timeoutMs: 60_000 }

describe('a watch on a real API server', function () {
  this.timeout(180_000)
  let plane: ControlPlane
  const closing: (() => Promise<void>)[] = []

  before(async () => {
    // Secrets come straight from etcd, so that what is compacted there is gone at once.
    plane = await startControlPlane({ extraApiServerFlags: ['--watch-cache-sizes=secrets#0'] })
  })

  after(async () => {
    for (const close of closing.toReversed()) await close()
    await plane.stop()
  })

  const path = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`
  const createNamespace = (name: string): Promise<unknown> =>
    plane.api.create('/api/v1/namespaces', { metadata: { name } })
  const create = (namespace: string, name: string): Promise<unknown> =>
    plane.api.create(path(namespace), { metadata: { name }, data: { is: 'first' } })
  const change = (namespace: string, name: string): Promise<unknown> =>
    plane.api.merge(`${path(namespace)}/${name}`, { data: { is: 'second' } })
  const remove = (namespace: string, name: string): Promise<unknown> =>
    plane.api.remove(`${path(namespace)}/${name}`)

  const connect = (kubeconfig: string): Client => {
    const client = connectTo(kubeconfig)
    closing.push(() => client.close())
    return client
  }
  const connectByRelay = async (): Promise<{ relay: CuttableRelay; client: Client }> => {
    const relay = await startCuttableRelay(plane.server)
    closing.push(() => relay.close())
    const identity = { user: 'almighty', groups: ['system:masters'], server: relay.server }
    return { relay, client: connect(await plane.userKubeconfig(identity)) }
  }
  let files = 0
  const connectByToken = (token: string): { client: Client; rotate: (token: string) => void } => {
    files += 1
    const tokenFile = join(plane.folder, `watch-${files}.token`)
    const kubeconfig = join(plane.folder, `watch-${files}.kubeconfig`)
    const rotate = (next: string): void => writeFileSync(tokenFile, next)
    rotate(token)
    const admin: Record<string, unknown> = JSON.parse(readFileSync(plane.kubeconfig, 'utf8'))
    const users = [{ name: 'herald', user: { tokenFile } }]
    writeFileSync(kubeconfig, JSON.stringify({ ...admin, users }))
    return { client: connect(kubeconfig), rotate }
  }
  /** A watch of one namespace, all that it told, and all that it complained of. */
  const watch = (client: Client, namespace: string, kind: KindName = configMaps) => {
    const told: string[] = []
    const notices: WatchNotice[] = []
    const cache = watchCache(client, kind, {
      namespace,
      report: (notice) => notices.push(notice),
    })
    cache.onChange((change) => {
      if (change.type !== 'synced') told.push(`${change.type} ${change.object.metadata.name}`)
    })
    closing.push(() => cache.stop())
    return { cache, told, notices }
  }
  const names = (cache: ReturnType<typeof watchCache>): readonly string[] =>
    [...cache.objects().values()].map(({ metadata }) => metadata.name)

  it('lists 1,200 objects in pages, each once, and tells every change after', async () => {
    await createNamespace('many')
    const all = Array.from({ length: 1_200 }, (_, index) => `map-${index}`)
    await inParallel(all, (name) => create('many', name))
    const { cache, told, notices } = watch(connect(plane.kubeconfig), 'many')
    await cache.synced
    expect(names(cache)).to.have.members(all)
    expect(told).to.have.lengthOf(1_200)
    expect(notices.map(({ type }) => type)).to.deep.equal(['synced'])
    told.length = 0
    await create('many', 'new')
    await change('many', 'map-0')
    await remove('many', 'map-1')
    await untilTrue('all three are told', () => told.length >= 3, patience)
    expect(told).to.deep.equal(['added new', 'modified map-0', 'deleted map-1'])
    expect(dig(cache.get('many/map-0'), 'data')).to.deep.equal({ is: 'second' })
    expect(cache.state()).to.deep.include({ failures: 0, relists: 0 })
  })

  it('sees after a crash of the API server what was changed, made and deleted while it was not looking', async () => {
    await createNamespace('outage')
    for (const name of ['stays', 'changes', 'goes']) await create('outage', name)
    const { relay, client } = await connectByRelay()
    const { cache, told, notices } = watch(client, 'outage')
    await cache.synced
    await untilTrue('it watches', () => cache.state().phase === 'watching', patience)
    told.length = 0
    relay.cut() // it stays away a little longer than the API server, so that there is something to miss
    await plane.killApiServer()
    await plane.startApiServer()
    await change('outage', 'changes')
    await create('outage', 'comes')
    await remove('outage', 'goes')
    expect(told).to.deep.equal([])
    relay.mend()
    await untilTrue('all three are told', () => told.length >= 3, patience)
    expect(told).to.have.members(['modified changes', 'added comes', 'deleted goes'])
    expect(names(cache)).to.have.members(['stays', 'changes', 'comes'])
    const kinds = notices.map(({ type }) => type)
    expect(kinds).to.include('failing')
    expect(kinds).to.include('recovered')
  })

  it('lists again when its version was compacted away, and sees what was deleted', async () => {
    await createNamespace('compacted')
    const collection = '/api/v1/namespaces/compacted/secrets'
    for (const name of ['stays', 'goes']) await plane.api.create(collection, { metadata: { name } })
    const { relay, client } = await connectByRelay()
    const { cache, told } = watch(client, 'compacted', secrets)
    await cache.synced
    await untilTrue('it watches', () => cache.state().phase === 'watching', patience)
    told.length = 0
    relay.cut()
    await plane.api.remove(`${collection}/goes`)
    await plane.api.create(collection, { metadata: { name: 'comes' } })
    await compact(plane.etcdUrl)
    expect(told).to.deep.equal([])
    relay.mend()
    await untilTrue('both are told', () => told.length >= 2, patience)
    expect(told).to.have.members(['deleted goes', 'added comes'])
    expect(cache.state().relists).to.equal(1)
    await plane.api.remove(`${collection}/stays`)
    await untilTrue('it watches on', () => told.includes('deleted stays'), patience)
  })

  it('goes on with the new token of its file when the old one is worth nothing any more', async () => {
    await createNamespace('rotated')
    await plane.kubectl(['-n', 'rotated', 'create', 'serviceaccount', 'old'])
    await plane.kubectl(['-n', 'rotated', 'create', 'serviceaccount', 'new'])
    const accounts = ['--serviceaccount=rotated:old', '--serviceaccount=rotated:new']
    const rights = ['--verb=get,list,watch', '--resource=configmaps']
    await plane.kubectl(['-n', 'rotated', 'create', 'role', 'reader', ...rights])
    await plane.kubectl(['-n', 'rotated', 'create', 'rolebinding', 'readers', '--role=reader', ...accounts])
    const oldToken = await plane.kubectl(['-n', 'rotated', 'create', 'token', 'old'])
    const { client, rotate } = connectByToken(oldToken)
    const stale = connectByToken(oldToken).client
    const { cache, told } = watch(client, 'rotated')
    await cache.synced
    rotate(await plane.kubectl(['-n', 'rotated', 'create', 'token', 'new']))
    await plane.kubectl(['-n', 'rotated', 'delete', 'serviceaccount', 'old'])
    await plane.killApiServer() // a token that it has seen is good for 10 s more, but for this
    await plane.startApiServer()
    await create('rotated', 'after')
    await untilTrue('it is told', () => told.includes('added after'), patience)
    const refused = await stale.list(configMaps, { namespace: 'rotated' }).catch((error: unknown) => error)
    expect(dig(refused, 'status'), String(refused)).to.equal(401)
  })
})

/** A few at a time: the API server takes no more of one user at once. */
async function inParallel<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  const left = all.values()
  const worker = async (): Promise<void> => {
    for (const one of left) await work(one)
  }
  await Promise.all(Array.from({ length: 32 }, worker))
}

/** All history up to now is forgotten, by etcd's JSON gateway. */
async function compact(etcdUrl: string): Promise<void> {
  const ask = async (path: string, body: unknown): Promise<unknown> => {
    const answer = await request(etcdUrl + path, { method: 'POST', body: JSON.stringify(body) })
    const said: unknown = await answer.body.json()
    if (answer.statusCode !== 200) throw new Error(`${path}: ${JSON.stringify(said)}`)
    return said
  }
  const key = Buffer.from('/registry/').toString('base64')
  const revision = digText(await ask('/v3/kv/range', { key }), 'header', 'revision')
  await ask('/v3/kv/compaction', { revision, physical: true })
}
