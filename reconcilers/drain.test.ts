// Signs by which a node asks routers to prefer others.
import { expect } from 'chai'
import type { Node } from '../crds/core.ts'
import { bgpAdvertisement, bgpPeer } from '../test/support/bgp-snapshots.ts'
import { assigned, cluster, node, pool, service } from '../test/support/snapshots.ts'
import { drainVerdict, parseDrainSign } from './drain.ts'
import { planSpeaker } from './plan.ts'

describe('a sign that a node drains', () => {
  const written: readonly (readonly [text: string, sign: ReturnType<typeof parseDrainSign>])[] = [
    ['cordoned', { type: 'cordoned' }],
    ['label:drain', { type: 'label', key: 'drain' }],
    ['label:example.com/drain=yes', { type: 'label', key: 'example.com/drain', value: 'yes' }],
    ['label:drain=', { type: 'label', key: 'drain', value: '' }],
    ['taint:node.kubernetes.io/unreachable', { type: 'taint', key: 'node.kubernetes.io/unreachable' }],
    ['condition:DiskPressure', { type: 'condition', name: 'DiskPressure' }],
    ['', undefined],
    ['drained', undefined],
    ['label:', undefined],
    ['label:no spaces', undefined],
    ['taint:-', undefined],
    ['condition:what is it', undefined],
  ]
  for (const [text, sign] of written)
    it(`is written '${text}'${sign === undefined ? ', which is none' : ''}`, () => {
      expect(parseDrainSign(text)).to.deep.equal(sign)
    })

  const cases: readonly (readonly [sign: string, changes: Partial<Node>, given: boolean])[] = [
    ['cordoned', {}, false],
    ['cordoned', { leaving: 'Cordoned' }, true],
    ['cordoned', { leaving: 'ShuttingDown' }, true],
    ['label:drain', { labels: { drain: '' } }, true],
    ['label:drain', { leaving: 'Cordoned' }, false],
    ['label:drain=yes', { labels: { drain: 'yes' } }, true],
    ['label:drain=yes', { labels: { drain: 'no' } }, false],
    ['taint:dead', { taints: ['dead'] }, true],
    ['taint:dead', { taints: ['ill'] }, false],
    ['condition:DiskPressure', { trueConditions: ['Ready', 'DiskPressure'] }, true],
    ['condition:DiskPressure', { trueConditions: ['Ready'] }, false],
  ]
  for (const [text, changes, given] of cases)
    it(`${text} is ${given ? '' : 'not '}given by ${JSON.stringify(changes)}`, () => {
      const sign = parseDrainSign(text)
      const verdict = drainVerdict(node('node-a', changes), sign === undefined ? [] : [sign])
      expect(verdict?.reason).to.equal(given ? 'NodeDraining' : undefined)
    })

  it('stands in the plan of the node, which announces on, and only where it was asked for', () => {
    const of = (drainOn?: readonly { readonly type: 'cordoned' }[]) =>
      planSpeaker(
        cluster(['node-a', 'node-b'], {
          pools: [pool('p', ['192.0.2.0/24'])],
          bgpPeers: [bgpPeer('tor')],
          bgpAdvertisements: [bgpAdvertisement('all')],
          services: [assigned(service('web'), ['192.0.2.7'], 'p')],
          nodes: [node('node-a', { leaving: 'Cordoned' }), node('node-b')],
          settings: { ignoreExcludeLabel: false, ...(drainOn === undefined ? {} : { drainOn }) },
        }),
        'node-a',
      ).bgp
    expect(of([{ type: 'cordoned' }]).draining?.reason).to.equal('NodeDraining')
    expect(of([{ type: 'cordoned' }]).routes).to.have.lengthOf(1)
    expect(of()).not.to.have.property('draining')
  })
})
