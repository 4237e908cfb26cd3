// What the lab shows of BGP, step by step, on real routers; each step says what was measured.
import { until } from '../../test/support/until.ts'
import {
  measureAnnouncement,
  measureBgpFailover,
  measureSpread,
  untilEstablished,
  untilSpread,
} from './bgp-measure.ts'
import type { AnnouncementFigures, Routed } from './bgp-measure.ts'
import { applyPeers, createBgp, holdTimeS } from './bgp-objects.ts'
import { rounded } from './figures.ts'
import type { Flows } from './flows.ts'
import { residentMb } from './herald.ts'
import type { Lab } from './lab.ts'
import { bgpOf } from './bgp-measure.ts'
import { bgpPoolRanges, nodeNames, nodesAs, routerNames, routers } from './names.ts'
import type { NodeName } from './names.ts'
import { bfdTimers } from './router.ts'
import { herald } from './story.ts'
import type { Telling } from './telling.ts'

/** They join the line that `--once --json` ends with. */
export type BgpFigures = AnnouncementFigures & {
  readonly bgpEcmpNodes: number
  readonly bgpSpeakerRssMb: number // with twelve sessions in the cluster, four of them its own
  readonly bgpFailoverMs: number // without BFD: the hold time of 9 s
  readonly bgpFailoverLost: number
  readonly bgpFailoverBfdMs: number // 300 ms × 3
  readonly bgpFailoverBfdLost: number
}

/** Backends stand on all nodes. */
export async function tellBgpStory(lab: Lab, tell: Telling): Promise<BgpFigures> {
  await tellOfPeers(lab, tell)
  const { figures, target } = await tellOfRoute(lab, tell)
  const bgpEcmpNodes = await tellOfSpread(lab, tell, target)
  const withoutBfd = await tellOfDeath(lab, tell, { target, node: 'node-b', patienceMs: 12_000 })
  await tellOfBfd(lab, tell)
  const withBfd = await tellOfDeath(lab, tell, { target, node: 'node-c', patienceMs: 4_000 })
  const bgpSpeakerRssMb = await tellOfMemory(lab, tell)
  return {
    bgpAnnounceMs: rounded(figures.bgpAnnounceMs),
    bgpFirstReplyMs: rounded(figures.bgpFirstReplyMs),
    bgpFirstReplyV6Ms: rounded(figures.bgpFirstReplyV6Ms),
    bgpEcmpNodes,
    bgpSpeakerRssMb,
    bgpFailoverMs: rounded(withoutBfd.failoverMs),
    bgpFailoverLost: withoutBfd.lost,
    bgpFailoverBfdMs: rounded(withBfd.failoverMs),
    bgpFailoverBfdLost: withBfd.lost,
  }
}

async function tellOfPeers(lab: Lab, tell: Telling): Promise<void> {
  tell.heading(
    `BGP: AS ${nodesAs} here, FRR in AS ${routers.frr.asNumber}, BIRD in AS ${routers.bird.asNumber}`,
  )
  tell.line(
    `a pool that lies on no LAN, ${bgpPoolRanges.join(', ')}, and each router as a peer by each family`,
  )
  await createBgp(lab.api)
  await untilEstablished(lab)
  tell.block(await lab.kubectl(['-n', 'metallb-system', 'get', 'bgppeers']))
}

async function tellOfRoute(lab: Lab, tell: Telling) {
  tell.heading('a Service of type LoadBalancer from that pool, policy Local: all nodes announce it')
  const { figures, target } = await measureAnnouncement(lab, 'routed')
  tell.line(
    `both routers forward to ${target.IPv4} after ${rounded(figures.bgpAnnounceMs)} ms (their kernels say so)`,
  )
  tell.line(
    `first HTTP answer to the client behind them after ${rounded(figures.bgpFirstReplyMs)} ms by IPv4, ${rounded(figures.bgpFirstReplyV6Ms)} ms by IPv6`,
  )
  await untilSpread(lab, target, nodeNames)
  tell.line('herald bgp routes')
  tell.block(await herald(lab, ['bgp', 'routes']))
  tell.line('the routers themselves: vtysh -c "show ip route …", birdc show route')
  const { frr, bird } = bgpOf(lab).routers
  tell.block(await frr.ask(`show ip route ${target.IPv4}`))
  tell.block(await bird.ask(`show route for ${target.IPv4}`))
  return { figures, target }
}

async function tellOfSpread(lab: Lab, tell: Telling, target: Routed): Promise<number> {
  tell.heading(
    'ECMP: one connection every 5 ms for 2 s, counted on each node by the router that they came through',
  )
  const { flows, bgpEcmpNodes, unanswered } = await measureSpread(lab, target.IPv4)
  for (const router of routerNames) tell.line(`through ${router}: ${inWords(flows[router])}`)
  tell.line(`not answered: ${unanswered}`)
  return bgpEcmpNodes
}

function inWords(flows: Flows['frr']): string {
  return nodeNames.map((node) => `${node} ${flows[node]}`).join(', ')
}

type Death = { readonly target: Routed; readonly node: NodeName; readonly patienceMs: number }

async function tellOfDeath(lab: Lab, tell: Telling, { target, node, patienceMs }: Death) {
  tell.heading(`power and cable of ${node} are gone; the client behind asks every 10 ms`)
  const figures = await measureBgpFailover(lab, { address: target.IPv4, node, patienceMs })
  tell.line(
    `the last connection was lost ${rounded(figures.failoverMs)} ms after that, ${figures.lost} in all`,
  )
  await untilSpread(
    lab,
    target,
    nodeNames.filter((other) => other !== node),
  )
  await lab.powerOn(node)
  await untilSpread(lab, target, nodeNames)
  tell.line(`${node} has booted again, and the routers use it`)
  return figures
}

async function tellOfBfd(lab: Lab, tell: Telling): Promise<void> {
  const { intervalMs, detectMultiplier } = bfdTimers
  tell.heading(
    `BFD at ${intervalMs} ms × ${detectMultiplier}: BGPPeers name a BFDProfile (without: hold time ${holdTimeS} s)`,
  )
  await applyPeers(lab.api, { bfd: true })
  const { frr } = bgpOf(lab).routers
  const up = await until(
    'BFD is up on FRR',
    async () => {
      const text = await frr.ask('show bfd peers brief')
      return (text.match(/\bup\b/g) ?? []).length === nodeNames.length * 2 ? text : undefined
    },
    { timeoutMs: 60_000 },
  )
  tell.block(up)
  tell.line('herald bgp sessions')
  tell.block(await herald(lab, ['bgp', 'sessions']))
}

async function tellOfMemory(lab: Lab, tell: Telling): Promise<number> {
  const speaker = lab.speaker('node-a')
  if (speaker === undefined) throw new Error('the speaker of node-a does not run')
  const rssMb = await residentMb(speaker.pid)
  tell.heading(`resident memory of a speaker with its bgp worker: ${rssMb} MB`)
  return rssMb
}
