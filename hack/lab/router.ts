// What the lab asks of a router, whichever it is: its own view of sessions and routes, and what may befall it.
import { dig, digList, digText } from '../../test/support/dig.ts'
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
  readonly freeze: () => void // every daemon stands still, the cable is whole
  readonly thaw: () => void
  readonly stop: () => Promise<void>
}

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

/** The kernel's table is what packets follow. */
export async function kernelNextHops(
  id: string,
  router: RouterName,
  prefix: string,
): Promise<readonly string[]> {
  const family = prefix.includes(':') ? '-6' : '-4'
  const namespace = namespaceName(id, router)
  const listed: unknown = JSON.parse(
    (await run('ip', ['-netns', namespace, family, '-j', 'route', 'show', 'exact', prefix])) || '[]',
  )
  return digList(listed).flatMap((route) => {
    const hops = [route, ...digList(dig(route, 'nexthops'))]
    return hops.flatMap((hop) => digText(hop, 'gateway') ?? [])
  })
}
