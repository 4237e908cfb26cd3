// What a speaker tells of its routes: MetalLB's ServiceBGPStatus, within a limit.
import { expect } from 'chai'
import type { Service } from '../crds/core.ts'
import { bgpAdvertisement, bgpPeer } from '../test/support/bgp-snapshots.ts'
import { assigned, cluster, pool, service } from '../test/support/snapshots.ts'
import { planSpeaker } from './plan.ts'
import { bgpStatusName, bgpStatuses, staleBgpStatuses } from './routes-status.ts'
import type { Snapshot } from './snapshot.ts'

const web = (name: string, last: number): Service => assigned(service(name), [`192.0.2.${last}`], 'p')

function scene(changes: Partial<Snapshot> = {}, nodes: readonly string[] = ['node-a', 'node-b']): Snapshot {
  return cluster(nodes, {
    pools: [pool('p', ['192.0.2.0/24'])],
    bgpPeers: [bgpPeer('tor-2'), bgpPeer('tor-1', { peerAddress: '192.0.2.2' })],
    bgpAdvertisements: [bgpAdvertisement('all')],
    services: [web('web', 7), service('pending')],
    ...changes,
  })
}

function written(of: Snapshot, name = 'node-a') {
  return bgpStatuses(of, planSpeaker(of, name))
}

describe('the ServiceBGPStatus', () => {
  it('of each Service that the node announces names the peers', () => {
    const { objects, condition } = written(scene())
    expect(objects.map(({ name, labels, status }) => ({ name, labels, status }))).to.deep.equal([
      {
        name: bgpStatusName('node-a', 'default/web'),
        labels: {
          'metallb.io/node': 'node-a',
          'metallb.io/service-name': 'web',
          'metallb.io/service-namespace': 'default',
        },
        status: {
          node: 'node-a',
          serviceName: 'web',
          serviceNamespace: 'default',
          peers: ['tor-1', 'tor-2'],
        },
      },
    ])
    expect(condition?.status).to.equal('True')
  })

  it('is not there, nor a word of it, where nothing is announced by BGP', () => {
    expect(written(scene({ bgpAdvertisements: [] }))).to.deep.equal({ objects: [] })
  })

  it('can be switched off, which is said', () => {
    const { objects, condition } = written(
      scene({ settings: { ignoreExcludeLabel: false, serviceBGPStatuses: false } }),
    )
    expect(objects).to.deep.equal([])
    expect(condition).to.deep.include({ status: 'False', reason: 'StatusesSwitchedOff' })
  })

  it('is left out for the younger Services where there would be too many, which is said', () => {
    const nodes = Array.from({ length: 500 }, (_, index) => `node-${index}`)
    const services = Array.from({ length: 41 }, (_, index) => web(`s-${index}`, index))
    const { objects, condition } = written(scene({ services }, nodes), 'node-7')
    expect(objects.map(({ status }) => status['serviceName'])).to.deep.equal(
      services.slice(0, 40).map(({ name }) => name),
    )
    expect(condition).to.deep.include({ status: 'False', reason: 'TooManyStatuses' })
  })

  it('is stale when it is one of this node that is not wished any more', () => {
    const standing = (node: string, serviceName: string) => ({
      name: bgpStatusName(node, `default/${serviceName}`),
      namespace: 'metallb-system',
      node,
      serviceName,
      serviceNamespace: 'default',
      peers: [],
    })
    const all = [standing('node-a', 'web'), standing('node-a', 'gone'), standing('node-b', 'gone')]
    const stale = staleBgpStatuses(all, written(scene()).objects, 'node-a')
    expect(stale.map(({ node, serviceName }) => `${node} ${serviceName}`)).to.deep.equal(['node-a gone'])
  })
})
