// BGPPeer in both its versions without a conversion webhook, and all kinds on the API of older Kubernetes releases.
import { expect } from 'chai'
import { parseBGPPeer } from '../../crds/bgp-peer.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { dig } from '../support/dig.ts'
import { anyResource } from '../support/resource.ts'
import { readSamples, samplesFolder } from '../support/samples.ts'
import { objectOf, pathOf, refusalOf, startSchemaPlane } from '../support/schema-plane.ts'

const whole = {
  myASN: 64512,
  localASN: 65000,
  dynamicASN: 'external',
  interface: 'eth0',
  sourceAddress: '192.0.2.9',
  peerPort: 1790,
  holdTime: '1m30s',
  keepaliveTime: '30s',
  connectTime: '10s',
  routerID: '192.0.2.9',
  nodeSelectors: [{ matchExpressions: [{ key: 'rack', operator: 'Exists' }], matchLabels: { zone: 'a' } }],
  passwordSecret: { name: 'tor', namespace: 'metallb-system' },
  bfdProfile: 'fast',
  enableGracefulRestart: true,
  ebgpMultiHop: true,
  transport: 'Packet',
  listen: true,
  ttlSecurityHops: 2,
  role: 'Customer',
  strictRole: true,
  prefixLimit: 1000,
  restartTime: '1m',
  longLivedStaleTime: '1h',
  vrf: 'red',
  disableMP: true,
  dualStackAddressFamily: true,
}
const older = {
  myASN: 64512,
  peerASN: 64513,
  peerAddress: '192.0.2.1',
  sourceAddress: '192.0.2.9',
  holdTime: '90s',
  keepaliveTime: '30s',
  routerID: '192.0.2.9',
  nodeSelectors: [{ matchExpressions: [{ key: 'rack', operator: 'In', values: ['a'] }] }],
  password: 'example',
  bfdProfile: 'fast',
  ebgpMultiHop: true,
}
const status = {
  observedGeneration: 1,
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: 'Ready',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ],
}

