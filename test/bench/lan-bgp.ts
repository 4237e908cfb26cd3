// Twenty dual-stack Services, one after the other, as the kernels of BIRD and FRR hear of them from three nodes: when the
// first route is there, when it leads over all nodes, and when it is gone. As root: node test/bench/lan-bgp.ts [how many]
import { bgpOf, untilEstablished, untilSpread } from '../../hack/lab/bgp-measure.ts'
import { bgpAnnotations, createBgp } from '../../hack/lab/bgp-objects.ts'
import type { Lab } from '../../hack/lab/lab.ts'
import { nodeNames, routerNames } from '../../hack/lab/names.ts'
import type { RouterName } from '../../hack/lab/names.ts'
import { serviceObject, servicesPath } from '../../hack/lab/objects.ts'
import { monotonicMs } from '../../hack/lab/probe/records.ts'
import { watchRoutes } from '../../hack/lab/route-watch.ts'
import type { RouteWatch } from '../../hack/lab/route-watch.ts'
import { watchService } from '../../hack/lab/service-watch.ts'
import { pause } from '../support/until.ts'
import { say, tell } from './figure.ts'
import type { About } from './figure.ts'
import { onLab } from './on-lab.ts'

const count = Number(process.argv[2] ?? 20)

/** What `ip monitor` saw last is read by then. */
const readMs = 500

type Life = {
  readonly allocatedMs: number // since it was created, by a watch
  readonly told: Readonly<Record<RouterName, RouterSaw>>
}

type RouterSaw = { readonly firstMs: number; readonly allMs: number; readonly goneMs: number }

const rows: Readonly<Record<keyof RouterSaw, Omit<About, 'unit'>>> = {
  allMs: {
    figure: 'addresses in the status → its kernel has the route over all three nodes',
    goals: [
      { of: 'p50', most: 6 },
      { of: 'p99', most: 20 },
    ],
    metallb: 'p50 11, p99 31 (native BGP, BIRD)',
  },
  firstMs: {
    figure: 'Service created → first route in its kernel',
    goals: [
      { of: 'p50', most: 22 },
      { of: 'p99', most: 49.5 },
    ],
    metallb: 'p50 44, p99 99 (native BGP, BIRD)',
  },
  goneMs: {
    figure: 'Service deleted → last route gone from its kernel',
    goals: [
      { of: 'p50', most: 43.5 },
      { of: 'p99', most: 62 },
    ],
    metallb: 'p50 87, p99 124 (native BGP, BIRD)',
  },
}

async function lifeOf(lab: Lab, name: string): Promise<Life> {
  const service = await watchService(lab.api, name)
  const [frr, bird] = await Promise.all([watchRoutes(lab.id, 'frr'), watchRoutes(lab.id, 'bird')])
  const watches: Readonly<Record<RouterName, RouteWatch>> = { frr, bird }
  try {
    const createdAt = monotonicMs()
    await lab.api.create(servicesPath, serviceObject({ name, annotations: bgpAnnotations }))
    const { at: allocatedAt, addresses } = await service.allocated(2)
    const [IPv4 = '', IPv6 = ''] = addresses
    await untilSpread(lab, { IPv4, IPv6 }, nodeNames)
    await pause(readMs)
    const arrived = { frr: frr.changes(IPv4), bird: bird.changes(IPv4) }
    const deletedAt = monotonicMs()
    await lab.api.remove(`${servicesPath}/${name}`)
    await untilSpread(lab, { IPv4, IPv6 }, [])
    await pause(readMs)
    const saw = (router: RouterName): RouterSaw => ({
      firstMs: (arrived[router].at(0) ?? Number.NaN) - createdAt,
      allMs: (arrived[router].at(-1) ?? Number.NaN) - allocatedAt,
      goneMs: (watches[router].changes(IPv4).at(-1) ?? Number.NaN) - deletedAt,
    })
    return { allocatedMs: allocatedAt - createdAt, told: { frr: saw('frr'), bird: saw('bird') } }
  } finally {
    service.stop()
    for (const router of routerNames) watches[router].stop()
  }
}

/** The goals are of BIRD, as the figures that they are made of. */
function tellOf(router: RouterName, seen: readonly RouterSaw[]): void {
  for (const key of ['firstMs', 'allMs', 'goneMs'] as const) {
    const { figure, ...judged } = rows[key]
    const about = router === 'bird' ? { figure: `BIRD: ${figure}`, ...judged } : { figure: `FRR: ${figure}` }
    tell(
      { ...about, unit: 'ms' },
      seen.map((saw) => saw[key]),
    )
  }
}

await onLab(
  async (lab) => {
    await createBgp(lab.api)
    await untilEstablished(lab)
    say(`${nodeNames.length} nodes have sessions with ${Object.keys(bgpOf(lab).routers).join(' and ')}`)
    const lives: Life[] = []
    for (let index = 0; index < count; index++) {
      say(`Service ${index + 1} of ${count}`)
      lives.push(await lifeOf(lab, `bench-${index}`))
    }
    tell(
      { figure: 'Service created → its addresses in the status, by a watch', unit: 'ms' },
      lives.map(({ allocatedMs }) => allocatedMs),
    )
    for (const router of ['bird', 'frr'] as const)
      tellOf(
        router,
        lives.map(({ told }) => told[router]),
      )
  },
  { bgp: true },
)
