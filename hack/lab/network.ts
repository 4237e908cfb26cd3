// The lab's LAN: a bridge in a namespace of its own, and one namespace for the client, the API server and each
// node, all on that bridge by IPv4 and IPv6. The machine's own network is not touched.
import { lan, namespaceName, nodeAddresses, nodeNames } from './names.ts'
import type { NodeName, Place, RouterName } from './names.ts'
import { ip, run, sysctl } from './shell.ts'

export type NetworkOptions = { readonly multicastSnooping?: boolean }

type Host = 'client' | 'api' | NodeName

const hosts: readonly Host[] = ['client', 'api', ...nodeNames]

export async function makeNetwork(id: string, options: NetworkOptions = {}): Promise<void> {
  const places: readonly Place[] = ['lan', ...hosts]
  await ip(places.map((place) => `netns add ${namespaceName(id, place)}`))
  await Promise.all(places.map((place) => sysctl(namespaceName(id, place), quietAddresses)))
  await makeBridge(id, options)
  await Promise.all(hosts.map((host) => configureHost(id, host)))
}

// Addresses are usable at once: the lab knows that nobody else has them.
export const quietAddresses = {
  'net.ipv6.conf.all.accept_dad': 0,
  'net.ipv6.conf.default.accept_dad': 0,
  'net.ipv6.conf.default.dad_transmits': 0,
  'net.ipv6.conf.default.accept_ra': 0,
}

// Snooping without a querier floods unknown groups only until the first report is heard: off as on most LANs
// without IGMP routers, and on in one test.
async function makeBridge(id: string, options: NetworkOptions): Promise<void> {
  const bridge = namespaceName(id, 'lan')
  const snooping = options.multicastSnooping === true ? 1 : 0
  const cables = hosts.map(
    (host) => `link add ${portOf(host)} type veth peer name eth0 netns ${namespaceName(id, host)}`,
  )
  await ip(
    [
      `link add br0 type bridge mcast_snooping ${snooping}`,
      ...cables,
      ...hosts.map((host) => `link set ${portOf(host)} master br0 up`),
      'link set br0 up',
      'link set lo up',
    ],
    bridge,
  )
}

async function configureHost(id: string, host: Host): Promise<void> {
  const namespace = namespaceName(id, host)
  if (isNode(host)) await sysctl(namespace, forwarding)
  await ip(['link set lo up', ...addressLines(host)], namespace)
  if (isNode(host)) await ip(routeLines(host), namespace)
}

function addressLines(host: Host): readonly string[] {
  const { IPv4, IPv6 } = isNode(host) ? nodeAddresses(host) : lan[host]
  return [
    'link set eth0 up',
    `addr replace ${IPv4}/${lan.prefixLength.IPv4} dev eth0`,
    `addr replace ${IPv6}/${lan.prefixLength.IPv6} dev eth0 nodad`,
  ]
}

// Each node leads the others to its pods. The default route lets the kernel and kube-proxy find "the" address.
function routeLines(node: NodeName): readonly string[] {
  const others = nodeNames.filter((other) => other !== node).map(nodeAddresses)
  return [
    ...others.flatMap((other) => [
      `route replace ${other.podRange.IPv4} via ${other.IPv4}`,
      `route replace ${other.podRange.IPv6} via ${other.IPv6}`,
    ]),
    `route replace default via ${lan.gateway.IPv4}`,
    `route replace default via ${lan.gateway.IPv6}`,
  ]
}

export const forwarding = {
  'net.ipv4.ip_forward': 1,
  'net.ipv6.conf.all.forwarding': 1,
  'net.ipv4.conf.all.rp_filter': 0,
  'net.ipv4.conf.default.rp_filter': 0,
}

/** The cable is pulled or plugged at the switch: the node's link loses its carrier. */
export async function setCable(id: string, host: Host | RouterName, state: 'up' | 'down'): Promise<void> {
  await ip([`link set ${portOf(host)} ${state}`], namespaceName(id, 'lan'))
}

/** The switch forwards nothing of the host and nothing to it; the carrier stays, so that the host is not told. */
export async function setForwarding(id: string, host: Host, state: 'on' | 'off'): Promise<void> {
  const master = state === 'on' ? 'master br0' : 'nomaster'
  await ip([`link set ${portOf(host)} ${master}`], namespaceName(id, 'lan'))
}

/** The node's own administrator sets the link down (the kernel forgets routes and IPv6 addresses) or up again. */
export async function setLink(id: string, node: NodeName, state: 'up' | 'down'): Promise<void> {
  if (state === 'down') return ip(['link set eth0 down'], namespaceName(id, node))
  await ip([...addressLines(node), ...routeLines(node)], namespaceName(id, node))
}

export async function setMac(id: string, node: NodeName, mac: string): Promise<void> {
  await ip([`link set eth0 address ${mac}`], namespaceName(id, node))
}

export async function macOf(id: string, host: Host | RouterName): Promise<string> {
  const text = await run('ip', ['-netns', namespaceName(id, host), '-o', 'link', 'show', 'eth0'])
  const mac = /link\/ether (\S+)/.exec(text)?.[1]
  if (mac === undefined) throw new Error(`${host} has no MAC address on eth0`)
  return mac
}

/** Nothing of the node reaches the API server any more, and nothing else is touched. */
export async function cutApi(id: string, node: NodeName): Promise<void> {
  const rules = [
    'table inet herald_lab_cut {',
    `  chain out { type filter hook output priority -300; ip daddr ${lan.api.IPv4} drop; }`,
    `  chain in { type filter hook input priority -300; ip saddr ${lan.api.IPv4} drop; }`,
    '}',
  ]
  await nft(id, node, rules.join('\n'))
}

export async function mendApi(id: string, node: NodeName): Promise<void> {
  await nft(id, node, 'delete table inet herald_lab_cut\n')
}

async function nft(id: string, node: NodeName, rules: string): Promise<void> {
  await run('nsenter', [`--net=/run/netns/${namespaceName(id, node)}`, 'nft', '-f', '-'], rules)
}

/** By name, whatever of it exists: pods' namespaces too. */
export async function removeNetwork(id: string): Promise<void> {
  const listed = await run('ip', ['netns', 'list'])
  const names = listed.split('\n').flatMap((line) => line.split(' ')[0] ?? [])
  const own = names.filter((name) => name.startsWith(`herald-${id}-`))
  if (own.length > 0) await ip(own.map((name) => `netns delete ${name}`))
}

export function portOf(host: Host | RouterName): string {
  return `to-${host}`
}

function isNode(place: Host): place is NodeName {
  return nodeNames.some((node) => node === place)
}
