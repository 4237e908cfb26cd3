// BFD beside BGP: which sessions the peers of the wish need, RFC 5882 §10.
import type { BgpWish, BgpWishOfPeers } from './bgp-messages.ts'
import type { BfdDriver } from './bfd-driver.ts'
import type { BfdSessionSpec } from './bfd-session.ts'

/** What the driver of BGP needs of it. */
export type Bfd = Pick<BfdDriver, 'configure' | 'observe' | 'observeGeneral' | 'stop' | 'close'>

/** Of each peer that wishes for it and whose address is known. */
export function bfdSpecs({ peers, bfd }: Pick<BgpWishOfPeers, 'peers' | 'bfd'>): readonly BfdSessionSpec[] {
  return peers.flatMap(({ name, endpoint }): BfdSessionSpec[] => {
    const config: BgpWish['bfd'][string] | undefined = bfd[name]
    const { remote, sourceAddress, device } = endpoint
    if (config === undefined || !('address' in remote)) return []
    return [
      {
        peer: name,
        remote: remote.address,
        ...(sourceAddress === undefined ? {} : { local: sourceAddress }),
        ...(device === undefined ? {} : { interface: device }),
        config,
      },
    ]
  })
}
