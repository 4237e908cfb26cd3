// Leases on a real API server: one leads at a time, hands over at once, stops before another begins; a released one is empty.
import { expect } from 'chai'
import type { Client } from '../../operator/kube/client.ts'
import { startElector } from '../../operator/kube/elector.ts'
import type { Elector } from '../../operator/kube/elector.ts'
import { startRenewal } from '../../operator/kube/renewal.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { startControlPlane } from '../support/control-plane.ts'
import { dig, digText } from '../support/dig.ts'
import { connectTo } from '../support/plane-client.ts'
import { until, untilTrue } from '../support/until.ts'

const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
const patience = { timeoutMs: 60_000, everyMs: 10 }
const muchLongerMs = 10 * patience.timeoutMs

type Candidate = {
  readonly identity: string
  readonly client: Client
  readonly elector: Elector
  readonly terms: { gained: number[]; lost: number[] } // performance.now()
}

describe('Leases on a real API server', function () {
  this.timeout(180_000)
  let plane: ControlPlane
  const clients: Client[] = []
  const electors: Elector[] = []

  const connect = (): Client => {
    const client = connectTo(plane.kubeconfig)
    clients.push(client)
    return client
  }
  const enter = (name: string, identity: string, durationMs = 2_000): Candidate => {
    const client = connect()
    const terms: Candidate['terms'] = { gained: [], lost: [] }
    const elector = startElector(client, {
      namespace: 'default',
      name,
      identity,
      durationMs,
      renewMs: 500,
      retryMs: 200,
      onGained: () => terms.gained.push(performance.now()),
      onLost: () => terms.lost.push(performance.now()),
    })
    electors.push(elector)
    return { identity, client, elector, terms }
  }
  /** The one who leads and the one who does not, once the latter knows who leads. */
  const sorted = (one: Candidate, other: Candidate): Promise<{ leader: Candidate; loser: Candidate }> =>
    until(
      'one leads and the other knows it',
      () => {
        const [leader, loser] = one.elector.mayWrite() ? [one, other] : [other, one]
        const known = leader.elector.mayWrite() && loser.elector.holder() === leader.identity
        return known ? { leader, loser } : undefined
      },
      patience,
    )

  before(async () => {
    plane = await startControlPlane()
  })

  after(async () => {
    await Promise.all(electors.map((elector) => elector.stop()))
    await Promise.all(clients.map((client) => client.close()))
    await plane.stop()
  })

  it('of two candidates exactly one leads, and the other may not write', async () => {
    const { leader, loser } = await sorted(enter('one', 'one-a'), enter('one', 'one-b'))
    expect(leader.elector.signal().aborted).to.equal(false)
    expect(loser.elector.mayWrite()).to.equal(false)
    expect(loser.elector.signal().aborted).to.equal(true)
    expect(loser.terms.gained).to.deep.equal([])
    const lease = await plane.api.get(`${leases}/one`)
    expect(digText(lease, 'spec', 'holderIdentity')).to.equal(leader.identity)
    expect(dig(lease, 'spec', 'leaseDurationSeconds')).to.equal(2)
    expect(dig(lease, 'spec', 'leaseTransitions')).to.equal(0)
  })

  it('a leader that stops hands over at once: nobody waits until its Lease ends', async () => {
    const candidate = (identity: string) => enter('handover', identity, muchLongerMs)
    const { leader, loser } = await sorted(candidate('handover-a'), candidate('handover-b'))
    await leader.elector.stop()
    await untilTrue('the other leads', () => loser.elector.mayWrite(), patience)
    const [gainedAt = Number.POSITIVE_INFINITY] = loser.terms.gained
    const [lostAt = Number.POSITIVE_INFINITY] = leader.terms.lost
    expect(lostAt).to.be.lessThan(gainedAt)
    const lease = await plane.api.get(`${leases}/handover`)
    expect(dig(lease, 'spec', 'leaseTransitions'), 'release and takeover').to.be.greaterThan(0)
  })

  it('a leader that is cut off stops by its own deadline, before the other begins', async () => {
    const { leader, loser } = await sorted(enter('cut', 'cut-a'), enter('cut', 'cut-b'))
    const term = leader.elector.signal()
    await leader.client.close()
    await untilTrue('the other leads', () => loser.elector.mayWrite(), patience)
    const [lostAt = Number.POSITIVE_INFINITY] = leader.terms.lost
    const [gainedAt = 0] = loser.terms.gained
    expect(lostAt).to.be.lessThan(gainedAt)
    expect(term.aborted).to.equal(true)
    expect(leader.elector.mayWrite()).to.equal(false)
  })

  it('a speaker that stops leaves its Lease without a holder, so that others need not wait for its end', async () => {
    const renewal = startRenewal(connect(), {
      namespace: 'default',
      name: 'speaker-node-1',
      identity: 'speaker-1',
      content: () => ({
        intervalMs: 1_000,
        durationMs: 10_000,
        labels: { app: 'herald' },
        annotations: { 'example.org/says': 'something' },
      }),
    })
    await untilTrue('it is renewed', () => renewal.lastRenewedMs() !== undefined, patience)
    const held = await plane.api.get(`${leases}/speaker-node-1`)
    expect(digText(held, 'spec', 'holderIdentity')).to.equal('speaker-1')
    expect(dig(held, 'spec', 'leaseDurationSeconds')).to.equal(10)
    await renewal.stop()
    const left = await plane.api.get(`${leases}/speaker-node-1`)
    expect(digText(left, 'spec', 'holderIdentity') ?? '').to.equal('')
    expect(dig(left, 'spec', 'leaseDurationSeconds')).to.equal(1)
    expect(dig(left, 'metadata', 'labels')).to.deep.equal({ app: 'herald' })
    expect(dig(left, 'metadata', 'annotations')).to.deep.equal({ 'example.org/says': 'something' })
  })

  it('a speaker that stops leaves the Lease to its successor, which has taken it over', async () => {
    const content = () => ({ intervalMs: 60_000, durationMs: 60_000 })
    const speaker = (identity: string) =>
      startRenewal(connect(), { namespace: 'default', name: 'speaker-node-2', identity, content })
    const old = speaker('old')
    await untilTrue('the old one holds it', () => old.lastRenewedMs() !== undefined, patience)
    const successor = speaker('successor')
    await untilTrue('the successor holds it', () => successor.lastRenewedMs() !== undefined, patience)
    await old.stop()
    const lease = await plane.api.get(`${leases}/speaker-node-2`)
    expect(digText(lease, 'spec', 'holderIdentity')).to.equal('successor')
    expect(dig(lease, 'spec', 'leaseTransitions')).to.equal(1)
    await successor.stop()
  })
})
