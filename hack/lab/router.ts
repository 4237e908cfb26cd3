// What the lab asks of a router, whichever it is: its own view of sessions and routes, and what may befall it.
import { dig, digList, digText } from '../../test/support/dig.ts'
import type { Running } from '../../test/support/process.ts'
import { namespaceName, nodeAddresses, nodeNames } from './names.ts'
import type { NodeName, RouterName } from './names.ts'
import { run } from './shell.ts'

export type Router = {
  readonly name: RouterName
  /** The answer of vtysh or birdc. */
  readonly ask: (command: string) => Promise<string>
  /** States of its sessions by the node's address, in the words of RFC 4271; a node that it waits for is Active. */
  readonly sessions: () => Promise<ReadonlyMap<string, string>>
  /** Nodes that its BGP has heard the prefix from, by next hop. */
  readonly heardFrom: (prefix: string) => Promise<readonly NodeName[]>
  /** Nodes over which its kernel spreads what goes to the prefix. */
  readonly spreadsOver: (prefix: string) => Promise<readonly NodeName[]>
  readonly daemons: readonly Daemon[]
  readonly questions: readonly string[] // for `ask`: all that there is to know of sessions and routes
  readonly freeze: () => void // every daemon stands still, the cable is whole
  readonly thaw: () => void
  readonly stop: () => Promise<void>
}

export type Daemon = Running & { readonly logFile: string }

/** What stands in a router's configuration about the nodes: it waits for them, and dials none. */
export const nodeNeighbours = nodeNames.flatMap((node) => {
  const { IPv4, IPv6 } = nodeAddresses(node)
  return [
    { node, family: 'IPv4', address: IPv4 },
    { node, family: 'IPv6', address: IPv6 },
  ] as const
})

/** BFD of the lab: what a CI machine under load keeps up with. */
export const bfdTimers = { intervalMs: 300, detectMultiplier: 3 } as const

/** Whose address it is; undefined: nobody's of the nodes. */
export function nodeWithAddress(address: string): NodeName | undefined {
  return nodeNeighbours.find((neighbour) => neighbour.address === address)?.node
}

/** In the order of the nodes, each once. */
export function nodesWithAddresses(addresses: readonly string[]): readonly NodeName[] {
  const found = new Set(addresses.map(nodeWithAddress))
  return nodeNames.filter((node) => found.has(node))
}

/** The kernel's table is what packets follow. By IPv6 a router may know its neighbours by link-local addresses. */
export async function kernelSpreadsOver(
  id: string,
  router: RouterName,
  prefix: string,
): Promise<readonly NodeName[]> {
  const family = prefix.includes(':') ? '-6' : '-4'
  const routes = await listed(namespaceName(id, router), [family, '-j', 'route', 'show', 'exact', prefix])
  const hops = routes.flatMap((route) => [route, ...digList(dig(route, 'nexthops'))])
  const gateways = new Set(hops.flatMap((hop) => digText(hop, 'gateway') ?? []))
  const addresses = await Promise.all(nodeNames.map((node) => addressesOfNode(id, node)))
  return nodeNames.filter((_, index) => addresses[index]?.some((address) => gateways.has(address)))
}

async function addressesOfNode(id: string, node: NodeName): Promise<readonly string[]> {
  const links = await listed(namespaceName(id, node), ['-j', 'address', 'show', 'dev', 'eth0'])
  return links.flatMap((link) => digList(link, 'addr_info')).flatMap((one) => digText(one, 'local') ?? [])
}

async function listed(namespace: string, args: readonly string[]): Promise<readonly unknown[]> {
  const text = await run('ip', ['-netns', namespace, ...args])
  return digList(JSON.parse(text || '[]'))
}
