// How routers spread connections: each node counts those that reach it, by the router that they came through.
import { dig, digList, digText } from '../../test/support/dig.ts'
import { namespaceName, nodeNames, routerNames } from './names.ts'
import type { NodeName, RouterName } from './names.ts'
import { macOf } from './network.ts'
import { run } from './shell.ts'

export type Flows = Readonly<Record<RouterName, Readonly<Record<NodeName, number>>>>

const table = 'inet herald_lab_flows'

/** Counts from zero: first packets of TCP connections that a router brings. */
export async function startCounting(id: string): Promise<void> {
  const rules = await Promise.all(
    routerNames.map(
      async (router) =>
        `ether saddr ${await macOf(id, router)} tcp flags & (syn | ack) == syn counter name ${router}`,
    ),
  )
  const text = [
    `table ${table}`, // so that the next line has something to delete
    `delete table ${table}`,
    `table ${table} {`,
    ...routerNames.map((router) => `counter ${router} { }`),
    'chain in {',
    'type filter hook prerouting priority raw;',
    ...rules,
    '}',
    '}',
  ]
  await Promise.all(nodeNames.map((node) => nft(id, node, ['-f', '-'], `${text.join('\n')}\n`)))
}

export async function countedFlows(id: string): Promise<Flows> {
  const [a, b, c] = await Promise.all([
    countsOf(id, 'node-a'),
    countsOf(id, 'node-b'),
    countsOf(id, 'node-c'),
  ])
  const of = (router: RouterName) => ({
    'node-a': a.get(router) ?? 0,
    'node-b': b.get(router) ?? 0,
    'node-c': c.get(router) ?? 0,
  })
  return { frr: of('frr'), bird: of('bird') }
}

async function countsOf(id: string, node: NodeName): Promise<ReadonlyMap<string, number>> {
  const listed: unknown = JSON.parse(
    await nft(id, node, ['-j', 'list', 'counters', 'table', ...table.split(' ')]),
  )
  const counters = digList(listed, 'nftables').flatMap((one) => dig(one, 'counter') ?? [])
  return new Map(
    counters.map((counter) => [digText(counter, 'name') ?? '', Number(dig(counter, 'packets') ?? 0)]),
  )
}

function nft(id: string, node: NodeName, args: readonly string[], input?: string): Promise<string> {
  return run('nsenter', [`--net=/run/netns/${namespaceName(id, node)}`, 'nft', ...args], input)
}

/** Nodes that got at least one connection through that router. */
export function nodesReached(flows: Flows[RouterName]): readonly NodeName[] {
  return nodeNames.filter((node) => flows[node] > 0)
}
