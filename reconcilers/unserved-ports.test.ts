// Ports that no endpoint answers.
import { expect } from 'chai'
import * as fc from 'fast-check'
import type { Endpoint, Service } from '../crds/core.ts'
import { lanPools } from '../test/support/l2-scene.ts'
import { advertisement, assigned, cluster, endpoint, service } from '../test/support/snapshots.ts'
import { statusOf } from '../test/support/statuses.ts'
import { layeredMap, withChanges } from './layered-map.ts'
import { overviewOf } from './overview.ts'
import { planController } from './plan.ts'
import type { ControllerPlan } from './plan.ts'
import type { Snapshot } from './snapshot.ts'
import { startPortEvents, unservedPorts, unservedVerdict } from './unserved-ports.ts'

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

/** One Service of several that are as `web`. */
function webAt(index: number, changes: Partial<Service> = {}): Service {
  return assigned(service(`s-${index}`, { ports: web.ports, ...changes }), [`192.0.2.${index}`], 'a')
}

const wholePorts = ['TCP/http', 'UDP/http', 'TCP/admin']
const anyScene = fc.record({
  // Each may be away, or another object, or have no endpoint, or one with some of the ports.
  services: fc.array(fc.option(fc.record({ served: fc.option(fc.nat(3)), turn: fc.nat(2) })), {
    maxLength: 3,
  }),
  pools: fc.constantFrom(lanPools, []),
})

function sceneOf({
  services,
  pools,
}: typeof anyScene extends fc.Arbitrary<infer Scene> ? Scene : never): Snapshot {
  const endpoints = new Map<string, readonly Endpoint[]>()
  const there = services.flatMap((of, index) => {
    if (of === null) return []
    const one = webAt(index, { labels: { turn: `${of.turn}` } })
    if (of.served !== null)
      endpoints.set(one.key, [{ ...endpoint('node-a'), ports: wholePorts.slice(0, of.served) }])
    return one
  })
  return { ...cluster(['node-a'], { pools, services: there }), endpoints }
}

/** What is so now, by name. */
function messages({ services, endpoints }: Snapshot, plan: ControllerPlan): ReadonlyMap<string, string> {
  const all = new Map<string, string>()
  for (const one of services) {
    const verdict = unservedVerdict(one, endpoints.get(one.key))
    if (verdict !== undefined && plan.services.get(one.key)?.state === 'assigned')
      all.set(one.name, verdict.message)
  }
  return all
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
    const start = () => {
      const portEvents = startPortEvents()
      return (snapshot: Snapshot) =>
        portEvents(snapshot, planController(snapshot)).map(
          ({ type, reason, regarding, note }) => `${type} ${reason} of ${regarding.name}: ${note}`,
        )
    }
    const event = 'Warning NoEndpointForPort of web: no serving endpoint has port 8080/TCP (admin)'

    it('by one event, again only when other ports are missing, or after all were there', () => {
      const notes = start()
      expect(notes(missing)).to.deep.equal([event])
      expect(notes(missing)).to.deep.equal([])
      expect(notes(of({ ...one }, ['TCP/http', 'UDP/http']))).to.deep.equal([])
      expect(notes(of(one, []))).to.have.length(1)
      expect(notes(of(one, ['TCP/http', 'UDP/http', 'TCP/admin']))).to.deep.equal([])
      expect(notes(missing)).to.deep.equal([event])
    })

    it('not after a restart, when it stands in the status; not of a Service without an address', () => {
      expect(start()(of({ ...one, portsStand: true }, ['TCP/http']))).to.deep.equal([])
      expect(start()({ ...missing, pools: [] })).to.deep.equal([])
    })

    it('of whom it has become so since the last time, whatever comes', () => {
      fc.assert(
        fc.property(fc.array(anyScene, { minLength: 1, maxLength: 8 }), (scenes) => {
          const portEvents = startPortEvents()
          let last: ReadonlyMap<string, string> | undefined
          for (const snapshot of scenes.map(sceneOf)) {
            const plan = planController(snapshot)
            const due = messages(snapshot, plan)
            const told = portEvents(snapshot, plan).map(({ regarding, note }) => [regarding.name, note])
            expect(told).to.have.deep.members([...due].filter(([name, note]) => last?.get(name) !== note))
            last = due
          }
        }),
      )
    })

    it('for what changed alone: no other Service is looked at', () => {
      let looks = 0
      const services = Array.from({ length: 256 }, (_, index): Service => {
        const { ports, ...rest } = webAt(index)
        return {
          ...rest,
          get ports() {
            looks++
            return ports
          },
        }
      })
      const lacking = [{ ...endpoint('node-a'), ports: ['TCP/http'] }]
      const endpoints = layeredMap(new Map(services.map(({ key }) => [key, lacking])))
      const snapshot = { ...cluster(['node-a'], { pools: lanPools, services }), endpoints }
      const plan = planController(snapshot)
      const portEvents = startPortEvents()
      expect(portEvents(snapshot, plan)).to.have.length(256)
      looks = 0
      expect(portEvents(snapshot, plan)).to.deep.equal([])
      expect(looks).to.equal(0)
      const key = services[7]?.key ?? ''
      const changed = withChanges(endpoints, new Map([[key, [{ ...endpoint('node-a'), ports: [] }]]]))
      expect(portEvents({ ...snapshot, endpoints: changed }, plan)).to.have.length(1)
      expect(looks).to.be.within(1, 2)
    })

    it('by the overview', () => {
      const [shown] = overviewOf(missing, []).services
      expect(shown?.verdicts.map(({ reason }) => reason)).to.include('NoEndpointForPort')
    })
  })
})
