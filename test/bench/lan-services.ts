// Twenty dual-stack Services, one after the other, as a client on the LAN sees them: when the address is there, when it
// is announced, when HTTP is answered. As root: node test/bench/lan-services.ts
import type { Lab } from '../../hack/lab/lab.ts'
import type { CreationFigures } from '../../hack/lab/measure.ts'
import { measureCreation } from '../../hack/lab/measure.ts'
import { namespaceName } from '../../hack/lab/names.ts'
import { serviceObject, servicesPath } from '../../hack/lab/objects.ts'
import { monotonicMs } from '../../hack/lab/probe/records.ts'
import { runIn } from '../../hack/lab/shell.ts'
import { say, tell } from './figure.ts'
import type { About } from './figure.ts'
import { onLab } from './on-lab.ts'
import { writesOf } from './services.ts'

const count = 20

/** What holds the first answer back, on this Kubernetes: k8s.io/kubernetes/pkg/proxy/runner. */
const proxyPace =
  'kube-proxy syncs at once when a Service is created, and no sooner than a second after its last sync for what comes next, the address above all; so the figure tells when in that second the Service came. See the comparison below'

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

/**
 * What any load balancer can reach at best on this Kubernetes: nobody allocates (the bench writes the address as soon as
 * the Service is there) and nobody announces (the client was told the MAC address of a node before).
 */
async function measureAtOnce(lab: Lab, index: number): Promise<{ writtenMs: number; firstReplyMs: number }> {
  const address = `10.10.121.${index + 1}`
  const name = `at-once-${index}`
  const neighbour = ['neigh', 'replace', address, 'lladdr', await lab.macOf('node-a'), 'dev', 'eth0']
  await runIn(namespaceName(lab.id, 'client'), 'ip', [...neighbour, 'nud', 'permanent'])
  const spec = {
    loadBalancerClass: 'example.org/nobody',
    ipFamilyPolicy: 'SingleStack',
    ipFamilies: ['IPv4'],
  }
  const createdAt = monotonicMs()
  await lab.api.create(servicesPath, serviceObject({ name, spec }))
  const status = { loadBalancer: { ingress: [{ ip: address }] } }
  await lab.api.merge(`${servicesPath}/${name}/status`, { status })
  const writtenAt = monotonicMs()
  const { answeredAt } = await lab.client.firstReply(address, 80, 20_000)
  return { writtenMs: writtenAt - createdAt, firstReplyMs: (answeredAt ?? Number.NaN) - createdAt }
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
  const atOnce: { writtenMs: number; firstReplyMs: number }[] = []
  for (let index = 0; index < count; index++) atOnce.push(await measureAtOnce(lab, index))
  tell(
    {
      figure:
        'for comparison, without Herald: created → first HTTP answer, IPv4, when the address is written at once and the client knows the MAC address',
      unit: 'ms',
      note: 'what kube-proxy takes by itself, whoever the load balancer is',
    },
    atOnce.map(({ firstReplyMs }) => firstReplyMs),
  )
  tell(
    {
      figure:
        'for comparison, without Herald: created and its address written at once by the bench, one after the other',
      unit: 'ms',
      note: 'what the API server takes by itself',
    },
    atOnce.map(({ writtenMs }) => writtenMs),
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
