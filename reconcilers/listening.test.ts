// Listening for peers, as the ConfigurationState of a node tells of it.
import { expect } from 'chai'
import { noBgp, snapshot } from '../test/support/snapshots.ts'
import { listeningCondition } from './listening.ts'
import { speakerStatuses } from './status.ts'

const refused = { address: '0.0.0.0:179', problem: 'a port below 1024 needs NET_BIND_SERVICE' }

describe('a node that listens for peers', () => {
  it('says so when they can connect', () => {
    expect(listeningCondition([{ address: '0.0.0.0:179' }])).to.deep.equal([
      { type: 'bgpListening', status: 'True', reason: 'Valid', message: '' },
    ])
  })

  it('says where they cannot, and why', () => {
    expect(listeningCondition([refused, { address: '[::]:179' }])).to.deep.equal([
      {
        type: 'bgpListening',
        status: 'False',
        reason: 'CannotListen',
        message: 'peers cannot connect to 0.0.0.0:179: a port below 1024 needs NET_BIND_SERVICE',
      },
    ])
  })

  it('says nothing where no peer is to connect', () => {
    expect(listeningCondition([])).to.deep.equal([])
    expect(listeningCondition()).to.deep.equal([])
  })

  it('says it in its own ConfigurationState', () => {
    const plan = { node: 'node-a', claims: [], services: new Map(), bgp: noBgp }
    const bgp = { generation: 0, alive: true, peers: {}, listening: [refused], loopLagMs: 0 }
    const layer2 = { generation: 0, alive: true, interfaces: [], claims: [], dropped: {}, loopLagMs: 0 }
    const [state] = speakerStatuses(snapshot(), plan, { ...layer2, bgp })
    expect(state?.conditions?.map(({ type }) => type)).to.include('bgpListening')
  })
})
