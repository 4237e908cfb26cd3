// Ports that no endpoint answers.
import { expect } from 'chai'
import type { Service } from '../crds/core.ts'
import { lanPools } from '../test/support/l2-scene.ts'
import { advertisement, assigned, cluster, endpoint, service } from '../test/support/snapshots.ts'
import { statusOf } from '../test/support/statuses.ts'
import { overviewOf } from './overview.ts'
import { planController } from './plan.ts'
import type { Snapshot } from './snapshot.ts'
import type { ToldPorts } from './unserved-ports.ts'
import { portEvents, unservedPorts } from './unserved-ports.ts'

const web: Service = service('web', {
  ports: [
    { name: 'http', protocol: 'TCP', port: 80 },
    { name: 'http', protocol: 'UDP', port: 80 },
    { name: 'admin', protocol: 'TCP', port: 8080 },
  ],
})

function unserved(...endpoints: readonly (readonly string[] | undefined)[]): readonly number[] {
  const all = endpoints.map((ports) => ({ ...endpoint('a'), ...(ports === undefined ? {} : { ports }) }))
  return [...unservedPorts(web, all)].map((port) => web.ports.indexOf(port))
}

describe('ports that no endpoint answers', () => {
  it('are those that no slice names, by name and protocol', () => {
    expect(unserved(['TCP/http', 'UDP/http', 'TCP/admin'])).to.deep.equal([])
    expect(unserved(['TCP/http'], ['UDP/http'])).to.deep.equal([2])
    expect(unserved([])).to.deep.equal([0, 1, 2])
  })

  it('are not told while an endpoint does not say its ports, or none serves', () => {
    expect(unserved(['TCP/http'], undefined)).to.deep.equal([])
    expect(unserved()).to.deep.equal([])
    expect([...unservedPorts(web, [{ ...endpoint('a', false), ports: [] }])]).to.deep.equal([])
    expect([...unservedPorts(web, undefined)]).to.deep.equal([])
  })

  it('stand at each address of the Service, beside its other ports, and go when they are answered', () => {
    const of = (one: Service, ports: readonly string[]) => {
      const all = new Map([[one.key, [{ ...endpoint('node-a'), ports }]]])
      const changes = { pools: lanPools, services: [one], l2Advertisements: [advertisement('all')] }
      return statusOf({ ...cluster(['node-a'], changes), endpoints: all }, 'web')?.status
    }
    const one = assigned(web, ['192.0.2.0'], 'a')
    const ports = [
      { port: 80, protocol: 'TCP' },
      { port: 80, protocol: 'UDP' },
      { port: 8080, protocol: 'TCP', error: 'metallb.io/NoEndpointForPort' },
    ]
    expect(of(one, ['TCP/http', 'UDP/http'])).to.deep.equal({
      loadBalancer: { ingress: [{ ip: '192.0.2.0', ipMode: 'VIP', ports }] },
    })
    const whole = ['TCP/http', 'UDP/http', 'TCP/admin']
    expect(of({ ...one, portsStand: true }, whole)).to.deep.equal({
      loadBalancer: { ingress: [{ ip: '192.0.2.0', ipMode: 'VIP', ports: [] }] },
    })
    expect(of(one, whole)).to.deep.equal({ loadBalancer: { ingress: [{ ip: '192.0.2.0', ipMode: 'VIP' }] } })
  })

  describe('are told', () => {
    const of = (one: Service, ports: readonly string[]): Snapshot => {
      const endpoints = new Map([[one.key, [{ ...endpoint('node-a'), ports }]]])
      return { ...cluster(['node-a'], { pools: lanPools, services: [one] }), endpoints }
    }
    const one = assigned(web, ['192.0.2.0'], 'a')
    const missing = of(one, ['TCP/http', 'UDP/http'])
    const tell = (snapshot: Snapshot, told?: ToldPorts) =>
      portEvents(snapshot, planController(snapshot), told)
    const notes = (snapshot: Snapshot, told?: ToldPorts) =>
      tell(snapshot, told).events.map(({ type, reason, note }) => `${type} ${reason}: ${note}`)
    const event = 'Warning NoEndpointForPort: no serving endpoint has port 8080/TCP (admin)'

    it('by one event, again only when other ports are missing, or after all were there', () => {
      expect(notes(missing)).to.deep.equal([event])
      const { told } = tell(missing)
      expect(notes(missing, told)).to.deep.equal([])
      expect(notes(of(one, []), told)).to.have.length(1)
      const whole = tell(of(one, ['TCP/http', 'UDP/http', 'TCP/admin']), told)
      expect(whole.events).to.deep.equal([])
      expect(notes(missing, whole.told)).to.deep.equal([event])
    })

    it('not after a restart, when it stands in the status; not of a Service without an address', () => {
      expect(notes(of({ ...one, portsStand: true }, ['TCP/http']))).to.deep.equal([])
      expect(notes({ ...missing, pools: [] })).to.deep.equal([])
    })

    it('by the overview', () => {
      const [shown] = overviewOf(missing, []).services
      expect(shown?.verdicts.map(({ reason }) => reason)).to.include('NoEndpointForPort')
    })
  })
})
