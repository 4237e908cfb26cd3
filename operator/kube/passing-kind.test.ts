// A kind that comes and goes while a process runs.
import { expect } from 'chai'
import { eventually } from '../../test/support/eventually.ts'
import { fakeAuth, startFakeApi } from '../../test/support/fake-api.ts'
import type { FakeApi } from '../../test/support/fake-api.ts'
import { createClient } from './client.ts'
import type { Client } from './client.ts'
import { processClock } from './clock.ts'
import { followPassingKind } from './passing-kind.ts'
import type { PassingKind } from './passing-kind.ts'

const kind = {
  group: 'frrk8s.metallb.io',
  version: 'v1beta1',
  plural: 'bgpsessionstates',
  kind: 'BGPSessionState',
  namespaced: true,
} as const
const group = '/apis/frrk8s.metallb.io/v1beta1'
const resources = [{ name: kind.plural, kind: kind.kind, namespaced: true }]

describe('a kind that comes and goes', () => {
  let api: FakeApi
  let client: Client
  let passing: PassingKind
  let told: string[]

  beforeEach(async () => {
    told = []
    api = await startFakeApi()
    client = createClient({ auth: fakeAuth(api.server), userAgent: 'test' })
  })
  afterEach(async () => {
    await passing.stop()
    await client.close()
    await api.close()
  })

  function follow(restMs: number): void {
    passing = followPassingKind({
      client,
      kind,
      scope: {},
      clock: processClock,
      restMs: () => restMs,
      changed: () => {},
      report: ({ type }) => void told.push(type),
    })
  }

  const install = (times: number) =>
    api.fault({ on: ({ path }) => path === group, times, type: 'body', body: { resources } })
  const refuse = (status: number) =>
    api.fault({ on: ({ path }) => path.endsWith(`/${kind.plural}`), times: 1, type: 'status', status })

  it('is asked for once, and then rested, where it is not', async () => {
    follow(600_000)
    await eventually('the question', () => api.requests.length > 0)
    await passing.stop()
    expect(api.requests.map(({ path }) => path)).to.deep.equal([group])
    expect(passing.cache()).to.equal(undefined)
    expect(told).to.deep.equal([])
  })

  it('is followed as soon as it is there', async () => {
    follow(1)
    await eventually('some questions', () => api.requests.length > 3)
    api.put(`${group}/namespaces/metallb-system/bgpsessionstates/one`)
    install(1)
    await eventually('its objects', () => passing.cache()?.objects().size === 1)
    expect(told).to.deep.equal(['there'])
  })

  it('is looked for again when it went, and so said once', async () => {
    install(1)
    refuse(404)
    follow(1)
    await eventually('questions after it', () => api.requests.filter(({ path }) => path === group).length > 5)
    expect(passing.cache()).to.equal(undefined)
    install(1)
    await eventually('it is back', () => passing.cache() !== undefined)
    expect(told).to.deep.equal(['there'])
  })

  it('that may not be read is said so once, however often it is tried', async () => {
    install(1_000)
    api.fault({ on: ({ path }) => path.endsWith(`/${kind.plural}`), times: 3, type: 'status', status: 403 })
    follow(1)
    await eventually('the right to it', () => passing.cache() !== undefined)
    expect(told).to.deep.equal(['refused', 'there'])
  })
})
