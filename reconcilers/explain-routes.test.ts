// What explain says of routers: per node and per peer.
import { expect } from 'chai'
import type { ConfigurationState, SessionState } from '../crds/configuration-state.ts'
import { bgpAdvertisement, bgpPeer } from '../test/support/bgp-snapshots.ts'
import { assigned, cluster, endpoint, pool, service } from '../test/support/snapshots.ts'
import { explainService } from './explain.ts'
import type { Snapshot } from './snapshot.ts'

function told(name: string, ...sessions: readonly SessionState[]): ConfigurationState {
  const rest = { namespace: 'metallb-system', result: 'Valid', errorSummary: '', conditions: [] } as const
  return { ...rest, name: `speaker-${name}`, sessions }
}

const up = (peer: string): SessionState => ({
  peer,
  state: 'Established',
  reason: 'SessionEstablished',
  message: '',
})

const refused: SessionState = {
  peer: 'tor-3',
  state: 'Connecting',
  reason: 'SessionDown',
  message: 'connection refused',
}

function scene(changes: Partial<Snapshot> = {}): Snapshot {
  return cluster(['node-a', 'node-b'], {
    pools: [pool('p', ['192.0.2.0/24'])],
    bgpPeers: [
      bgpPeer('tor-1', { passwordSecret: { name: 'never-read' } }),
      bgpPeer('tor-2', { peerAddress: '192.0.2.2', nodeSelectors: [{ matchLabels: { rack: 'x' } }] }),
      bgpPeer('tor-3', { peerAddress: '192.0.2.3' }),
      bgpPeer('tor-4', { peerAddress: '192.0.2.4', holdTime: '1s' }),
      bgpPeer('tor-6', { peerAddress: '2001:db8:f::6' }),
    ],
    bgpAdvertisements: [
      bgpAdvertisement('all'),
      bgpAdvertisement('other', { ipAddressPools: ['q'], serviceSelectors: [{ matchLabels: { a: 'b' } }] }),
    ],
    services: [assigned(service('web'), ['192.0.2.7'], 'p')],
    configurationStates: [told('node-a', up('tor-1'), refused), told('node-b', up('tor-1'), up('tor-3'))],
    ...changes,
  })
}

function routing(changes: Partial<Snapshot> = {}) {
  return explainService(scene(changes), 'default/web')?.routing
}

describe('what explain says of routers', () => {
  it('is nothing where there is no BGPAdvertisement', () => {
    expect(routing({ bgpAdvertisements: [] })).to.equal(undefined)
  })

  it('is who is told by each node, and who is not and why', () => {
    const found = routing()
    expect(found?.reach).to.deep.equal({ state: 'routed' })
    const invalid = {
      peer: 'tor-4',
      reason: 'InvalidSpec',
      message: 'spec.holdTime "1s": gives a hold time of 1s; it must be 0s, or from 3s to 65535s',
    }
    const six = {
      peer: 'tor-6',
      reason: 'FamilyNotCarried',
      message: 'the session carries IPv6 routes only',
    }
    expect(found?.nodes).to.deep.equal([
      {
        name: 'node-a',
        prefixes: ['192.0.2.7/32'],
        warnings: [],
        told: ['tor-1'],
        untold: [
          { peer: 'tor-3', reason: 'SessionDown', message: 'session Connecting: connection refused' },
          invalid,
          six,
        ],
      },
      {
        name: 'node-b',
        prefixes: ['192.0.2.7/32'],
        warnings: [],
        told: ['tor-1', 'tor-3'],
        untold: [invalid, six],
      },
    ])
  })

  it('is why a node tells nobody', () => {
    const services = [assigned(service('web', { externalTrafficPolicy: 'Local' }), ['192.0.2.7'], 'p')]
    const found = routing({ services, endpoints: new Map([['default/web', [endpoint('node-b')]]]) })
    expect(found?.nodes.map(({ name, verdict }) => [name, verdict?.reason])).to.deep.equal([
      ['node-a', 'NoEndpointOnNode'],
      ['node-b', undefined],
    ])
  })

  it('is which advertisements cover the Service', () => {
    expect(
      routing()?.advertisements.map(({ name, findings }) => [
        name,
        findings.filter(({ verdict }) => verdict !== undefined).map(({ fact }) => fact),
      ]),
    ).to.deep.equal([
      ['all', []],
      ['other', ['it covers the pool of an address', 'it covers the Service']],
    ])
  })

  it('does not take a dead speaker at its last word', () => {
    const { speakers } = scene()
    const found = routing({ speakers: speakers.slice(1) })
    expect(found?.nodes[0]?.told).to.deep.equal([])
    expect(found?.nodes[0]?.untold.map(({ reason }) => reason)).to.include('NoSpeakerOnNode')
  })
})
