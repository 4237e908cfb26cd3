// Objects of BGP for tests of the reconcilers, as the parsers read them: objections included.
import type { BFDProfile } from '../../crds/bfd-profile.ts'
import { bfdProfileKind, parseBFDProfile } from '../../crds/bfd-profile.ts'
import type { BGPAdvertisement } from '../../crds/bgp-advertisement.ts'
import { bgpAdvertisementKind, parseBGPAdvertisement } from '../../crds/bgp-advertisement.ts'
import type { BGPPeer } from '../../crds/bgp-peer.ts'
import { bgpPeerKind, parseBGPPeer } from '../../crds/bgp-peer.ts'
import type { Community } from '../../crds/community.ts'
import { communityKind, parseCommunity } from '../../crds/community.ts'
import type { Read } from '../../reconcilers/snapshot.ts'
import { at, object } from './snapshots.ts'

type Spec = Readonly<Record<string, unknown>> & { readonly age?: number } // seconds after the epoch of the tests

function split(name: string, { age = 0, ...spec }: Spec) {
  return { naming: { name, createdAt: at(age), labels: {} }, spec }
}

/** An external peer, unless the spec says otherwise. */
export function bgpPeer(name: string, of: Spec = {}): Read<BGPPeer> {
  const { naming, spec } = split(name, of)
  const remote = 'interface' in spec ? {} : { peerAddress: '192.0.2.1' }
  const peer = 'dynamicASN' in spec ? {} : { peerASN: 64512 }
  return parseBGPPeer(object(bgpPeerKind, naming, { myASN: 64500, ...peer, ...remote, ...spec }))
}

export function bgpAdvertisement(name: string, of: Spec = {}): Read<BGPAdvertisement> {
  const { naming, spec } = split(name, of)
  return parseBGPAdvertisement(object(bgpAdvertisementKind, naming, spec))
}

export function bfdProfile(name: string, of: Spec = {}): Read<BFDProfile> {
  const { naming, spec } = split(name, of)
  return parseBFDProfile(object(bfdProfileKind, naming, spec))
}

/** Aliases by name. */
export function community(name: string, aliases: Readonly<Record<string, string>>, age = 0): Read<Community> {
  const communities = Object.entries(aliases).map(([alias, value]) => ({ name: alias, value }))
  return parseCommunity(object(communityKind, { name, createdAt: at(age), labels: {} }, { communities }))
}
