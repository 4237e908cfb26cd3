// What an explanation says of routers.
import { expect } from 'chai'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import { explainService } from '../../reconcilers/explain.ts'
import { bgpAdvertisement, bgpPeer } from '../../test/support/bgp-snapshots.ts'
import { advertisement, assigned, cluster, pool, service } from '../../test/support/snapshots.ts'
import { report } from '../../test/support/statuses.ts'
import { formatExplanation, isWell } from './explain.ts'

function told(name: string, ...peers: readonly string[]) {
  const rest = { namespace: 'metallb-system', result: 'Valid', errorSummary: '', conditions: [] } as const
  const session = { state: 'Established', reason: 'SessionEstablished', message: '' } as const
  return { ...rest, name: `speaker-${name}`, sessions: peers.map((peer) => ({ ...session, peer })) }
}

function explained(changes: Partial<Snapshot> = {}, announcers: readonly string[] = []) {
  const of = cluster(['node-a', 'node-b'], {
    pools: [pool('p', ['192.0.2.0/24'])],
    bgpPeers: [bgpPeer('tor-1'), bgpPeer('tor-2', { peerAddress: '192.0.2.2' })],
    bgpAdvertisements: [bgpAdvertisement('all')],
    services: [assigned(service('web'), ['192.0.2.7'], 'p')],
    configurationStates: [told('node-a', 'tor-1', 'tor-2'), told('node-b', 'tor-2')],
    ...changes,
  })
  const explanation = explainService(
    of,
    'default/web',
    announcers.map((node) => report(node)),
  )
  if (explanation === undefined) throw new Error('there is no Service web')
  return explanation
}

function paragraphs(of: ReturnType<typeof explained>): readonly string[] {
  return formatExplanation(of).split('\n\n')
}

const lan = { l2Advertisements: [advertisement('lan')] }

describe('an explanation of a Service that routers are told of', () => {
  it('names the nodes that tell them, and is well without the LAN', () => {
    const of = explained()
    expect(paragraphs(of)[0]).to.equal(
      ['Service default/web', '  has 192.0.2.7 from pool p', '  routers are told by node-a, node-b'].join(
        '\n',
      ),
    )
    expect(isWell(of)).to.equal(true)
  })

  it('names each node with the peers that it tells, and those that it does not', () => {
    expect(paragraphs(explained()).at(-1)).to.equal(
      [
        'Routers',
        '  BGPAdvertisement all',
        '    yes  it covers the pool of an address',
        '    yes  it covers the Service',
        '  node node-a tells tor-1, tor-2 of 192.0.2.7/32',
        '  node node-b tells tor-2 of 192.0.2.7/32',
        '    not tor-1: AwaitingSpeaker, its speaker has not reported yet',
      ].join('\n'),
    )
  })

  it('says why no router is told, with the cure, and is not well', () => {
    const of = explained({ configurationStates: [] })
    expect(paragraphs(of)[0]).to.match(
      /no router is told: NoSession, no node has an established session with tor-1, tor-2\n {2}cure of NoSession: /,
    )
    expect(isWell(of)).to.equal(false)
  })

  it('says both where the LAN is told too, and is well when both are', () => {
    const of = explained(lan, [explained(lan).announcement.owner ?? ''])
    expect(paragraphs(of)[0]).to.match(/is announced by node-[ab]\n {2}routers are told by node-a, node-b$/)
    expect(isWell(of)).to.equal(true)
    expect(isWell(explained(lan))).to.equal(false)
  })

  it('says nothing of routers of a Service that is not for them', () => {
    const bgpAdvertisements = [bgpAdvertisement('other', { ipAddressPools: ['q'] })]
    const first = paragraphs(explained({ ...lan, bgpAdvertisements }))[0]
    expect(first).not.to.contain('router')
  })
})
