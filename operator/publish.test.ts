// The publisher against an API server that is a map, with answers that come when told.
import { expect } from 'chai'
import { bgpPeerKind } from '../crds/bgp-peer.ts'
import { serviceKind } from '../crds/service.ts'
import type { Resource } from '../crds/kind.ts'
import type { DesiredCondition, StatusObject } from '../reconcilers/status.ts'
import { dig, digList } from '../test/support/dig.ts'
import { fakeClock } from '../test/support/fake-clock.ts'
import { jsonText } from './kube/json-text.ts'
import { startPublisher } from './publish.ts'
import type { ObjectRef, Publisher } from './publish.ts'

const poolKind = {
  ...serviceKind,
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'ipaddresspools',
  kind: 'IPAddressPool',
}
const stateKind = { ...poolKind, plural: 'configurationstates', kind: 'ConfigurationState' }

const allocated: DesiredCondition = {
  type: 'metallb.io/Allocated',
  status: 'True',
  reason: 'Allocated',
  message: 'ok',
}

function addressOf(name: string, ip: string): StatusObject {
  return {
    kind: serviceKind,
    namespace: 'default',
    name,
    uid: `uid-${name}`,
    part: 'status',
    urgent: true,
    annotations: { 'metallb.io/ip-allocated-from-pool': 'lan' },
    status: { loadBalancer: { ingress: ip === '' ? [] : [{ ip, ipMode: 'VIP' }] } },
    conditions: [allocated],
  }
}

function poolStatus(assigned: number | bigint): StatusObject {
  return {
    kind: poolKind,
    namespace: 'metallb-system',
    name: 'lan',
    part: 'status',
    urgent: false,
    status: { assignedIPv4: assigned },
  }
}

function peerStatus(established: number): StatusObject {
  return { ...poolStatus(0), kind: bgpPeerKind, name: 'tor', status: { established } }
}

type Flight = { readonly answer: () => void; readonly fail: (status: number) => void }

/** A server that keeps what is applied, and answers in order when told. */
function server(...services: readonly string[]) {
  const { clock, advance } = fakeClock()
  const stored = new Map<string, Resource>()
  const flights: Flight[] = []
  const writes: string[] = []
  const failures: string[] = []
  const dropped: string[] = []
  let version = 100
  const is = { leader: true, forgetful: false }
  const key = ({ kind, namespace, name }: ObjectRef) => `${kind.kind}/${namespace}/${name}`
  const store = (ref: ObjectRef, fields: object, uid = `uid-${ref.name}`): Resource => {
    const metadata = {
      name: ref.name,
      namespace: ref.namespace,
      uid,
      resourceVersion: String(version++),
      ...fields,
    }
    const object = { apiVersion: 'v1', kind: ref.kind.kind, ...stored.get(key(ref)), metadata }
    stored.set(key(ref), object)
    return object
  }
  for (const name of services) store({ kind: serviceKind, namespace: 'default', name }, {})
  store(poolStatus(0), {})
  store(peerStatus(0), {})

  function later<T>(done: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    flights.push({ answer: () => resolve(done()), fail: (status) => reject(new Error(String(status))) })
    return promise
  }
  const publisher: Publisher = startPublisher({
    writer: {
      applyObject: (wish) => {
        writes.push(`create ${wish.kind.kind} ${wish.name}`)
        return later(() => store(wish, { labels: wish.labels }))
      },
      applyStatus: (wish, { status }) => {
        writes.push(
          `${wish.kind.kind} ${wish.name} ${jsonText(status['loadBalancer'] ?? status['assignedIPv4'] ?? status['established'] ?? '')}`,
        )
        return later(() => {
          const object = {
            ...store(wish, { annotations: wish.annotations }),
            status: is.forgetful ? {} : status,
          }
          stored.set(key(wish), object)
          return object
        })
      },
      remove: (ref) => {
        writes.push(`remove ${ref.kind.kind} ${ref.name}`)
        return later(() => void stored.delete(key(ref)))
      },
      failure: (error) => ({ again: String(error).includes('503') }),
    },
    standing: { get: (ref) => stored.get(key(ref)), seen: () => {} },
    mayWrite: () => is.leader,
    clock,
    settled: () => {},
    report: {
      written: () => {},
      failing: ({ name }) => failures.push(name),
      ignored: ({ name }) => failures.push(`ignored ${name}`),
      dropped: ({ name }) => dropped.push(name),
    },
    atOnce: 2,
  })
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  const answer = async () => {
    flights.shift()?.answer()
    await turn()
  }
  const answerAll = async () => {
    while (flights.length > 0) await answer()
  }
  const fail = async (status: number) => {
    flights.shift()?.fail(status)
    await turn()
  }
  const publish = (...objects: readonly StatusObject[]) => publisher.publish({ objects, remove: [] })
  return {
    publisher,
    publish,
    answer,
    answerAll,
    fail,
    advance,
    writes,
    failures,
    dropped,
    stored,
    is,
  }
}

