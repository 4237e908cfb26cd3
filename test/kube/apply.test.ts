// Statuses on a real API server: one write for status and annotation, others keep what is theirs, twice is once.
import { expect } from 'chai'
import { serviceKind } from '../../crds/service.ts'
import { isConflict } from '../../operator/kube/api-error.ts'
import { applyStatus } from '../../operator/kube/apply.ts'
import type { StatusWrite } from '../../operator/kube/apply.ts'
import type { Client } from '../../operator/kube/client.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { startControlPlane } from '../support/control-plane.ts'
import { dig, digList, digText } from '../support/dig.ts'
import { createTestService, defaultServices, ingressOf, readService } from '../support/herald-plane.ts'
import { connectTo } from '../support/plane-client.ts'

const fieldManager = 'metallb-controller'
const ingress = [{ ip: '192.0.2.7', ipMode: 'VIP' }]
const pool = 'metallb.io/ip-allocated-from-pool'

describe('statuses on a real API server', function () {
  this.timeout(180_000)
  let plane: ControlPlane
  let client: Client

  before(async () => {
    plane = await startControlPlane()
    client = connectTo(plane.kubeconfig)
  })

  after(async () => {
    await client.close()
    await plane.stop()
  })

  const statusOf = (name: string, more: Partial<StatusWrite> = {}): StatusWrite => ({
    ref: { kind: serviceKind, namespace: 'default', name },
    status: { loadBalancer: { ingress } },
    fieldManager,
    ...more,
  })
  const versionOf = async (name: string): Promise<string | undefined> =>
    digText(await readService(plane, name), 'metadata', 'resourceVersion')

  it('the address, its mode and the annotation come in one write', async () => {
    const created = await createTestService(plane, { name: 'web' })
    const annotations = { [pool]: 'small' }
    const answer = await applyStatus(client, statusOf('web', { annotations }))
    const service = await readService(plane, 'web')
    expect(dig(service, 'status', 'loadBalancer', 'ingress')).to.deep.equal(ingress)
    expect(dig(service, 'metadata', 'annotations')).to.deep.equal(annotations)
    expect(digText(service, 'metadata', 'resourceVersion')).to.equal(answer.metadata.resourceVersion)
    expect(dig(service, 'spec')).to.deep.equal(dig(created, 'spec'))
  })

  it('each manager keeps what is its own', async () => {
    await createTestService(plane, { name: 'shared', annotations: { 'example.org/mine': 'yes' } })
    const condition = {
      type: 'example.org/Checked',
      status: 'True',
      reason: 'Checked',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    }
    const other: StatusWrite = statusOf('shared', {
      status: { conditions: [condition] },
      fieldManager: 'other-controller',
    })
    await applyStatus(client, other)
    await applyStatus(client, statusOf('shared', { annotations: { [pool]: 'small' } }))
    const service = await readService(plane, 'shared')
    expect(dig(service, 'metadata', 'annotations')).to.deep.equal({
      'example.org/mine': 'yes',
      [pool]: 'small',
    })
    expect(dig(service, 'status', 'conditions')).to.deep.equal([condition])
    const owned = (manager: string): unknown => {
      const entries = digList(service, 'metadata', 'managedFields')
      const entry = entries.find(
        (one) => digText(one, 'manager') === manager && digText(one, 'subresource') === 'status',
      )
      return dig(entry, 'fieldsV1')
    }
    expect(owned(fieldManager)).to.deep.equal({
      'f:metadata': { 'f:annotations': { [`f:${pool}`]: {} } },
      'f:status': { 'f:loadBalancer': { 'f:ingress': {} } },
    })
    expect(dig(owned('other-controller'), 'f:status')).to.have.all.keys('f:conditions')
  })

  it('an empty list takes the address away, though another manager wrote it', async () => {
    await createTestService(plane, { name: 'emptied' })
    await plane.api.merge(`${defaultServices}/emptied/status`, { status: { loadBalancer: { ingress } } })
    expect(ingressOf(await readService(plane, 'emptied'))).to.deep.equal(['192.0.2.7'])
    await applyStatus(client, statusOf('emptied', { status: { loadBalancer: { ingress: [] } } }))
    expect(ingressOf(await readService(plane, 'emptied'))).to.deep.equal([])
  })

  it('an annotation of null goes, though another manager wrote it', async () => {
    await createTestService(plane, { name: 'bare', annotations: { [pool]: 'old', kept: 'yes' } })
    await applyStatus(client, statusOf('bare', { annotations: { [pool]: null } }))
    expect(dig(await readService(plane, 'bare'), 'metadata', 'annotations')).to.deep.equal({ kept: 'yes' })
  })

  it('what one write leaves out and the last one had is gone', async () => {
    await createTestService(plane, { name: 'less' })
    await applyStatus(client, statusOf('less', { annotations: { [pool]: 'small' } }))
    await applyStatus(client, statusOf('less', { status: {} }))
    const service = await readService(plane, 'less')
    expect(ingressOf(service)).to.deep.equal([])
    expect(dig(service, 'metadata', 'annotations', pool)).to.equal(undefined)
  })

  it('a status written twice is one write', async () => {
    await createTestService(plane, { name: 'twice' })
    const write = statusOf('twice', { annotations: { [pool]: 'small' } })
    await applyStatus(client, write)
    const version = await versionOf('twice')
    for (let time = 0; time < 3; time += 1) await applyStatus(client, write)
    expect(await versionOf('twice')).to.equal(version)
  })

  it('a status for an earlier life of the Service is a conflict and changes nothing', async () => {
    const uid = digText(await createTestService(plane, { name: 'reborn' }), 'metadata', 'uid') ?? ''
    await plane.api.remove(`${defaultServices}/reborn`)
    await createTestService(plane, { name: 'reborn' })
    const failure = await applyStatus(client, statusOf('reborn', { uid })).catch((error: unknown) => error)
    expect(isConflict(failure), String(failure)).to.equal(true)
    expect(ingressOf(await readService(plane, 'reborn'))).to.deep.equal([])
  })
})
