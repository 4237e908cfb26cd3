// A term against a small API server on loopback: how often it writes, and what happens when it ends.
import { expect } from 'chai'
import { eventually, turns } from '../../test/support/eventually.ts'
import { fakeAuth, startFakeApi } from '../../test/support/fake-api.ts'
import type { FakeApi, FakeRequest } from '../../test/support/fake-api.ts'
import { fakeClock } from '../../test/support/fake-clock.ts'
import type { FakeClock } from '../../test/support/fake-clock.ts'
import { controllerSettings } from '../controller-settings.ts'
import { createClient } from '../kube/client.ts'
import type { Client } from '../kube/client.ts'
import { createLog } from '../log.ts'
import { startTerm } from './term.ts'
import type { Term } from './term.ts'

const services = '/api/v1/namespaces/default/services'
const metallb = '/apis/metallb.io/v1beta1/namespaces/metallb-system'
const longAgo = '2026-11-24T07:00:00Z'

const isWrite = ({ method, path }: FakeRequest): boolean => method === 'PATCH' && path.startsWith(services)

/** As slow as a test wants: writes wait at the gate. */
function gated(client: Client) {
  const waiting: (() => void)[] = []
  let isOpen = true
  const apply: Client['apply'] = async (...args) => {
    if (!isOpen) await new Promise<void>((resolve) => void waiting.push(resolve))
    return client.apply(...args)
  }
  return {
    client: { ...client, apply },
    close: () => void (isOpen = false),
    open: () => {
      isOpen = true
      for (const go of waiting.splice(0)) go()
    },
    waiting: () => waiting.length,
  }
}

