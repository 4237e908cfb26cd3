// From group, version and plural to what the API server calls a kind.
import { expect } from 'chai'
import { fakeAuth, startFakeApi } from '../../test/support/fake-api.ts'
import type { FakeApi } from '../../test/support/fake-api.ts'
import { ApiError } from './api-error.ts'
import { createClient } from './client.ts'
import type { Client } from './client.ts'
import { discoverKind } from './discovery.ts'

const pools = { group: 'metallb.io', version: 'v1beta1', plural: 'ipaddresspools' }
const everyRequest = (): boolean => true

describe('discovery', () => {
  let api: FakeApi
  let client: Client

  beforeEach(async () => {
    api = await startFakeApi()
    client = createClient({ auth: fakeAuth(api.server), userAgent: 'test' })
  })

  afterEach(async () => {
    await client.close()
    await api.close()
  })

  const says = (body: unknown) => api.fault({ on: everyRequest, type: 'body', body })

  it('finds a kind by its plural, and not its subresources', async () => {
    const status = { name: 'ipaddresspools/status', kind: 'IPAddressPool', namespaced: true }
    says({ resources: [status, { name: 'ipaddresspools', kind: 'IPAddressPool', namespaced: true }] })
    expect(await discoverKind(client, pools)).to.deep.equal({
      ...pools,
      kind: 'IPAddressPool',
      namespaced: true,
    })
    expect(api.requests.map(({ path }) => path)).to.deep.equal(['/apis/metallb.io/v1beta1'])
  })

  it('finds kinds of the core', async () => {
    says({ resources: [{ name: 'nodes', kind: 'Node', namespaced: false }] })
    const nodes = { group: '', version: 'v1', plural: 'nodes' }
    expect(await discoverKind(client, nodes)).to.deep.equal({ ...nodes, kind: 'Node', namespaced: false })
    expect(api.requests.map(({ path }) => path)).to.deep.equal(['/api/v1'])
  })

  it('finds nothing where the group is not there yet', async () => {
    expect(await discoverKind(client, pools)).to.equal(undefined)
  })

  it('finds nothing where the group has other kinds only', async () => {
    says({ resources: [{ name: 'bgppeers', kind: 'BGPPeer', namespaced: true }] })
    expect(await discoverKind(client, pools)).to.equal(undefined)
  })

  it('refuses an answer that is no list of kinds', async () => {
    says({ kind: 'Status' })
    const error = await discoverKind(client, pools).catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(ApiError)
    expect(error).to.include({ reason: 'Malformed' })
  })
})
