// BFD beside BGP: which sessions the peers of the wish need, RFC 5882 §10.
import type { BgpWish, BgpWishOfPeers } from './bgp-messages.ts'
import type { BfdDriver } from './bfd-driver.ts'
import type { BfdSessionSpec } from './bfd-session.ts'
import type { LinkTable } from './link-table.ts'
import { isOnLink } from './next-hops.ts'

/** What the driver of BGP needs of it. */
export type Bfd = Pick<BfdDriver, 'configure' | 'observe' | 'observeGeneral' | 'stop' | 'close'>

/** Of each peer that wishes for it and whose address is known. */
export function bfdSpecs(
  { peers, bfd }: Pick<BgpWishOfPeers, 'peers' | 'bfd'>,
  links: LinkTable,
): readonly BfdSessionSpec[] {
  return peers.flatMap(({ name, endpoint }): BfdSessionSpec[] => {
    const wish: BgpWish['bfd'][string] | undefined = bfd[name]
    const { remote, sourceAddress, device } = endpoint
    if (wish === undefined || !('address' in remote)) return []
    const multihop = wish.multihop === 'off-link' ? !isOnLink(remote.address, links) : wish.multihop
    return [
      {
        peer: name,
        remote: remote.address,
        ...(sourceAddress === undefined ? {} : { local: sourceAddress }),
        ...(device === undefined ? {} : { interface: device }),
        config: { ...wish, multihop },
      },
    ]
  })
}
