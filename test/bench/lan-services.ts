// Twenty dual-stack Services, one after the other, as a client on the LAN sees them: when the address is there, when it
// is announced, when HTTP is answered. As root: node test/bench/lan-services.ts
import type { CreationFigures } from '../../hack/lab/measure.ts'
import { measureCreation } from '../../hack/lab/measure.ts'
import { say, tell } from './figure.ts'
import type { About } from './figure.ts'
import { onLab } from './on-lab.ts'
import { writesOf } from './services.ts'

const count = 20

/** What holds the first answer back, on this Kubernetes: k8s.io/kubernetes/pkg/proxy/runner. */
const proxyPace =
  'kube-proxy syncs at the creation of the Service, and next, with its address, no sooner than a second later (its default)'

const rows: Readonly<Record<keyof CreationFigures, Omit<About, 'unit'>>> = {
  allocateMs: {
    figure: 'Service created → its addresses in the status, by a watch',
    goals: [
      { of: 'p50', most: 28.5 },
      { of: 'p99', most: 117 },
    ],
    metallb: 'p50 57, p99 235',
  },
  announceMs: { figure: 'created → announced on the LAN' },
  firstReplyMs: {
    figure: 'created → first HTTP answer, IPv4',
    goals: [
      { of: 'p50', most: 60 },
      { of: 'p99', most: 300 },
    ],
    metallb: 'p50 82, p99 1,270',
    note: proxyPace,
  },
  firstReplyV6Ms: {
    figure: 'created → first HTTP answer, IPv6',
    goals: [
      { of: 'p50', most: 60 },
      { of: 'p99', most: 300 },
    ],
    metallb: 'p50 868, p99 1,400',
    note: proxyPace,
  },
}

await onLab(async (lab) => {
  const seen: CreationFigures[] = []
  const before = await writesOf(lab.api, 'services', 'status')
  for (let index = 0; index < count; index++) {
    const { figures, target } = await measureCreation(lab, `bench-${index}`)
    say(`Service ${index + 1} of ${count}: ${target.owner}`)
    seen.push(figures)
  }
  const writes = (await writesOf(lab.api, 'services', 'status')) - before
  for (const key of ['allocateMs', 'announceMs', 'firstReplyMs', 'firstReplyV6Ms'] as const)
    tell(
      { ...rows[key], unit: 'ms' },
      seen.map((figures) => figures[key]),
    )
  tell(
    {
      figure: 'writes of Service status that the API server counts, for each Service',
      unit: 'writes',
      goals: [{ of: 'max', most: 2 }],
      note: 'one for the address, at most one when first announced',
    },
    writes / count,
  )
})
