// What a process waits for before it plans, and what it goes on without.
import { expect } from 'chai'
import { secretKind } from '../crds/secret.ts'
import { serviceCIDRKind } from '../crds/service-cidr.ts'
import { serviceKind } from '../crds/service.ts'
import { eventually } from '../test/support/eventually.ts'
import { fakeAuth, startFakeApi } from '../test/support/fake-api.ts'
import type { FakeApi } from '../test/support/fake-api.ts'
import { createClient } from './kube/client.ts'
import type { Client } from './kube/client.ts'
import { processClock } from './kube/clock.ts'
import { createLog } from './log.ts'
import { startWatching } from './watching.ts'
import type { Watching } from './watching.ts'

describe('what is watched', () => {
  let api: FakeApi
  let client: Client
  let watching: Watching

  beforeEach(async () => {
    api = await startFakeApi()
    client = createClient({ auth: fakeAuth(api.server), userAgent: 'test' })
    watching = startWatching({ client, clock: processClock, log: createLog('test', 'none') })
  })
  afterEach(async () => {
    await watching.stop()
    await client.close()
    await api.close()
  })

  const refuse = (plural: string, times: number) =>
    api.fault({ on: ({ path }) => path.endsWith(`/${plural}`), times, type: 'status', status: 403 })

  it('is waited for while the API server refuses it', async () => {
    refuse('services', 1_000)
    watching.follow(serviceKind, {})
    await eventually('a refusal', () => api.requests.length > 0)
    expect(watching.unsynced()).to.deep.equal(['services'])
  })

  it('is gone on without while the API server refuses it, where that is agreed on, and whoever waits is told', async () => {
    refuse('secrets', 1_000)
    let told = 0
    watching.follow(serviceKind, {})
    watching.followUnlessRefused(secretKind, { namespace: 'metallb-system' }, () => void told++)
    expect(watching.unsynced()).to.deep.equal(['services', 'secrets'])
    await eventually('nothing to wait for', () => watching.unsynced().length === 0)
    expect(told).to.equal(1)
  })

  it('is there all the same once the API server allows it', async () => {
    api.put('/api/v1/namespaces/metallb-system/secrets/tor', { type: 'kubernetes.io/basic-auth' })
    refuse('secrets', 1)
    const secrets = watching.followUnlessRefused(secretKind, { namespace: 'metallb-system' }, () => undefined)
    await eventually('the Secret', () => secrets.objects().size === 1)
    expect(watching.unsynced()).to.deep.equal([])
  })

  it('is never waited for where the API server may not have it, and is no alarm while it has not', async () => {
    const lines: string[] = []
    const log = createLog('test', 'info', { write: (line) => void lines.push(line) })
    const quiet = startWatching({ client, clock: processClock, log })
    api.put('/apis/networking.k8s.io/v1/servicecidrs/kubernetes', { spec: { cidrs: ['10.96.0.0/16'] } })
    api.fault({ on: ({ path }) => path.endsWith('/servicecidrs'), times: 1, type: 'status', status: 404 })
    let changes = 0
    const cidrs = quiet.followIfThere(serviceCIDRKind, () => void changes++)
    expect(quiet.unsynced()).to.deep.equal([])
    await eventually('the kind, when the API server has it', () => cidrs.objects().size === 1)
    expect(changes).to.be.above(0)
    expect(lines.join('')).to.not.contain('watch fails')
    await quiet.stop()
  })
})
