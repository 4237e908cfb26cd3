import { expect } from 'chai'
import { resourceOf } from '../test/support/resource.ts'
import { parseConfigurationState } from './configuration-state.ts'
import { parseServiceBGPStatus } from './service-bgp-status.ts'
import { parseServiceL2Status } from './service-l2-status.ts'

const where = { node: 'node-1', serviceName: 'web', serviceNamespace: 'shop' }

describe('ServiceL2Status', () => {
  it('the node and its interfaces are read', () => {
    const status = { ...where, interfaces: [{ name: 'eth0' }, { name: 'eth1' }] }
    const { value, objections } = parseServiceL2Status(resourceOf({ spec: {}, status }))
    expect(objections).to.deep.equal([])
    expect(value).to.deep.equal({
      name: 'example',
      namespace: 'default',
      ...where,
      interfaces: ['eth0', 'eth1'],
    })
  })

  it('one that was made and not yet written is of no Service', () => {
    const { value, objections } = parseServiceL2Status(resourceOf({ spec: {} }))
    expect(objections).to.deep.equal([])
    expect(value).to.include({ node: '', serviceName: '', serviceNamespace: '' })
  })
})

describe('ServiceBGPStatus', () => {
  it('the node and its peers are read', () => {
    const { value, objections } = parseServiceBGPStatus(
      resourceOf({ status: { ...where, peers: ['tor-1'] } }),
    )
    expect(objections).to.deep.equal([])
    expect(value).to.deep.equal({ name: 'example', namespace: 'default', ...where, peers: ['tor-1'] })
  })
})

describe('ConfigurationState', () => {
  it('the result, its reasons and its conditions are read', () => {
    const condition = {
      type: 'configReconcilerValid',
      status: 'False',
      observedGeneration: 3,
      lastTransitionTime: '2026-01-01T00:00:00Z',
      reason: 'ConfigurationError',
      message: 'pool a: …',
    }
    const status = { result: 'Invalid', errorSummary: 'pool a: …', conditions: [condition] }
    const { value, objections } = parseConfigurationState(resourceOf({ status }))
    expect(objections).to.deep.equal([])
    expect(value).to.deep.equal({ name: 'example', namespace: 'default', ...status, sessions: [] })
  })

  it('the sessions of a node are read', () => {
    const sessions = [
      { peer: 'tor-1', state: 'Established', reason: 'SessionEstablished', message: 'AS 64512', bfd: 'Up' },
      { peer: 'tor-2', state: 'Asleep' },
    ]
    const { value, objections } = parseConfigurationState(resourceOf({ status: { sessions } }))
    expect(objections.map(({ field }) => field)).to.deep.equal(['status.sessions[1].state'])
    expect(value.sessions).to.deep.equal([
      sessions[0],
      { peer: 'tor-2', state: 'Connecting', reason: '', message: '' },
    ])
  })

  it('addresses that another machine uses are read', () => {
    const lastSeen = '2026-01-01T00:00:00Z'
    const found = { address: '192.0.2.10', mac: '02:00:00:00:00:99', interface: 'eth0', lastSeen }
    const { value } = parseConfigurationState(resourceOf({ status: { addressesInUse: [found] } }))
    const { interface: interfaceName, ...rest } = found
    expect(value.addressesInUse).to.deep.equal([{ ...rest, interfaceName }])
  })

  it('a result that is not there, or is no result, is Unknown', () => {
    for (const status of [undefined, {}, { result: 'Fine' }])
      expect(parseConfigurationState(resourceOf({ status })).value.result).to.equal('Unknown')
  })
})
