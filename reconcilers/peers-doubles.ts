// Two BGPPeers that mean the same session: a router takes one per pair of addresses, so the older one is kept.
import type { BGPPeer } from '../crds/bgp-peer.ts'
import type { Verdict } from './verdict.ts'

/** Equal for two peers that cannot both have a session on one node. */
export function sameSession({ remote, peerPort, vrf, sourceAddress }: BGPPeer): string {
  return JSON.stringify([remote, peerPort, vrf, sourceAddress])
}

export function samePeer({ remote }: BGPPeer, older: BGPPeer): Verdict {
  const where =
    remote === undefined || 'interface' in remote
      ? `the interface ${remote?.interface}`
      : `the address ${remote.address}`
  const message = `BGPPeer ${older.name} has ${where} too, with the same port, VRF and source; it is the older one`
  return { reason: 'DuplicatePeer', message }
}
