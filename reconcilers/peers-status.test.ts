// What stands on a BGPPeer: its own flaws, and how many nodes have the session.
import { expect } from 'chai'
import type { ConfigurationState, SessionState } from '../crds/configuration-state.ts'
import { bgpPeer } from '../test/support/bgp-snapshots.ts'
import { cluster, node, speaker } from '../test/support/snapshots.ts'
import { conditionsOf, statusOf } from '../test/support/statuses.ts'

const nodes = ['node-a', 'node-b', 'node-c']

function told(name: string, ...sessions: readonly SessionState[]): ConfigurationState {
  const rest = { namespace: 'metallb-system', result: 'Valid', errorSummary: '', conditions: [] } as const
  return { ...rest, name: `speaker-${name}`, sessions }
}

const up: SessionState = { peer: 'tor', state: 'Established', reason: 'SessionEstablished', message: '' }
const down: SessionState = { ...up, state: 'Connecting', reason: 'SessionDown', message: 'refused' }

function status(changes: Parameters<typeof cluster>[1], names: readonly string[] = nodes) {
  return statusOf(cluster(names, { bgpPeers: [bgpPeer('tor')], ...changes }), 'tor')
}

describe('the status of a BGPPeer', () => {
  it('counts the sessions, and is Established when all are', () => {
    const found = status({ configurationStates: nodes.map((name) => told(name, up)) })
    expect(found?.status).to.deep.equal({
      observedGeneration: 1,
      nodes: 3,
      established: 3,
      notEstablished: [],
    })
    expect(conditionsOf(found)).to.deep.equal(['Ready=True Valid', 'Established=True SessionEstablished'])
  })

  it('names the nodes without one, and why', () => {
    const found = status({ configurationStates: [told('node-c', up), told('node-b', down)] })
    expect(found?.status).to.deep.equal({
      observedGeneration: 1,
      nodes: 3,
      established: 1,
      notEstablished: [
        { node: 'node-a', reason: 'AwaitingSpeaker', message: 'its speaker has not reported yet' },
        { node: 'node-b', reason: 'SessionDown', message: 'refused' },
      ],
    })
    expect(found?.conditions?.at(-1)).to.deep.equal({
      type: 'Established',
      status: 'False',
      reason: 'AwaitingSpeaker',
      message:
        '1 of 3 sessions are established; not that of node node-a, and 1 more: its speaker has not reported yet',
      observedGeneration: 1,
    })
  })

  it('says which established sessions are not all that they ought to be', () => {
    const note = { reason: 'ChangedAtNextOpen', message: 'AS 1; changed, and in effect later' }
    const states = [
      told('node-a', up),
      told('node-b', { ...up, ...note }),
      told('node-c', { ...up, ...note }),
    ]
    expect(status({ configurationStates: states })?.conditions?.at(-1)).to.deep.equal({
      type: 'Established',
      status: 'True',
      reason: 'ChangedAtNextOpen',
      message:
        '3 of 3 sessions are established; of node node-b, and 1 more: AS 1; changed, and in effect later',
      observedGeneration: 1,
    })
  })

  it('stays small in a large cluster, and its counts stay whole', () => {
    const many = Array.from({ length: 500 }, (_, index) => `node-${index}`)
    const found = status({ configurationStates: many.map((name) => told(name, down)) }, many)
    expect(found?.status).to.deep.include({ nodes: 500, established: 0 })
    expect(found?.status['notEstablished']).to.have.lengthOf(20)
    expect(JSON.stringify(found).length).to.be.below(3000)
  })

  it('does not count a node whose speaker is gone, whatever its last word was', () => {
    const found = status({
      speakers: [speaker('node-a')],
      configurationStates: nodes.map((name) => told(name, up)),
    })
    expect(found?.status).to.deep.include({ nodes: 1, established: 1 })
  })

  it('counts only the nodes that it is for', () => {
    const bgpPeers = [bgpPeer('tor', { nodeSelectors: [{ matchLabels: { rack: 'a' } }] })]
    const racks = nodes.map((name) => node(name, { labels: { rack: name === 'node-b' ? 'a' : 'b' } }))
    const configurationStates = nodes.map((name) => told(name, up))
    expect(status({ bgpPeers, nodes: racks, configurationStates })?.status).to.deep.include({
      nodes: 1,
      established: 1,
    })
    const nowhere = status({ bgpPeers, configurationStates })
    expect(nowhere?.status).to.deep.include({ nodes: 0, established: 0 })
    expect(conditionsOf(nowhere)).to.deep.equal([
      'Ready=True NoNodeSelected',
      'Established=False NoNodeSelected',
    ])
  })

  it('says what is wrong in the object', () => {
    const found = status({ bgpPeers: [bgpPeer('tor', { holdTime: '1s' })] })
    expect(conditionsOf(found).slice(0, 2)).to.deep.equal([
      'Ready=False InvalidSpec',
      'Stalled=True InvalidSpec',
    ])
  })
})
