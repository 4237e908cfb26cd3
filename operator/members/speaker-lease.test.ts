// The Lease of a speaker, written and read; and who is alive in one look at all Leases.
import { expect } from 'chai'
import fc from 'fast-check'
import type { Resource } from '../../crds/kind.ts'
import { livingSpeakers, readLeases } from './listed.ts'
import { leaseContent, leaseName, readSpeakerLease } from './speaker-lease.ts'
import type { LeaseFacts } from './speaker-lease.ts'

function stored(facts: LeaseFacts, renewTime: string, holderIdentity = 'pod'): Resource {
  const { labels, annotations } = leaseContent(facts)
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      namespace: 'metallb-system',
      name: leaseName(facts.node),
      uid: '1',
      resourceVersion: '1',
      labels,
      annotations,
    },
    spec: { holderIdentity, leaseDurationSeconds: 4, renewTime },
  }
}

function leaseOf(node: string, second: number, holder?: string): Resource {
  const renewTime = `2026-11-24T08:00:${String(second).padStart(2, '0')}.000000Z`
  return stored({ node, intervalMs: 1_000 }, renewTime, holder)
}

const wallMs = Date.parse('2026-11-24T08:00:12Z')
const nodes = (leases: readonly Resource[], wall = wallMs) =>
  livingSpeakers(readLeases(leases, { missed: 4, wallMs: wall })).map(({ node }) => node)

describe('the Lease of a speaker', () => {
  it('says what was put into it', () => {
    const interfaces = fc.array(fc.record({ name: fc.string(), mac: fc.string() }))
    const facts = fc.record({
      node: fc.stringMatching(/^[a-z0-9.-]{1,253}$/),
      intervalMs: fc.integer({ min: 100 }),
      interfaces,
    })
    const property = fc.property(facts, ({ node, intervalMs, interfaces: list }) => {
      const lease = readSpeakerLease(
        stored({ node, intervalMs, interfaces: list }, '2026-11-24T08:00:00.000000Z'),
      )
      expect(lease).to.include({ node, intervalMs, released: false })
      expect(lease?.interfaces).to.deep.equal(list)
    })
    fc.assert(property)
  })

  it('tells of at most 64 further MAC addresses, and only of such as are ones', () => {
    const macOf = (number: number) => `02:00:00:00:00:${number.toString(16).padStart(2, '0')}`
    const macs = Array.from({ length: 70 }, (_, number) => macOf(number))
    const told = (text: readonly string[]) =>
      readSpeakerLease(stored({ node: 'a', intervalMs: 1_000, macs: text }, '2026-11-24T08:00:00.000000Z'))
        ?.macs
    expect(told(macs)).to.deep.equal(macs.slice(0, 64))
    expect(told(['no MAC', macOf(1)])).to.deep.equal([macOf(1)])
    expect(told([])).to.equal(undefined)
  })

  it('has a name that an object may have, however long that of the node', () => {
    const long = 'n'.repeat(253)
    expect(leaseName(long)).to.have.length.at.most(253)
    expect(leaseName(long)).not.to.equal(leaseName(`${long.slice(0, 252)}m`))
  })

  it('is released when nobody holds it', () => {
    expect(readSpeakerLease(leaseOf('node-a', 0, ''))?.released).to.equal(true)
  })

  it('is not the Lease of something else', () => {
    const { metadata, ...rest } = leaseOf('node-a', 0)
    expect(readSpeakerLease({ ...rest, metadata: { ...metadata, name: 'controller' } })).to.equal(undefined)
    expect(readSpeakerLease({ ...rest, metadata: { ...metadata, annotations: {} } })).to.equal(undefined)
  })

  it('is read though somebody has edited it', () => {
    const { metadata, ...rest } = leaseOf('node-a', 0)
    const annotations = {
      ...metadata.annotations,
      'metallb.io/interfaces': '{',
      'metallb.io/renew-interval-ms': 'x',
    }
    const lease = readSpeakerLease({ ...rest, metadata: { ...metadata, annotations } })
    expect(lease).to.include({ node: 'node-a', intervalMs: 1_000 })
    expect(lease).not.to.have.property('interfaces')
  })
})

describe('a look at all Leases', () => {
  it('counts those renewed within their term, measured by the latest renewal of all', () => {
    expect(nodes([leaseOf('node-a', 10), leaseOf('node-b', 7), leaseOf('node-c', 5)])).to.deep.equal([
      'node-a',
      'node-b',
    ])
  })

  it('does not mind that the clock of here is wrong by some seconds', () => {
    expect(nodes([leaseOf('node-a', 10)], wallMs + 20_000)).to.deep.equal(['node-a'])
  })

  it('counts nobody when all of them are long past', () => {
    expect(nodes([leaseOf('node-a', 10), leaseOf('node-b', 10)], wallMs + 600_000)).to.deep.equal([])
  })

  it('does not count a released one', () => {
    expect(nodes([leaseOf('node-a', 10), leaseOf('node-b', 10, '')])).to.deep.equal(['node-a'])
  })

  it('tells who went in good order from who fell silent', () => {
    const leases = [leaseOf('node-c', 2), leaseOf('node-b', 9, ''), leaseOf('node-a', 10)]
    const { speakers, nowMs } = readLeases(leases, { missed: 4, wallMs })
    expect(speakers.map(({ lease, life }) => [lease.node, life])).to.deep.equal([
      ['node-a', 'alive'],
      ['node-b', 'stopped'],
      ['node-c', 'gone'],
    ])
    expect(nowMs).to.equal(Date.parse('2026-11-24T08:00:10Z'))
  })

  it('tells whether a controller leads', () => {
    const { metadata, ...rest } = leaseOf('node-a', 5)
    const controller = { ...rest, metadata: { ...metadata, name: 'controller', annotations: {} } }
    const lifeBeside = (second: number) =>
      readLeases([controller, leaseOf('node-a', second)], { missed: 4, wallMs }).leader?.life
    expect(lifeBeside(9)).to.equal('alive')
    expect(lifeBeside(10)).to.equal('gone')
    expect(readLeases([], { missed: 4, wallMs })).not.to.have.property('leader')
  })
})