describe('a term of the controller', () => {
  let api: FakeApi
  let time: FakeClock
  let client: Client
  let gate: ReturnType<typeof gated>
  let term: Term
  let ending: Promise<void> | undefined

  /** SIGTERM. */
  const stop = (): Promise<void> => (ending ??= term.stop())

  beforeEach(async () => {
    ending = undefined
    api = await startFakeApi()
    time = fakeClock()
    client = createClient({ auth: fakeAuth(api.server), userAgent: 'test', clock: time.clock })
    gate = gated(client)
    api.put(`${metallb}/ipaddresspools/lan`, { spec: { addresses: ['192.0.2.0/24'] } })
  })

  afterEach(async () => {
    gate.open()
    let ended = false
    void stop().then(() => void (ended = true))
    await eventually('its end', () => {
      time.advance(100)
      return ended
    })
    await client.close()
    await api.close()
  })

  function start(failed: (reason: string) => void = () => undefined): void {
    term = startTerm({
      failed,
      settings: controllerSettings({ argv: [], env: {}, readFile: () => undefined }),
      client: gate.client,
      clock: time.clock,
      log: createLog('test', 'none'),
      identity: 'me',
      owner: () => undefined,
      mayWrite: () => true,
      signal: () => new AbortController().signal,
    })
  }

  const put = (name: string, labels: Readonly<Record<string, string>> = {}) =>
    void api.put(`${services}/${name}`, {
      metadata: { creationTimestamp: longAgo, labels },
      spec: {
        type: 'LoadBalancer',
        clusterIPs: ['10.96.0.1'],
        ipFamilies: ['IPv4'],
        selector: { app: 'x' },
        ports: [{ port: 80, protocol: 'TCP' }],
      },
    })

  const writes = () => api.requests.filter(isWrite)
  const writesOf = (name: string) => writes().filter(({ path }) => path === `${services}/${name}/status`)

  /** What falls due now, and all that follows from it. */
  async function pass(ms = 0): Promise<void> {
    time.advance(ms)
    await turns()
  }

  async function untilPlanned(): Promise<void> {
    await eventually('every watch is open', () => api.watchers() === 15 && term.unsynced().length === 0)
    await pass(100)
    await eventually('a plan', () => term.plan() !== undefined)
  }

  it('writes once for the address and once for what lasts, however slow the API server is', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `web-${index}`)
    for (const name of names) put(name)
    gate.close()
    start()
    await untilPlanned()
    for (let turn = 0; turn < 10; turn++) {
      put('other', { turn: `${turn}` }) // reasons to plan again, while writes are under way
      await pass(500)
    }
    gate.open()
    await eventually('every address is written', () => names.every((name) => writesOf(name).length > 0))
    for (let turn = 0; turn < 10; turn++) await pass(1_000)
    expect(names.map((name) => writesOf(name).length)).to.deep.equal(names.map(() => 2))
    for (const name of names) {
      const [first, second] = writesOf(name).map(({ body }) => JSON.stringify(body))
      expect(first).to.not.include('metallb.io/Announced') // nobody can announce what is not written yet
      expect(second).to.include('metallb.io/Announced')
    }
  })

  const isWatch = ({ query }: FakeRequest): boolean => query.get('watch') === '1'
  const lists = () => api.requests.filter((request) => request.method === 'GET' && !isWatch(request))

  /** Ends them, and waits for those that follow. */
  async function endWatches(how: () => void): Promise<void> {
    const before = api.requests.filter(isWatch).length
    how()
    await eventually('every watch is open again', () => {
      time.advance(10)
      return api.requests.filter(isWatch).length >= before + 15 && api.watchers() === 15
    })
  }

  it('plans from lists that were made since it began, of what stands then and of no older version', async () => {
    put('web')
    start()
    expect(api.requests).to.deep.equal([])
    await untilPlanned()
    const asked = lists()
    expect(new Set(asked.map(({ path }) => path)).size).to.equal(15)
    for (const { query } of asked) {
      expect(query.has('resourceVersion')).to.equal(false) // else the API server may answer from a cache that is old
      expect(query.has('resourceVersionMatch')).to.equal(false)
    }
  })

  it('lists nothing again, whatever comes and however often watches end, but what a 410 took away', async () => {
    start()
    await untilPlanned()
    const atStart = lists().length
    for (const [turn, name] of ['one', 'two', 'three'].entries()) {
      put(name)
      await eventually('its address', () => {
        time.advance(10)
        return writesOf(name).length > 0
      })
      await endWatches(turn === 1 ? api.resetWatches : api.endWatches)
    }
    expect(lists().length).to.equal(atStart)
    api.fault({
      on: (request) => request.path === '/api/v1/services' && isWatch(request),
      type: 'status',
      status: 410,
      reason: 'Expired',
    })
    await endWatches(api.endWatches)
    const since = lists().slice(atStart)
    expect(since.map(({ path }) => path)).to.deep.equal(['/api/v1/services'])
  })

  const memories = () =>
    api.requests.filter(
      ({ method, path }) => method === 'PATCH' && path === `${metallb}/poolmemories/lan/status`,
    )

  it('remembers what a Service gave back though the pass that saw it came to no end', async () => {
    let failures = 0
    put('one')
    start(() => {
      if (failures++ === 0) throw new Error('somebody who counts has a bug')
    })
    await untilPlanned()
    await eventually('it has an address', () => writesOf('one').length > 0)
    api.remove(`${metallb}/ipaddresspools/lan`)
    await eventually('the pass that fails', () => {
      time.advance(0)
      return failures > 0
    })
    await eventually('what it had is remembered', () => {
      time.advance(10)
      return JSON.stringify(memories().at(-1)?.body ?? '').includes('default/one')
    })
  })

  it('writes what is remembered before it ends, however soon after its last write that is', async () => {
    const isForgotten = (name: string) => () => {
      time.advance(0)
      return term.plan()?.services.has(`default/${name}`) === false
    }
    for (const name of ['one', 'two']) put(name)
    start()
    await untilPlanned()
    await eventually('both have addresses', () => ['one', 'two'].every((name) => writesOf(name).length > 0))
    api.remove(`${services}/one`)
    await eventually('one is gone', isForgotten('one'))
    await eventually('it is remembered', () => memories().length === 1)
    api.remove(`${services}/two`)
    await eventually('two is gone', isForgotten('two'))
    await turns()
    expect(memories()).to.have.length(1) // one write a second
    await stop()
    expect(memories()).to.have.length(2)
    expect(JSON.stringify(memories().at(-1)?.body)).to.include('default/two')
  })
})
