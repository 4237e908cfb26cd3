// The lab behind the lab: two routers on the nodes' LAN, a LAN behind them, and a client on that one. Whoever forwards
// spreads connections over all that lead to the same place, by address and port.
import { backLan, lan, namespaceName, nodeNames, routerNames, routers } from './names.ts'
import type { RouterName } from './names.ts'
import { forwarding, portOf, quietAddresses } from './network.ts'
import { ip, sysctl } from './shell.ts'

type ByFamily = { readonly IPv4: string; readonly IPv6: string }

/** Beside a network that stands (network.ts); removed together with it. */
export async function makeBackNetwork(id: string): Promise<void> {
  const places = [...routerNames, 'away'] as const
  await ip(places.map((place) => `netns add ${namespaceName(id, place)}`))
  await Promise.all(
    places.map((place) =>
      sysctl(namespaceName(id, place), { ...quietAddresses, ...forwarding, ...spreading }),
    ),
  )
  await layCables(id)
  await Promise.all([...routerNames.map((router) => configureRouter(id, router)), configureAway(id)])
  await Promise.all(nodeNames.map((node) => ip(viaRouters(backLan.range, 'near'), namespaceName(id, node))))
}

// 1: by addresses and ports. A neighbour that does not answer is left out, so that a router that died is avoided.
const spreading = {
  'net.ipv4.fib_multipath_hash_policy': 1,
  'net.ipv6.fib_multipath_hash_policy': 1,
  'net.ipv4.fib_multipath_use_neigh': 1,
}

async function layCables(id: string): Promise<void> {
  const end = (port: string, device: string, place: RouterName | 'away') =>
    `link add ${port} type veth peer name ${device} netns ${namespaceName(id, place)}`
  const near = routerNames.flatMap((router) => [
    end(portOf(router), 'eth0', router),
    `link set ${portOf(router)} master br0 up`,
  ])
  const far = routerNames.flatMap((router) => [
    end(`back-${router}`, 'eth1', router),
    `link set back-${router} master br1 up`,
  ])
  await ip(
    [
      ...near,
      'link add br1 type bridge mcast_snooping 0',
      'link set br1 up',
      ...far,
      end('back-away', 'eth0', 'away'),
      'link set back-away master br1 up',
    ],
    namespaceName(id, 'lan'),
  )
}

async function configureRouter(id: string, router: RouterName): Promise<void> {
  const { near, far } = routers[router]
  await ip(
    [
      'link set lo up',
      'link set eth0 up',
      'link set eth1 up',
      `addr replace ${near.IPv4}/${lan.prefixLength.IPv4} dev eth0`,
      `addr replace ${near.IPv6}/${lan.prefixLength.IPv6} dev eth0 nodad`,
      `addr replace ${far.IPv4}/${backLan.prefixLength.IPv4} dev eth1`,
      `addr replace ${far.IPv6}/${backLan.prefixLength.IPv6} dev eth1 nodad`,
    ],
    namespaceName(id, router),
  )
}

async function configureAway(id: string): Promise<void> {
  const { IPv4, IPv6 } = backLan.away
  await ip(
    [
      'link set lo up',
      'link set eth0 up',
      `addr replace ${IPv4}/${backLan.prefixLength.IPv4} dev eth0`,
      `addr replace ${IPv6}/${backLan.prefixLength.IPv6} dev eth0 nodad`,
      ...viaRouters({ IPv4: 'default', IPv6: '::/0' }, 'far'),
    ],
    namespaceName(id, 'away'),
  )
}

/** By both routers, by each family. */
function viaRouters(destination: ByFamily, leg: 'near' | 'far'): readonly string[] {
  return (['IPv4', 'IPv6'] as const).map((family) => {
    const hops = routerNames.map((router) => `nexthop via ${routers[router][leg][family]}`)
    return `route replace ${destination[family]} ${hops.join(' ')}`
  })
}
