// herald bgp: sessions as the nodes tell them, routes as the nodes plan them, and why a peer has no session.
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SessionState } from '../../crds/configuration-state.ts'
import { assigned, cluster, pool, service } from '../../test/support/snapshots.ts'
import { bgpAdvertisement, bgpPeer } from '../../test/support/bgp-snapshots.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import { explainPeer, formatPeer, hasAllSessions } from './bgp-explain.ts'
import { formatRoutes, formatSessions } from './bgp-text.ts'
import { routeLines, sessionLines } from './bgp.ts'

const up: Omit<SessionState, 'peer'> = {
  state: 'Established',
  reason: 'SessionEstablished',
  message: 'AS 64513, identifier 192.0.2.254',
}
const down: Omit<SessionState, 'peer'> = {
  state: 'Connecting',
  reason: 'SessionDown',
  message: 'the peer closed the connection',
}

function told(node: string, sessions: Readonly<Record<string, Omit<SessionState, 'peer'>>>) {
  return {
    name: `speaker-${node}`,
    namespace: 'metallb-system',
    result: 'Valid' as const,
    errorSummary: '',
    conditions: [],
    sessions: Object.entries(sessions).map(([peer, session]) => ({ peer, ...session })),
  }
}

function scene(changes: Partial<Snapshot> = {}): Snapshot {
  return cluster(['node-a', 'node-b'], {
    pools: [pool('lan', ['192.0.2.0/24'])],
    services: [assigned(service('web'), ['192.0.2.7'], 'lan')],
    bgpPeers: [bgpPeer('tor')],
    bgpAdvertisements: [bgpAdvertisement('lan')],
    ...changes,
  })
}

const page = readFileSync(join(import.meta.dirname, '../../docs/cli.md'), 'utf8')

/** The same text, which docs/cli.md shows. */
function onPage(text: string): string {
  expect(page).to.include(`\`\`\`\n${text}\n\`\`\``)
  return text
}

describe('herald bgp sessions', () => {
  it('shows what is not established first, and says why once', () => {
    const configurationStates = [told('node-a', { tor: { ...up, bfd: 'Up' } }), told('node-b', { tor: down })]
    expect(onPage(formatSessions(sessionLines({ snapshot: scene({ configurationStates }) })))).to.equal(
      `
PEER   NODE     ADDRESS     ASN     STATE         BFD   REASON
tor    node-b   192.0.2.1   64512   Connecting    -     SessionDown
tor    node-a   192.0.2.1   64512   Established   Up    -

2 sessions, 1 established

Not well:
  tor on node-b
    SessionDown: the peer closed the connection
`.trim(),
    )
  })

  it('says so of a node that does not tell, and of one without a living speaker', () => {
    const [one] = scene().speakers
    const snapshot = scene({ speakers: one === undefined ? [] : [one] })
    expect(sessionLines({ snapshot }).map(({ node, state, reason }) => [node, state, reason])).to.deep.equal([
      ['node-a', 'Unknown', 'AwaitingSpeaker'],
      ['node-b', 'Unknown', 'NoSpeaker'],
    ])
  })

  it('leaves out nodes that the peer is not meant for', () => {
    const nodeSelectors = [{ matchLabels: { 'kubernetes.io/hostname': 'nobody' } }]
    const snapshot = scene({ bgpPeers: [bgpPeer('tor', { nodeSelectors })] })
    expect(sessionLines({ snapshot })).to.deep.equal([])
    expect(formatSessions([])).to.equal('There is no BGPPeer that a node is to have a session with.')
  })
})

describe('herald bgp routes', () => {
  it('shows once what all nodes tell', () => {
    const snapshot = scene({
      bgpAdvertisements: [bgpAdvertisement('lan', { communities: ['64512:7'] })],
    })
    expect(onPage(formatRoutes(routeLines({ snapshot })))).to.equal(
      `
PREFIX         NODES           PEERS   SERVICES      ATTRIBUTES
192.0.2.7/32   node-a,node-b   tor     default/web   communities=64512:7

1 prefix, 2 of the nodes announce
`.trim(),
    )
  })

  it('are those of a peer with a password, too, though the command reads no Secret', () => {
    const snapshot = scene({ bgpPeers: [bgpPeer('tor', { passwordSecret: { name: 'tor' } })] })
    expect(routeLines({ snapshot }).map(({ peers }) => peers)).to.deep.equal([['tor'], ['tor']])
  })

  it('are none where nothing is announced', () => {
    expect(formatRoutes(routeLines({ snapshot: scene({ services: [] }) }))).to.equal(
      'No node announces a route.',
    )
  })
})

describe('herald bgp explain', () => {
  it('shows every check on every node, and what the node says', () => {
    const configurationStates = [told('node-a', { tor: up }), told('node-b', { tor: down })]
    const explanation = explainPeer(scene({ configurationStates }), 'tor')
    if (explanation === undefined) throw new Error('there is no explanation')
    expect(hasAllSessions(explanation)).to.equal(false)
    const text = formatPeer(explanation)
    expect(text).to.include('node node-a says: Established: AS 64513, identifier 192.0.2.254')
    expect(text).to.include('node node-b says: Connecting: SessionDown, the peer closed the connection')
    expect(text).to.include('    yes  its nodeSelectors select the node')
    expect(text).to.include('cure of SessionDown: ')
  })

  it('says what stands in the way of a session', () => {
    const bgpPeers = [bgpPeer('tor', { peerASN: 'many' })]
    const explanation = explainPeer(scene({ bgpPeers }), 'tor')
    expect(explanation && formatPeer(explanation)).to.include('no   it can be used as it is written')
  })

  it('knows no peer that is not there', () => {
    expect(explainPeer(scene(), 'nobody')).to.equal(undefined)
  })
})
