// The first lines of an explanation, which say it all, and whether all is well. The rest of the page is shown by
// test/scripts/stories/explain.txt.
import { expect } from 'chai'
import { advertisement, assigned, cluster, endpoint, pool, service } from '../../test/support/snapshots.ts'
import { explainService } from '../../reconcilers/explain.ts'
import type { Service } from '../../crds/core.ts'
import { formatExplanation, isWell } from './explain.ts'

const lan = { pools: [pool('lan', ['192.0.2.0/24'])], l2Advertisements: [advertisement('lan')] }

function explained(web: Service, announcers: readonly string[] = []) {
  const reports = announcers.map((node) => ({
    name: `l2-${node}`,
    namespace: 'metallb-system',
    serviceNamespace: 'default',
    serviceName: 'web',
    node,
    interfaces: [],
  }))
  const explanation = explainService(cluster(['node-a'], { ...lan, services: [web] }), 'default/web', reports)
  if (explanation === undefined) throw new Error('there is no Service web')
  return explanation
}

/** The paragraph below the name. */
function summary(web: Service, announcers: readonly string[] = []): readonly string[] {
  const [first = ''] = formatExplanation(explained(web, announcers)).split('\n\n')
  return first
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
}

const withAddress = assigned(service('web'), ['192.0.2.0'], 'lan')

describe('an explanation begins with', () => {
  it('what is so when all is well', () => {
    expect(summary(withAddress, ['node-a'])).to.deep.equal([
      'has 192.0.2.0 from pool lan',
      'is announced by node-a',
    ])
    expect(isWell(explained(withAddress, ['node-a']))).to.equal(true)
  })

  it('the ports that nobody answers, while others are answered', () => {
    const ports = [
      { name: 'http', protocol: 'TCP', port: 80 },
      { name: 'admin', protocol: 'TCP', port: 8080 },
    ] as const
    const web = { ...withAddress, ports }
    const of = cluster(['node-a'], { ...lan, services: [web] })
    const serving = { ...endpoint('node-a'), ports: ['TCP/http'] }
    const explanation = explainService(
      { ...of, endpoints: new Map([['default/web', [serving]]]) },
      'default/web',
    )
    if (explanation === undefined) throw new Error('there is no Service web')
    expect(formatExplanation(explanation))
      .to.include(
        'is not served on every port: NoEndpointForPort, no serving endpoint has port 8080/TCP (admin)',
      )
      .and.to.include('cure of NoEndpointForPort: ')
  })

  it('who is to announce it, while that one does not say that it does', () => {
    expect(summary(withAddress)).to.include('is to be announced by node-a; nobody reports that it does')
    expect(summary(withAddress, ['node-x'])).to.include(
      'is to be announced by node-a; node-x reports that it does',
    )
    expect(isWell(explained(withAddress))).to.equal(false)
  })

  it('the address that no controller has written yet', () => {
    const [first, second, third] = summary(service('web'))
    expect(first).to.equal(
      'has no address: AwaitingController, the Service gets 192.0.2.0, and no controller has written that yet',
    )
    expect(second).to.equal('nobody announces it: NoAddress, the Service has no address')
    expect(third).to.match(/^cure of AwaitingController: /)
    expect(isWell(explained(service('web')))).to.equal(false)
  })

  it('the reason and its cure', () => {
    const web = service('web', { annotations: { 'metallb.io/loadBalancerIPs': '198.51.100.7' } })
    expect(summary(web)).to.deep.equal([
      'has no address: AddressOutsidePools, 198.51.100.7 is in no pool',
      'nobody announces it: NoAddress, the Service has no address',
      'cure of AddressOutsidePools: Use an address of a pool, or add the address to one.',
    ])
  })

  it('whose the Service is, if it is not ours', () => {
    const [first] = summary(service('web', { loadBalancerClass: 'other' }))
    expect(first).to.match(/^is not ours: OtherLoadBalancerClass, /)
  })
})
