// Which nodes may announce: metallb.md §3.7, §3.8 and §5.1.
import { expect } from 'chai'
import { announcers, byTheBook, nodeNames, scene, web } from '../test/support/l2-scene.ts'
import { advertisement, endpoint, node, speaker } from '../test/support/snapshots.ts'
import { planSpeaker } from './plan.ts'

describe('who may announce', () => {
  const others = (name: string) =>
    byTheBook(
      nodeNames.filter((other) => other !== name),
      '192.0.2.7',
    ).slice(0, 1)
  const [winner = ''] = byTheBook(nodeNames, '192.0.2.7')
  const winnerIs = (changes: Parameters<typeof node>[1]) =>
    nodeNames.map((name) => node(name, name === winner ? changes : {}))
  const excluded = { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } }

  it('a node with the exclude label does not, unless the label is ignored', () => {
    expect(announcers(scene({ nodes: winnerIs(excluded) }))).to.deep.equal(others(winner))
    const settings = { ignoreExcludeLabel: true }
    expect(announcers(scene({ nodes: winnerIs(excluded), settings }))).to.deep.equal([winner])
  })

  it('a node without network does not, and nothing overrides that', () => {
    const settings = { ignoreExcludeLabel: true }
    expect(announcers(scene({ nodes: winnerIs({ networkUnavailable: true }), settings }))).to.deep.equal(
      others(winner),
    )
  })

  it('a node that is gone from the cluster does not', () => {
    expect(
      announcers(scene({ nodes: nodeNames.filter((name) => name !== winner).map((name) => node(name)) })),
    ).to.deep.equal(others(winner))
  })

  it('nodeSelectors choose the nodes', () => {
    const labelled = nodeNames.map((name) => node(name, { labels: { zone: name === 'node-c' ? 'x' : 'y' } }))
    const l2Advertisements = [advertisement('x', { nodeSelectors: [{ matchLabels: { zone: 'x' } }] })]
    expect(announcers(scene({ nodes: labelled, l2Advertisements }))).to.deep.equal(['node-c'])
  })

  it('a node without any of the interfaces is no candidate, one that has not said yet is', () => {
    const l2Advertisements = [advertisement('x', { interfaces: ['lan0', 'lan1'] })]
    const speakers = nodeNames.map((name) => speaker(name, name === 'node-d' ? ['eth0', 'lan1'] : ['eth0']))
    expect(announcers(scene({ l2Advertisements, speakers }))).to.deep.equal(['node-d'])
    const unsaid = nodeNames.map((name) => (name === winner ? { node: name } : speaker(name, ['eth0'])))
    expect(announcers(scene({ l2Advertisements, speakers: unsaid }))).to.deep.equal([winner])
  })

  it('externalTrafficPolicy Cluster: endpoints anywhere will do, Local: only on the node', () => {
    const endpoints = new Map([['default/web', [endpoint('node-c'), endpoint('node-d', false), endpoint()]]])
    expect(announcers(scene({ endpoints }))).to.deep.equal([winner])
    const services = [web({ externalTrafficPolicy: 'Local' })]
    expect(announcers(scene({ endpoints, services }))).to.deep.equal(['node-c'])
  })

  it('each interface that an advertisement names is in the claim, all of them if one names none', () => {
    const named = [
      advertisement('x', { interfaces: ['eth1', 'eth0'] }),
      advertisement('y', { interfaces: ['eth0'] }),
    ]
    expect(planSpeaker(scene({ l2Advertisements: named }), winner).claims).to.deep.equal([
      { address: '192.0.2.7', interfaces: ['eth0', 'eth1'] },
    ])
    const open = [...named, advertisement('z')]
    expect(planSpeaker(scene({ l2Advertisements: open }), winner).claims).to.deep.equal([
      { address: '192.0.2.7', interfaces: 'all' },
    ])
  })
})
