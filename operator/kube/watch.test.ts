// List and watch against a small API server on loopback: each rule of a reflector, and a clock that is a number.
import { expect } from 'chai'
import { eventually } from '../../test/support/eventually.ts'
import { fakeAuth, startFakeApi } from '../../test/support/fake-api.ts'
import type { FakeApi, FakeRequest } from '../../test/support/fake-api.ts'
import { fakeClock } from '../../test/support/fake-clock.ts'
import type { FakeClock } from '../../test/support/fake-clock.ts'
import { serviceKind } from '../../test/support/resources-of-kind.ts'
import type { Cache } from './cache.ts'
import { createClient } from './client.ts'
import type { Client } from './client.ts'
import { watchCache } from './watch.ts'
import type { Watch, WatchNotice } from './watch.ts'

const services = '/api/v1/namespaces/default/services'

const isWatch = ({ query }: FakeRequest): boolean => query.get('watch') === '1'
const isList = (request: FakeRequest): boolean => request.method === 'GET' && !isWatch(request)
const isContinued = ({ query }: FakeRequest): boolean => query.has('continue')

describe('watch', () => {
  let api: FakeApi
  let time: FakeClock
  let client: Client
  let watch: Cache & Watch
  let notices: WatchNotice[]

  beforeEach(async () => {
    api = await startFakeApi()
    time = fakeClock()
    notices = []
  })

  afterEach(async () => {
    await watch.stop()
    await client.close()
    await api.close()
  })

  function start(auth = fakeAuth(api.server)): void {
    client = createClient({ auth, userAgent: 'test', clock: time.clock })
    watch = watchCache(client, serviceKind, { clock: time.clock, report: (notice) => notices.push(notice) })
  }

  async function startWatching(): Promise<void> {
    start()
    await watchingAgain()
    time.advance(2_000) // it has lived long enough to end in good order
  }

  /** Open on both sides: what is left of the clock is the watch's own end, no call's deadline. */
  function watchingAgain(count = 1): Promise<void> {
    const open = () => api.watchers() === 1 && watches().length === count
    const answered = () => watch.state().phase === 'watching' && time.nextIn() > 10_000
    return eventually(`watch ${count} is open`, () => open() && answered())
  }

  function restingAfter(failures: number): Promise<void> {
    const rests = () => watch.state().phase === 'resting' && watch.state().failures === failures
    return eventually(`a rest after failure ${failures}`, rests)
  }

  /** To the end of the rest, which it returns. */
  async function restOver(failures: number): Promise<number> {
    await restingAfter(failures)
    const rest = time.nextIn()
    time.advance(rest)
    return rest
  }

  const lists = () => api.requests.filter(isList)
  const watches = () => api.requests.filter(isWatch)
  const watchedFrom = () => watches().map(({ query }) => query.get('resourceVersion'))
  const told = (): string[] => {
    const changes: string[] = []
    watch.onChange((change) =>
      changes.push(change.type === 'synced' ? 'synced' : `${change.type} ${change.key}`),
    )
    return changes
  }
  const put = (...names: readonly string[]) => names.forEach((name) => api.put(`${services}/${name}`))
  const noticesOf = (type: WatchNotice['type']) => notices.filter((notice) => notice.type === type)

  it('lists in pages of 500 and is synced by the last', async () => {
    put(...Array.from({ length: 1_201 }, (_, index) => `web-${index}`))
    start()
    await watch.synced
    expect(lists().map(({ query }) => query.get('limit'))).to.deep.equal(['500', '500', '500'])
    expect(lists().map(isContinued)).to.deep.equal([false, true, true])
    expect(watch.objects().size).to.equal(1_201)
  })

  it('begins the list again when its continuation has expired', async () => {
    put(...Array.from({ length: 600 }, (_, index) => `web-${index}`))
    api.fault({ on: isContinued, type: 'status', status: 410, reason: 'Expired' })
    start()
    await watch.synced
    expect(lists().map(isContinued)).to.deep.equal([false, true, false, true])
    expect(watch.objects().size).to.equal(600)
  })

  it('asks for all in one when continuations expire again and again', async () => {
    put(...Array.from({ length: 600 }, (_, index) => `web-${index}`))
    api.fault({ on: isContinued, type: 'status', status: 410, reason: 'Expired', times: 2 })
    start()
    await watch.synced
    expect(lists().at(-1)?.query.get('limit')).to.equal(null)
    expect(watch.objects().size).to.equal(600)
  })

  it('watches from the version of the list, with bookmarks and an end of its own', async () => {
    put('web')
    await startWatching()
    const asked = Object.fromEntries(watches()[0]?.query ?? [])
    expect(asked).to.deep.equal({
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: String(api.store.version()),
      timeoutSeconds: '319', // 290 and the whole of its spread
    })
  })

  it('goes on at once, from the last event, after an end in good order', async () => {
    await startWatching()
    put('web')
    await eventually('the event', () => watch.get('default/web') !== undefined)
    const version = String(api.store.version())
    api.endWatches()
    await watchingAgain(2)
    expect(watchedFrom().at(-1)).to.equal(version)
    expect(lists()).to.have.length(1)
  })

  it('goes on from the last bookmark', async () => {
    await startWatching()
    api.put('/api/v1/nodes/node-a') // another kind's change: the version grows unseen
    api.sayBookmark()
    api.endWatches()
    await watchingAgain(2)
    expect(watchedFrom().at(-1)).to.equal(String(api.store.version()))
  })

  it('takes an end in good order that comes at once for a failure', async () => {
    start()
    await watchingAgain()
    api.endWatches()
    expect(await restOver(1)).to.equal(200)
    await watchingAgain(2)
  })

  it('sees what was deleted while its version went out of date (410 as an answer)', async () => {
    put('web', 'other')
    await startWatching()
    const changes = told()
    api.resetWatches()
    await restingAfter(1)
    api.remove(`${services}/web`)
    api.store.compact()
    await restOver(1)
    await restOver(2)
    await watchingAgain(3)
    expect(changes).to.deep.equal(['deleted default/web', 'synced'])
    expect(watch.state().relists).to.equal(1)
  })

  it('sees what was deleted while its version went out of date (410 as an ERROR event)', async () => {
    put('web', 'other')
    await startWatching()
    const changes = told()
    api.say({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } })
    await restingAfter(1)
    api.remove(`${services}/web`)
    await restOver(1)
    await watchingAgain(2)
    expect(changes).to.deep.equal(['deleted default/web', 'synced'])
  })

  it('keeps the old objects until the new list is whole', async () => {
    put('web')
    await startWatching()
    api.fault({ on: isList, type: 'silence' })
    api.say({ type: 'ERROR', object: { code: 410 } })
    await restingAfter(1)
    api.remove(`${services}/web`)
    await restOver(1)
    await eventually('the list is asked for', () => lists().length === 2)
    expect(watch.get('default/web')).to.not.equal(undefined)
    time.advance(30_000) // the list's deadline
    await restOver(2)
    await watchingAgain(2)
    expect(watch.get('default/web')).to.equal(undefined)
  })

  it('tells of the same name with another uid as deleted, then added', async () => {
    put('web')
    await startWatching()
    const changes = told()
    api.resetWatches()
    await restingAfter(1)
    api.remove(`${services}/web`)
    put('web')
    api.store.compact()
    await restOver(1)
    await restOver(2)
    await watchingAgain(3)
    expect(changes).to.deep.equal(['deleted default/web', 'added default/web', 'synced'])
  })

  it('rests hardly at all after a reset, and loses nothing', async () => {
    await startWatching()
    api.resetWatches()
    await restingAfter(1)
    put('web')
    expect(await restOver(1)).to.equal(200)
    await eventually('what was missed', () => watch.get('default/web') !== undefined)
    expect(lists()).to.have.length(1)
  })

  it('rests longer from one server error to the next', async () => {
    api.fault({ on: isWatch, type: 'status', status: 500, times: 6 })
    start()
    const rests: number[] = []
    for (let failures = 1; failures <= 6; failures++) rests.push(await restOver(failures))
    await watchingAgain(7)
    expect(rests).to.deep.equal([200, 800, 1_600, 3_200, 5_000, 5_000])
  })

  it('forgets its failures when a watch has lived for a while', async () => {
    api.fault({ on: isWatch, type: 'status', status: 500, times: 3 })
    start()
    for (const failures of [1, 2, 3]) await restOver(failures)
    await watchingAgain(4)
    time.advance(30_000)
    api.resetWatches()
    expect(await restOver(1)).to.equal(200)
  })

  it('does not take a list without an answer for a watch that lived', async () => {
    api.fault({ on: isList, type: 'silence', times: 2 })
    start()
    for (const count of [1, 2]) {
      await eventually('the list is asked for', () => lists().length === count)
      time.advance(30_000)
      await restOver(count)
    }
    await watchingAgain()
  })

  it('honours Retry-After', async () => {
    api.fault({ on: isWatch, type: 'status', status: 429, retryAfter: '7' })
    start()
    expect(await restOver(1)).to.equal(7_200)
  })

  it('reads its credentials anew when they are refused, once', async () => {
    const auth = fakeAuth(api.server, ['old', 'new'])
    api.requireToken('new')
    start(auth)
    await watch.synced
    expect(auth.reloads()).to.equal(1)
    expect(notices.map(({ type }) => type)).to.deep.equal(['synced'])
  })

  it('reports refused credentials and rests, instead of reading them for ever', async () => {
    const auth = fakeAuth(api.server, ['old'])
    api.requireToken('new')
    start(auth)
    await restingAfter(1)
    expect(auth.reloads()).to.equal(1)
    expect(noticesOf('failing')).to.have.length(1)
    expect(failuresIn(notices)[0]).to.include({ status: 401 })
  })

  for (const status of [403, 404]) {
    it(`keeps trying after ${status}, which it reports once, and its end too`, async () => {
      api.fault({ on: isList, type: 'status', status, times: 3 })
      start()
      for (const failures of [1, 2, 3]) await restOver(failures)
      await watchingAgain()
      expect(noticesOf('failing')).to.have.length(1)
      expect(noticesOf('failing')[0]).to.include({ refused: true })
      expect(noticesOf('recovered')).to.have.length(1)
    })
  }

  it('connects anew when a watch is silent for longer than it can live', async () => {
    await startWatching()
    time.advance(319_000 + 5_000)
    expect(await restOver(1)).to.equal(200)
    await eventually('another watch', () => watches().length === 2)
    expect(watchedFrom()[1]).to.equal(watchedFrom()[0])
    expect(String(failuresIn(notices)[0])).to.contain('silent for 324000 ms')
  })

  it('leaves a watch alone that brings bookmarks only', async () => {
    await startWatching()
    time.advance(200_000)
    const before = watch.lastContactMs()
    api.sayBookmark()
    await eventually('the bookmark', () => watch.lastContactMs() !== before)
    time.advance(200_000)
    expect(watch.state()).to.include({ phase: 'watching', failures: 0 })
  })

  it('goes on from the last good version after an event that makes no sense', async () => {
    await startWatching()
    api.say({ type: 'PERHAPS', object: {} })
    await restOver(1)
    await watchingAgain(2)
    expect(watchedFrom()[1]).to.equal(watchedFrom()[0])
  })

  it('ends its rest when another call gets through', async () => {
    api.fault({ on: isWatch, type: 'reset', times: 5 })
    start()
    for (const failures of [1, 2, 3, 4]) await restOver(failures)
    await restingAfter(5)
    expect(time.nextIn()).to.equal(5_000)
    await client.text('/api/v1/services')
    expect(time.nextIn()).to.equal(500)
    time.advance(500)
    await watchingAgain(6)
  })

  it('watches on from the same version after restart()', async () => {
    await startWatching()
    watch.restart()
    await watchingAgain(2)
    expect(watchedFrom()[1]).to.equal(watchedFrom()[0])
    expect(noticesOf('failing')).to.deep.equal([])
  })

  it('goes on when a listener throws, and says so', async () => {
    await startWatching()
    watch.onChange(() => {
      throw new Error('a listener of its own')
    })
    put('one', 'two')
    await eventually('both', () => watch.objects().size === 2)
    expect(noticesOf('listener-failed')).to.have.length(2)
  })

  it('leaves nothing behind when it is stopped', async () => {
    await startWatching()
    await watch.stop()
    await eventually('the connection is closed', () => api.watchers() === 0)
    expect(watch.state().phase).to.equal('stopped')
    expect(time.nextIn()).to.equal(Number.POSITIVE_INFINITY)
  })
})

function failuresIn(notices: readonly WatchNotice[]): readonly unknown[] {
  return notices.flatMap((notice) => (notice.type === 'failing' ? [notice.error] : []))
}