describe('BGPPeer in two versions on a real API server', function () {
  this.timeout(180_000)
  let plane: ControlPlane

  before(async () => {
    plane = await startSchemaPlane()
  })
  after(() => plane.stop())

  const at = (version: string, rest = '') => pathOf('bgppeers', rest, version)
  const create = (name: string, version: string, spec: object) =>
    plane.api.create(at(version), objectOf('BGPPeer', name, spec, version))

  it('a peer is stored as v1beta2, whichever version wrote it', async () => {
    const crd = await plane.api.get(
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/bgppeers.metallb.io',
    )
    expect(dig(crd, 'status', 'storedVersions')).to.deep.equal(['v1beta2'])
    expect(dig(crd, 'spec', 'conversion')).to.deep.equal({ strategy: 'None' })
  })

  it('every field of v1beta2 is read through v1beta1', async () => {
    await create('whole', 'v1beta2', whole)
    const read = await plane.api.get(at('v1beta1', '/whole'))
    expect(dig(read, 'apiVersion')).to.equal('metallb.io/v1beta1')
    expect(dig(read, 'spec')).to.deep.equal(whole)
  })

  it('nothing is lost when a peer is changed and written back through v1beta1', async () => {
    await plane.api.merge(at('v1beta2', '/whole/status'), { status })
    const read = JSON.parse(await plane.api.raw(at('v1beta1', '/whole')))
    read.spec.bfdProfile = 'slow'
    await plane.api.replace(at('v1beta1', '/whole'), read)
    const after = await plane.api.get(at('v1beta2', '/whole'))
    expect(dig(after, 'spec')).to.deep.equal({ ...whole, bfdProfile: 'slow' })
    expect(dig(after, 'status')).to.deep.equal(status)
  })

  it('a peer written as v1beta1 reads the same as v1beta2, with the defaults of that', async () => {
    await create('older', 'v1beta1', older)
    const read = await plane.api.get(at('v1beta2', '/older'))
    expect(dig(read, 'spec')).to.deep.equal({
      ...older,
      peerPort: 179,
      disableMP: false,
      dualStackAddressFamily: false,
    })
  })

  it('timers that v1beta1 does not name are not named in v1beta2: MetalLB makes them 0', async () => {
    await create('untimed', 'v1beta1', { myASN: 1, peerASN: 2, peerAddress: '192.0.2.1' })
    const read = await plane.api.get(at('v1beta2', '/untimed'))
    expect(dig(read, 'spec')).not.to.have.any.keys('holdTime', 'keepaliveTime')
  })

  it('port 0, which v1beta1 takes, can be kept when the peer is written through v1beta2', async () => {
    await create('port-zero', 'v1beta1', { ...older, peerPort: 0 })
    const read = JSON.parse(await plane.api.raw(at('v1beta2', '/port-zero')))
    read.spec.holdTime = '9s'
    read.spec.keepaliveTime = '3s'
    const stored = await plane.api.replace(at('v1beta2', '/port-zero'), read)
    expect(dig(stored, 'spec', 'peerPort')).to.equal(0)
    expect(parseBGPPeer(anyResource(JSON.stringify(stored))).value.peerPort).to.equal(179)
  })

  it('both versions of one peer mean the same to us', async () => {
    for (const name of ['whole', 'older', 'untimed', 'port-zero']) {
      const [first, second] = await Promise.all(
        ['v1beta1', 'v1beta2'].map((version) => plane.api.raw(at(version, `/${name}`))),
      )
      expect(parseBGPPeer(anyResource(first ?? ''))).to.deep.equal(parseBGPPeer(anyResource(second ?? '')))
    }
  })

  it('server-side apply through one version leaves what the other version applied', async () => {
    await plane.api.apply(
      at('v1beta2', '/applied?fieldManager=new'),
      objectOf('BGPPeer', 'applied', whole, 'v1beta2'),
    )
    const part = { myASN: 64512, holdTime: '1m30s' }
    const stored = await plane.api.apply(
      at('v1beta1', '/applied?fieldManager=old'),
      objectOf('BGPPeer', 'applied', part),
    )
    expect(dig(stored, 'spec')).to.deep.equal(whole)
  })

  for (const version of ['v1beta1', 'v1beta2']) {
    it(`graceful restart that was set cannot be changed through ${version}, only taken away`, async () => {
      const change = (value: boolean | null) =>
        plane.api.merge(at(version, '/whole'), { spec: { enableGracefulRestart: value } })
      expect(await refusalOf(change(false))).to.match(/cannot be changed/)
      expect(await refusalOf(change(null))).to.equal('')
      expect(await refusalOf(change(true))).to.equal('')
    })
  }

  it('who writes v1beta1 is warned', async () => {
    const file = `${samplesFolder}/bgp-peers-v1beta1.yaml`
    const args = ['-n', 'metallb-system', 'create', '--warnings-as-errors', '-f', file]
    expect(await refusalOf(plane.kubectl(args))).to.match(/v1beta1 BGPPeer is deprecated/)
  })
})

// What the pinned binary can emulate; nothing in the kinds is newer than Kubernetes 1.29.
describe('the kinds on the API of older releases', function () {
  this.timeout(180_000)

  for (const emulatedVersion of ['1.34', '1.35', '1.36']) {
    it(`${emulatedVersion} establishes them and takes every sample`, async () => {
      const plane = await startSchemaPlane({ emulatedVersion })
      try {
        const version: unknown = JSON.parse(await plane.api.raw('/version'))
        expect(dig(version, 'emulationMinor')).to.equal(emulatedVersion.slice(2))
        await plane.kubectl(['-n', 'metallb-system', 'create', '--validate=strict', '-f', samplesFolder])
        const names = await plane.kubectl(['-n', 'metallb-system', 'get', 'metallb', '-o', 'name'])
        expect(names.trim().split('\n')).to.have.length(readSamples().length)
      } finally {
        await plane.stop()
      }
    })
  }
})
