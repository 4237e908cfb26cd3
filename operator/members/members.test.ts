// Members from Leases as they come through a cache: who is alive, what they say, and who is told of it.
import { expect } from 'chai'
import type { Resource } from '../../crds/kind.ts'
import { leaseKind } from '../../crds/lease.ts'
import { fakeClock } from '../../test/support/fake-clock.ts'
import { createCache } from '../kube/cache.ts'
import { microTime } from '../kube/lease.ts'
import { startMembers } from './members.ts'
import { leaseContent, leaseName } from './speaker-lease.ts'

function room(own = 'node-a') {
  const { clock, advance } = fakeClock()
  const leases = createCache(leaseKind)
  const told = { count: 0 }
  let version = 1
  const lease = (node: string, holderIdentity = node, name = 'eth0'): Resource => {
    const interfaces = [{ name, mac: `02:00:00:00:00:0${node.at(-1) ?? ''}` }]
    const macs = [`02:00:00:00:01:0${node.at(-1) ?? ''}`]
    const { labels, annotations } = leaseContent({ node, intervalMs: 1_000, interfaces, macs })
    const metadata = {
      namespace: 'metallb-system',
      name: leaseName(node),
      uid: node,
      resourceVersion: String(version++),
    }
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { ...metadata, labels, annotations },
      spec: { holderIdentity, renewTime: microTime(clock.wall()) },
    }
  }
  const members = startMembers({
    leases,
    clock,
    missed: 4,
    own,
    proofOf: (object) => (object.metadata.name === leaseName(own) ? clock.now() : undefined),
    changed: () => told.count++,
  })
  const renew = (...nodes: readonly string[]) => {
    for (const node of nodes) leases.put(lease(node))
  }
  const nodes = () => members.speakers().map(({ node }) => node)
  return { members, leases, lease, renew, nodes, advance, told }
}

describe('members', () => {
  it('know nobody before the own Lease has come back', () => {
    const { members, renew } = room()
    renew('node-b')
    expect(members.known()).to.equal(false)
    renew('node-a')
    expect(members.known()).to.equal(true)
  })

  it('tell what each says of its interfaces, and whose a MAC is', () => {
    const { members, renew } = room()
    renew('node-a', 'node-b')
    expect(members.speakers()).to.deep.equal([
      { node: 'node-a', interfaces: ['eth0'] },
      { node: 'node-b', interfaces: ['eth0'] },
    ])
    expect(members.nodeOfMac('02:00:00:00:00:0b')).to.equal('node-b')
    expect(members.nodeOfMac('02:00:00:00:00:0c')).to.equal(undefined)
  })

  it('tell all MAC addresses of all nodes, also of those that do not announce', () => {
    const { members, renew } = room()
    renew('node-a', 'node-b')
    const expected = ['02:00:00:00:00:0a', '02:00:00:00:00:0b', '02:00:00:00:01:0a', '02:00:00:00:01:0b']
    expect(members.macs()).to.deep.equal(expected)
  })

  it('are told once of a change, and never of a renewal', () => {
    const { renew, advance, told } = room()
    renew('node-a', 'node-b')
    const before = told.count
    for (let second = 0; second < 60; second++) {
      advance(1_000)
      renew('node-a', 'node-b')
    }
    expect(told.count).to.equal(before)
  })

  it('lose one that no longer renews, without any further event', () => {
    const { renew, nodes, advance, told } = room()
    renew('node-a', 'node-b')
    const before = told.count
    for (let second = 0; second < 4; second++) {
      advance(999)
      renew('node-a')
    }
    advance(10)
    expect(nodes()).to.deep.equal(['node-a'])
    expect(told.count).to.equal(before + 1)
  })

  it('lose one whose Lease was deleted, but never themselves', () => {
    const { renew, nodes, leases, lease } = room()
    renew('node-a', 'node-b')
    leases.drop(lease('node-b'))
    leases.drop(lease('node-a'))
    expect(nodes()).to.deep.equal(['node-a'])
  })

  it('hear of other interfaces at once', () => {
    const { members, renew, leases, lease } = room()
    renew('node-a')
    leases.put(lease('node-a', 'node-a', 'bond0'))
    expect(members.speakers()).to.deep.equal([{ node: 'node-a', interfaces: ['bond0'] }])
  })

  it('are frozen when the own Lease does not come back, and say so once', () => {
    const { members, renew, advance, told, nodes } = room()
    renew('node-a', 'node-b')
    const before = told.count
    advance(60_000)
    expect(members.frozen()).to.equal(true)
    expect(nodes()).to.deep.equal(['node-a', 'node-b'])
    expect(told.count).to.equal(before + 1)
  })
})
