// The status of our kinds on a real API server: who may write what, and what stays.
import { expect } from 'chai'
import { parseServiceL2Status } from '../../crds/service-l2-status.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { dig, digList, digText } from '../support/dig.ts'
import { anyResource } from '../support/resource.ts'
import { objectOf, pathOf, refusalOf, startSchemaPlane } from '../support/schema-plane.ts'

const ready = {
  type: 'Ready',
  status: 'True',
  observedGeneration: 1,
  reason: 'Ready',
  message: 'all is well',
  lastTransitionTime: '2026-01-01T00:00:00Z',
}
const counters = { assignedIPv4: 3, assignedIPv6: 0, availableIPv4: 251, availableIPv6: 0 }

describe('the status of the kinds on a real API server', function () {
  this.timeout(180_000)
  let plane: ControlPlane

  before(async () => {
    plane = await startSchemaPlane()
    await plane.api.create(
      pathOf('ipaddresspools'),
      objectOf('IPAddressPool', 'a', { addresses: ['192.0.2.0/24'] }),
    )
  })
  after(() => plane.stop())

  function applyPoolStatus(manager: string, status: object): Promise<unknown> {
    const path = pathOf('ipaddresspools', `/a/status?fieldManager=${manager}`)
    return plane.api.apply(path, { ...objectOf('IPAddressPool', 'a'), status })
  }

  it('a pool takes conditions before anything was counted', async () => {
    const stored = await applyPoolStatus('herald', { observedGeneration: 1, conditions: [ready] })
    expect(dig(stored, 'status')).to.deep.equal({ observedGeneration: 1, conditions: [ready] })
  })

  it('a pool takes the four counters alone, as MetalLB writes them', async () => {
    const path = pathOf('ipaddresspools', '/a/status')
    const stored = await plane.api.merge(path, {
      status: { ...counters, conditions: null, observedGeneration: null },
    })
    expect(dig(stored, 'status')).to.deep.equal(counters)
  })

  it('a counter holds all 63 bits', async () => {
    const path = pathOf('ipaddresspools', '/a/status')
    await plane.kubectl([
      '-n',
      'metallb-system',
      'patch',
      'ipap',
      'a',
      '--subresource=status',
      '--type=merge',
      '-p',
      '{"status":{"availableIPv6":9223372036854775807}}',
    ])
    expect(await plane.api.raw(path)).to.include('"availableIPv6":9223372036854775807')
  })

  it('kubectl get shows what a pool holds, what is assigned, what is free, and whether it is ready', async () => {
    await applyPoolStatus('herald', { ...counters, observedGeneration: 1, conditions: [ready] })
    const [, row = ''] = (await plane.kubectl(['-n', 'metallb-system', 'get', 'ipap'])).split('\n')
    expect(row.split(/\s{2,}/).slice(0, 6)).to.deep.equal(['a', '["192.0.2.0/24"]', '3', '251', '0', 'True'])
  })

  it('kubectl wait waits for Ready', async () => {
    const said = await plane.kubectl([
      '-n',
      'metallb-system',
      'wait',
      '--for=condition=Ready',
      'ipap/a',
      '--timeout=60s',
    ])
    expect(said).to.include('condition met')
  })

  it('a spec that changes leaves the status, and a status that is written leaves the spec', async () => {
    const changed = await plane.api.merge(pathOf('ipaddresspools', '/a'), {
      spec: { autoAssign: false },
      status: {},
    })
    expect(dig(changed, 'metadata', 'generation')).to.equal(2)
    expect(dig(changed, 'status', 'assignedIPv4')).to.equal(3)
    const path = pathOf('ipaddresspools', '/a/status')
    const written = await plane.api.merge(path, { spec: { autoAssign: true }, status: { assignedIPv4: 4 } })
    expect(dig(written, 'spec', 'autoAssign')).to.equal(false)
    expect(dig(written, 'metadata', 'generation')).to.equal(2)
  })

  it('a speaker tells of addresses that another machine uses, and takes them back', async () => {
    const used = {
      address: '192.0.2.7',
      mac: '02:00:00:00:00:99',
      interface: 'eth0',
      lastSeen: '2026-01-01T00:00:00Z',
    }
    await plane.api.create(pathOf('configurationstates'), objectOf('ConfigurationState', 'speaker-a'))
    const path = pathOf('configurationstates', '/speaker-a/status?fieldManager=herald-speaker')
    const tell = (status: object) =>
      plane.api.apply(path, {
        ...objectOf('ConfigurationState', 'speaker-a'),
        status: { result: 'Valid', ...status },
      })
    expect(dig(await tell({ addressesInUse: [used] }), 'status', 'addressesInUse')).to.deep.equal([used])
    expect(dig(await tell({}), 'status', 'addressesInUse')).to.equal(undefined)
  })

  for (const [kind, plural, version, spec] of [
    ['L2Advertisement', 'l2advertisements', 'v1beta1', {}],
    ['BGPAdvertisement', 'bgpadvertisements', 'v1beta1', {}],
    ['BGPPeer', 'bgppeers', 'v1beta2', { myASN: 1, peerASN: 2, peerAddress: '192.0.2.1' }],
    ['BFDProfile', 'bfdprofiles', 'v1beta1', {}],
    ['Community', 'communities', 'v1beta1', {}],
  ] as const) {
    it(`two writers own a condition each of one ${kind}, and neither takes that of the other`, async () => {
      await plane.api.create(pathOf(plural, '', version), objectOf(kind, 'two', spec, version))
      const write = (manager: string, condition: object): Promise<unknown> =>
        plane.api.apply(pathOf(plural, `/two/status?fieldManager=${manager}`, version), {
          ...objectOf(kind, 'two', undefined, version),
          status: { conditions: [condition] },
        })
      await write('one', ready)
      await write('other', { ...ready, type: 'Example' })
      const stored = await write('one', { ...ready, message: 'all is still well' })
      const said = digList(stored, 'status', 'conditions').map(
        (condition) => `${digText(condition, 'type')}: ${digText(condition, 'message')}`,
      )
      expect(said).to.have.members(['Ready: all is still well', 'Example: all is well'])
    })
  }

  it('a condition without reason is refused', async () => {
    const said = await refusalOf(applyPoolStatus('herald', { conditions: [{ ...ready, reason: '' }] }))
    expect(said).to.match(/reason/)
  })

  it('what a ServiceL2Status is about cannot be changed', async () => {
    const path = pathOf('servicel2statuses', '/l2-a/status')
    await plane.api.create(pathOf('servicel2statuses'), objectOf('ServiceL2Status', 'l2-a'))
    const status = {
      node: 'node-1',
      serviceName: 'web',
      serviceNamespace: 'shop',
      interfaces: [{ name: 'eth0' }, { name: 'eth1' }],
    }
    const stored = await plane.api.merge(path, { status })
    expect(parseServiceL2Status(anyResource(JSON.stringify(stored))).value.interfaces).to.deep.equal([
      'eth0',
      'eth1',
    ])
    for (const field of ['node', 'serviceName', 'serviceNamespace'])
      expect(await refusalOf(plane.api.merge(path, { status: { [field]: 'x' } }))).to.match(/immutable/)
    expect(await refusalOf(plane.api.merge(path, { status: { interfaces: [] } }))).to.equal('')
  })

  it('a ConfigurationState takes the results of MetalLB and no others', async () => {
    const path = pathOf('configurationstates', '/controller/status')
    await plane.api.create(pathOf('configurationstates'), objectOf('ConfigurationState', 'controller'))
    for (const result of ['Valid', 'Invalid', 'Unknown'])
      expect(digText(await plane.api.merge(path, { status: { result } }), 'status', 'result')).to.equal(
        result,
      )
    expect(await refusalOf(plane.api.merge(path, { status: { result: 'Fine' } }))).to.match(
      /Unsupported value/,
    )
    expect(digList(await plane.api.get(path), 'status', 'conditions')).to.deep.equal([])
  })
})
