// What the lab calls things, and the addresses of its LAN. Everything it makes bears its name, so that
// `down` finds it also when the one who made it is gone.

export type NodeName = 'node-a' | 'node-b' | 'node-c'
export const nodeNames: readonly NodeName[] = ['node-a', 'node-b', 'node-c']

/** Routers of the lab with BGP: on the nodes' LAN with one leg, on the LAN behind them with the other. */
export type RouterName = 'frr' | 'bird'
export const routerNames: readonly RouterName[] = ['frr', 'bird']

/** `away` is the client behind the routers. */
export type Place = 'lan' | 'client' | 'api' | NodeName | RouterName | 'away'

export const lan = {
  prefixLength: { IPv4: 16, IPv6: 64 },
  client: { IPv4: '10.10.0.10', IPv6: 'fd00:10::10' },
  api: { IPv4: '10.10.0.2', IPv6: 'fd00:10::2' },
  gateway: { IPv4: '10.10.0.2', IPv6: 'fd00:10::2' }, // the nodes' default route: it leads nowhere
} as const

/** The LAN behind the routers. */
export const backLan = {
  prefixLength: { IPv4: 16, IPv6: 64 },
  range: { IPv4: '10.20.0.0/16', IPv6: 'fd00:20::/64' },
  away: { IPv4: '10.20.0.10', IPv6: 'fd00:20::10' },
} as const

export const nodesAs = 64_512

export const routers = {
  frr: {
    asNumber: 64_513,
    near: { IPv4: '10.10.0.21', IPv6: 'fd00:10::21' }, // on the nodes' LAN
    far: { IPv4: '10.20.0.21', IPv6: 'fd00:20::21' }, // on the LAN behind
  },
  bird: {
    asNumber: 64_514,
    near: { IPv4: '10.10.0.22', IPv6: 'fd00:10::22' },
    far: { IPv4: '10.20.0.22', IPv6: 'fd00:20::22' },
  },
} as const

/** What is announced by BGP lies on no LAN: only a route leads there. */
export const bgpPoolRanges: readonly string[] = ['10.30.0.1-10.30.0.254', 'fd00:30::1-fd00:30::ff']

/** What the lab gives to Services: on the LAN, beside its hosts. */
export const poolRanges: readonly string[] = ['10.10.100.1-10.10.119.255', 'fd00:10::1:1-fd00:10::1:ffff']

export type NodeAddresses = {
  readonly IPv4: string
  readonly IPv6: string
  readonly podRange: { readonly IPv4: string; readonly IPv6: string } // CIDR
}

export function nodeAddresses(node: NodeName): NodeAddresses {
  const number = nodeNames.indexOf(node) + 1
  return {
    IPv4: `10.10.0.1${number}`,
    IPv6: `fd00:10::1${number}`,
    podRange: { IPv4: `10.244.${number}.0/24`, IPv6: `fd00:244:0:${number}::/64` },
  }
}

/** Pods take the host numbers from 2; 1 is the node's end of each pod's link. */
export function podAddresses(node: NodeName, host: number): { readonly IPv4: string; readonly IPv6: string } {
  const number = nodeNames.indexOf(node) + 1
  return { IPv4: `10.244.${number}.${host}`, IPv6: `fd00:244:0:${number}::${host.toString(16)}` }
}

export const clusterRange = '10.244.0.0/16,fd00:244::/48'

/** A lab has an id: 'lab' for `npm run lab`, another one for each test run, so that they may stand side by side. */
export function namespaceName(id: string, place: Place): string {
  return `herald-${id}-${place}`
}

export function podNamespaceName(id: string, node: NodeName, host: number): string {
  return `herald-${id}-pod-${node.slice(-1)}${host}`
}

/** The folder that says what a running lab is made of. */
export function stateFolder(id: string): string {
  return `/run/herald-${id}`
}
