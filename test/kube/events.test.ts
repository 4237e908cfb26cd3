// Events on a real API server: what `kubectl describe` shows, and the same fact again as a count, not as another object.
import { expect } from 'chai'
import { serviceKind } from '../../crds/service.ts'
import type { Client } from '../../operator/kube/client.ts'
import { startRecorder } from '../../operator/kube/events.ts'
import type { EventObject } from '../../reconcilers/status.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { startControlPlane } from '../support/control-plane.ts'
import { dig, digList, digText } from '../support/dig.ts'
import { createTestService } from '../support/herald-plane.ts'
import { connectTo } from '../support/plane-client.ts'
import { untilTrue } from '../support/until.ts'

const events = '/apis/events.k8s.io/v1/namespaces/default/events'

describe('Events on a real API server', function () {
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

  const recorder = () => startRecorder(client, { controller: 'metallb-controller', instance: 'controller-0' })

  /** A new Service, and what is said of it. */
  const factAbout = async (name: string, note: string): Promise<EventObject> => {
    const uid = digText(await createTestService(plane, { name }), 'metadata', 'uid') ?? ''
    const regarding = { kind: serviceKind, namespace: 'default', name, uid }
    return { regarding, type: 'Warning', reason: 'NoFreeAddress', action: 'Allocate', note }
  }
  const eventsOf = async (name: string): Promise<readonly unknown[]> =>
    digList(await plane.api.get(events), 'items').filter(
      (event) => digText(event, 'regarding', 'name') === name,
    )

  it('one about a Service stands in its description, with its reason, its source and its words', async () => {
    const recording = recorder()
    recording.record(await factAbout('described', 'pool "small" has no free address'))
    await untilTrue('it is written', async () => (await eventsOf('described')).length === 1)
    const described = await plane.kubectl(['describe', 'service', 'described'])
    expect(described).to.match(
      /Warning\s+NoFreeAddress\s+\S+\s+metallb-controller\s+pool "small" has no free address/,
    )
    await recording.stop()
  })

  it('the same fact a hundred times is one object with a count', async () => {
    const recording = recorder()
    const fact = await factAbout('repeated', 'the same words')
    for (let time = 0; time < 50; time += 1) recording.record(fact)
    await untilTrue('it is written', async () => (await eventsOf('repeated')).length === 1)
    for (let time = 0; time < 50; time += 1) recording.record(fact)
    await recording.stop()
    const [event, ...more] = await eventsOf('repeated')
    expect(more).to.deep.equal([])
    expect(dig(event, 'series', 'count')).to.equal(100)
  })

  it('other words about the same Service are another fact', async () => {
    const recording = recorder()
    const fact = await factAbout('changing', 'before')
    for (const note of ['before', 'after', 'before', 'after']) recording.record({ ...fact, note })
    await recording.stop()
    const found = await eventsOf('changing')
    expect(found.map((event) => digText(event, 'note'))).to.have.members(['before', 'after'])
  })

  it('words too long for the API server are cut, not refused', async () => {
    const recording = recorder()
    recording.record(await factAbout('long', 'ö'.repeat(2_000)))
    await recording.stop()
    const [event] = await eventsOf('long')
    expect(digText(event, 'note')).to.match(/^ö+…$/)
  })
})