const ingress = (ip: string) => `{"ingress":[{"ip":"${ip}","ipMode":"VIP"}]}`

describe('the publisher', () => {
  it('writes nothing the second time', async () => {
    const { publish, answerAll, writes } = server('a', 'b')
    const wishes = [addressOf('a', '192.0.2.1'), addressOf('b', '192.0.2.2')]
    publish(...wishes)
    await answerAll()
    publish(...wishes)
    publish(addressOf('a', '192.0.2.1'), addressOf('b', '192.0.2.2'))
    await answerAll()
    expect(writes).to.deep.equal([`Service a ${ingress('192.0.2.1')}`, `Service b ${ingress('192.0.2.2')}`])
  })

  it('writes nothing the second time when the same wish comes while its write is under way', async () => {
    const { publish, answerAll, writes } = server('a')
    publish(addressOf('a', '192.0.2.1'))
    publish(addressOf('a', '192.0.2.1'))
    await answerAll()
    expect(writes).to.have.length(1)
  })

  it('writes addresses before everything that waits', async () => {
    const { publish, answerAll, writes } = server('a', 'b', 'c')
    const idle = { ...addressOf('c', '192.0.2.3'), urgent: false }
    publish(idle, poolStatus(1), poolStatus(2), addressOf('a', '192.0.2.1'), addressOf('b', '192.0.2.2'))
    await answerAll()
    expect(writes.slice(0, 4)).to.deep.equal([
      `Service c ${ingress('192.0.2.3')}`,
      'IPAddressPool lan 1',
      `Service a ${ingress('192.0.2.1')}`,
      `Service b ${ingress('192.0.2.2')}`,
    ])
  })

  it('tells which assignments are wished and not yet done', async () => {
    const { publisher, publish, answerAll } = server('a')
    publish(addressOf('a', '192.0.2.1'))
    expect([...publisher.pending(serviceKind).keys()]).to.deep.equal(['default/a'])
    await answerAll()
    expect(publisher.pending(serviceKind).size).to.equal(0)
  })

  it('does not write what is no longer wished', async () => {
    const { publish, answerAll, fail, advance, writes } = server('a')
    publish(addressOf('a', '192.0.2.1'))
    await fail(503)
    publish()
    advance(60_000)
    await answerAll()
    expect(writes).to.have.length(1)
  })

  it('makes an own object before its status, and removes it when told', async () => {
    const { publisher, publish, answerAll, writes } = server()
    const state: StatusObject = {
      ...poolStatus(0),
      kind: stateKind,
      name: 'controller',
      part: 'object',
      labels: { 'metallb.io/component-type': 'controller' },
      status: { result: 'Valid' },
    }
    publish(state)
    await answerAll()
    publisher.publish({ objects: [], remove: [state] })
    await answerAll()
    publisher.publish({ objects: [], remove: [state] })
    expect(writes).to.deep.equal([
      'create ConfigurationState controller',
      'ConfigurationState controller ""',
      'remove ConfigurationState controller',
    ])
  })

  it('leaves a Service of another life alone', () => {
    const { publish, writes } = server('a')
    publish({ ...addressOf('a', '192.0.2.1'), uid: 'another' })
    expect(writes).to.deep.equal([])
  })

  it('keeps the time of a condition whose status did not change', async () => {
    const { publish, answerAll, stored, advance } = server('a')
    publish(addressOf('a', '192.0.2.1'))
    await answerAll()
    advance(60_000)
    publish({ ...addressOf('a', '192.0.2.1'), conditions: [{ ...allocated, message: 'still' }] })
    await answerAll()
    expect(stored.get('Service/default/a')).to.have.deep.nested.property('status.conditions', [
      { ...allocated, message: 'still', lastTransitionTime: '2026-11-24T08:00:00Z' },
    ])
  })

  it('keeps the time of a condition through a move, and changes it with its status', async () => {
    const { publish, answerAll, stored, advance } = server('a')
    const write = async (ip: string, condition: typeof allocated): Promise<unknown> => {
      publish({ ...addressOf('a', ip), conditions: [condition] })
      await answerAll()
      advance(60_000)
      const [standing] = digList(stored.get('Service/default/a'), 'status', 'conditions')
      return dig(standing, 'lastTransitionTime')
    }
    const start = await write('192.0.2.1', allocated)
    expect(await write('192.0.2.2', { ...allocated, reason: 'Moved', message: 'to another' })).to.equal(start)
    expect(await write('', { ...allocated, status: 'False', reason: 'NoPools' })).to.not.equal(start)
  })

  it('writes a pool once a second however often it changes', async () => {
    const { publish, answerAll, advance, writes } = server()
    publish(poolStatus(1))
    await answerAll()
    for (let assigned = 2; assigned < 50; assigned++) publish(poolStatus(assigned))
    await answerAll()
    advance(1_000)
    await answerAll()
    expect(writes).to.deep.equal(['IPAddressPool lan 1', 'IPAddressPool lan 49'])
  })

  it('writes a peer once a second however many of its sessions come and go', async () => {
    const { publish, answerAll, advance, writes } = server()
    publish(peerStatus(1))
    await answerAll()
    for (let established = 2; established < 50; established++) publish(peerStatus(established))
    await answerAll()
    expect(writes).to.deep.equal(['BGPPeer tor 1'])
    advance(1_000)
    await answerAll()
    expect(writes).to.deep.equal(['BGPPeer tor 1', 'BGPPeer tor 49'])
  })

  it('does not repeat a counter that comes back rounded', async () => {
    const { publish, writes, answerAll, stored } = server('a')
    const huge = poolStatus(2n ** 63n - 1n)
    publish(huge)
    await answerAll()
    const read = stored.get('IPAddressPool/metallb-system/lan')
    if (read === undefined) throw new Error('it was written')
    stored.set('IPAddressPool/metallb-system/lan', {
      ...read,
      status: { assignedIPv4: Number(2n ** 63n - 1n) },
    })
    publish(poolStatus(2n ** 63n - 1n))
    await answerAll()
    expect(writes).to.have.length(1)
  })

  it('does not repeat the condition of a Service without an address, also when that changes otherwise', async () => {
    const { publish, answerAll, failures, writes, stored } = server('a')
    const waiting = (): StatusObject => ({
      ...addressOf('a', ''),
      annotations: {},
      status: {},
      conditions: [{ ...allocated, status: 'False', reason: 'NoPools' }],
    })
    publish(waiting())
    await answerAll()
    const read = stored.get('Service/default/a')
    if (read === undefined) throw new Error('it was written')
    stored.set('Service/default/a', { ...read, metadata: { ...read.metadata, resourceVersion: '999' } })
    publish(waiting())
    await answerAll()
    expect(writes).to.have.length(1)
    expect(failures).to.deep.equal([])
  })

  it('does not repeat a write that the API server takes and does not keep', async () => {
    const { publish, answerAll, failures, writes, is } = server('a')
    is.forgetful = true
    publish(addressOf('a', '192.0.2.1'))
    await answerAll()
    publish(addressOf('a', '192.0.2.1'))
    await answerAll()
    expect(writes).to.have.length(1)
    expect(failures).to.deep.equal(['ignored a'])
  })

  it('writes nothing when this process is not the one that writes', async () => {
    const { publish, answerAll, writes, failures, is, publisher } = server('a')
    is.leader = false
    publish(addressOf('a', '192.0.2.1'))
    await answerAll()
    await new Promise<void>((resolve) => setImmediate(resolve))
    expect(writes).to.deep.equal([])
    expect(failures).to.deep.equal([])
    expect(publisher.pending(serviceKind).size).to.equal(0)
  })

  it('says of every object that failed and is not to be written any more that it is done with', async () => {
    const { publish, answer, fail, writes, dropped, failures } = server('a', 'b', 'c')
    publish(addressOf('a', '192.0.2.1'), addressOf('b', '192.0.2.2'), addressOf('c', '192.0.2.3'))
    await fail(404) // given up
    await fail(503) // comes again, and is not wished by then
    publish(addressOf('c', '192.0.2.3'))
    expect(failures).to.deep.equal(['a', 'b'])
    expect(dropped).to.deep.equal(['a', 'b'])
    await answer()
    expect(writes).to.have.length(3)
  })
})
