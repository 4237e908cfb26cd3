// What a user writes for BGP: a pool that lies on no LAN, the two routers as peers by each family, and an advertisement.
import type { Api } from '../../test/support/api.ts'
import { bgpPoolRanges, nodesAs, routerNames, routers } from './names.ts'
import type { RouterName } from './names.ts'
import { heraldNamespace } from './workload.ts'

const metallb = (version: string, plural: string, name: string): string =>
  `/apis/metallb.io/${version}/namespaces/${heraldNamespace}/${plural}/${name}`

export type PeerWish = {
  readonly bfd?: boolean // by the profile `lab`, which the routers have too
  readonly spec?: Readonly<Record<string, unknown>> // over the usual
}

/** The hold time decides how long a router believes in a node that died, where there is no BFD. */
export const holdTimeS = 9

/** A pool of its own: Services ask for it by an annotation, and layer 2 has no part in it. */
export async function createBgp(api: Api, wish: PeerWish = {}): Promise<void> {
  await api.apply(metallb('v1beta1', 'ipaddresspools', bgpPool), {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name: bgpPool },
    spec: { addresses: bgpPoolRanges, autoAssign: false },
  })
  await api.apply(metallb('v1beta1', 'bfdprofiles', 'lab'), {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'BFDProfile',
    metadata: { name: 'lab' },
    spec: { receiveInterval: 300, transmitInterval: 300, detectMultiplier: 3 },
  })
  await applyPeers(api, wish)
  await api.apply(metallb('v1beta1', 'bgpadvertisements', bgpPool), {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'BGPAdvertisement',
    metadata: { name: bgpPool },
    spec: { ipAddressPools: [bgpPool] },
  })
}

export const bgpPool = 'routed'

/** What a Service bears to have addresses of that pool. */
export const bgpAnnotations = { 'metallb.io/address-pool': bgpPool } as const

/** Both routers by both families: four sessions a node. */
export async function applyPeers(api: Api, wish: PeerWish = {}): Promise<void> {
  const families = ['IPv4', 'IPv6'] as const
  await Promise.all(
    routerNames.flatMap((router) => families.map((family) => applyPeer(api, { router, family, wish }))),
  )
}

type PeerOf = { readonly router: RouterName; readonly family: 'IPv4' | 'IPv6'; readonly wish: PeerWish }

export function peerName(router: RouterName, family: 'IPv4' | 'IPv6'): string {
  return `${router}-${family.toLowerCase()}`
}

async function applyPeer(api: Api, { router, family, wish }: PeerOf): Promise<void> {
  const { asNumber, near } = routers[router]
  const name = peerName(router, family)
  await api.apply(metallb('v1beta2', 'bgppeers', name), {
    apiVersion: 'metallb.io/v1beta2',
    kind: 'BGPPeer',
    metadata: { name },
    spec: {
      myASN: nodesAs,
      peerASN: asNumber,
      peerAddress: near[family],
      holdTime: `${holdTimeS}s`,
      ...(wish.bfd === true ? { bfdProfile: 'lab' } : {}),
      ...wish.spec,
    },
  })
}
