// What is measured of BGP, by the routers' kernels and by the client behind them. Figures in ms.
import { pause, untilTrue } from '../../test/support/until.ts'
import { bgpAnnotations } from './bgp-objects.ts'
import { plightOf } from './bgp-plight.ts'
import { lastFailureMs, unanswered } from './figures.ts'
import { countedFlows, nodesReached, startCounting } from './flows.ts'
import type { Flows } from './flows.ts'
import type { Lab, LabBgp } from './lab.ts'
import { nodeNames, routerNames } from './names.ts'
import type { NodeName } from './names.ts'
import { serviceObject, servicesPath } from './objects.ts'
import { monotonicMs } from './probe/records.ts'
import { watchRoutes } from './route-watch.ts'
import { watchService } from './service-watch.ts'

/** The routers and the client behind them, of a lab that was started with them. */
export function bgpOf(lab: Lab): LabBgp {
  if (lab.bgp === undefined) throw new Error('this lab was started without routers')
  return lab.bgp
}

export type Routed = { readonly IPv4: string; readonly IPv6: string }

/** Every session that there is to be, in the eyes of both routers. */
export async function untilEstablished(
  lab: Lab,
  nodes: readonly NodeName[] = nodeNames,
  timeoutMs = 60_000,
): Promise<void> {
  const { routers } = bgpOf(lab)
  const isUp = async (): Promise<boolean> => {
    lab.stillThere()
    const sessions = await Promise.all(routerNames.map((name) => routers[name].sessions()))
    const states = sessions.flatMap((one) => [...one.values()])
    return states.filter((state) => state === 'Established').length === nodes.length * 4
  }
  const what = `${nodes.join(', ')} have sessions with both routers`
  await untilTrue(what, isUp, { timeoutMs }).catch(tellPlight(lab))
}

/** Both routers spread over exactly these nodes, by both families, in their kernels. */
export async function untilSpread(
  lab: Lab,
  { IPv4, IPv6 }: Routed,
  nodes: readonly NodeName[],
): Promise<void> {
  const { routers } = bgpOf(lab)
  const prefixes = [`${IPv4}/32`, `${IPv6}/128`]
  const asked = routerNames.flatMap((name) => prefixes.map((prefix) => ({ name, prefix })))
  const wanted = nodes.join()
  const isSpread = async (): Promise<boolean> => {
    lab.stillThere()
    const answers = await Promise.all(asked.map(({ name, prefix }) => routers[name].spreadsOver(prefix)))
    return answers.every((answer) => answer.join() === wanted)
  }
  const what = `the routers spread ${IPv4} over ${nodes.join(', ') || 'nobody'}`
  await untilTrue(what, isSpread, { timeoutMs: 60_000 }).catch(tellPlight(lab, prefixes))
}

function tellPlight(lab: Lab, prefixes: readonly string[] = []): (cause: unknown) => Promise<never> {
  return async (cause) => {
    throw new Error(`${String(cause)}\n\n${await plightOf(lab, bgpOf(lab).routers, prefixes)}`, { cause })
  }
}

export type AnnouncementFigures = {
  readonly bgpAnnounceMs: number // both routers' kernels have the first route
  readonly bgpFirstReplyMs: number
  readonly bgpFirstReplyV6Ms: number
}

/** Creates a dual-stack Service, policy Local; every figure counts from just before the request. */
export async function measureAnnouncement(
  lab: Lab,
  name: string,
): Promise<{ readonly figures: AnnouncementFigures; readonly target: Routed }> {
  const { client } = bgpOf(lab)
  const service = await watchService(lab.api, name)
  const watches = await Promise.all(routerNames.map((router) => watchRoutes(lab.id, router)))
  try {
    const createdAt = monotonicMs()
    const spec = { externalTrafficPolicy: 'Local' }
    await lab.api.create(servicesPath, serviceObject({ name, annotations: bgpAnnotations, spec }))
    const [IPv4 = '', IPv6 = ''] = (await service.allocated(2)).addresses
    const [routed, first, firstV6] = await Promise.all([
      Promise.all(watches.map((watch) => watch.routed(IPv4))),
      client.firstReply(IPv4, 80, 20_000),
      client.firstReply(IPv6, 80, 20_000),
    ])
    const since = (at: number | undefined): number => (at ?? Number.NaN) - createdAt
    const figures = {
      bgpAnnounceMs: since(Math.max(...routed)),
      bgpFirstReplyMs: since(first.answeredAt),
      bgpFirstReplyV6Ms: since(firstV6.answeredAt),
    }
    return { figures, target: { IPv4, IPv6 } }
  } finally {
    service.stop()
    for (const watch of watches) watch.stop()
  }
}

/** One connection every 5 ms for two seconds: which nodes get them, through which router. */
export async function measureSpread(
  lab: Lab,
  address: string,
): Promise<{
  readonly flows: Flows
  readonly bgpEcmpNodes: number // reached through each of the routers
  readonly unanswered: number
}> {
  await startCounting(lab.id)
  const asking = await bgpOf(lab).client.askHttp({ address, port: 80, everyMs: 5, timeoutMs: 1_000 })
  await pause(2_000)
  const records = await asking.stop()
  const flows = await countedFlows(lab.id)
  const reached = routerNames.map((router) => nodesReached(flows[router]).length)
  return { flows, bgpEcmpNodes: Math.min(...reached), unanswered: unanswered(records) }
}

/**
 * Power and cable of the node are gone: how long after that connections still go to it and are lost. `patienceMs`:
 * longer than the routers believe in it.
 */
export async function measureBgpFailover(
  lab: Lab,
  {
    address,
    node,
    patienceMs,
  }: { readonly address: string; readonly node: NodeName; readonly patienceMs: number },
): Promise<{ readonly failoverMs: number; readonly lost: number }> {
  const asking = await bgpOf(lab).client.askHttp({ address, port: 80, everyMs: 10, timeoutMs: 1_000 })
  await pause(1_000)
  const deadAt = monotonicMs()
  await lab.powerOff(node)
  await pause(patienceMs)
  const records = await asking.stop()
  return { failoverMs: lastFailureMs(records, deadAt), lost: unanswered(records) }
}
