// The table of all kinds: ours, which users and we write, and those of Kubernetes that are read.
import { bfdProfileDefinition, parseBFDProfile } from './bfd-profile.ts'
import { bgpAdvertisementDefinition, parseBGPAdvertisement } from './bgp-advertisement.ts'
import { bgpPeerDefinition } from './bgp-peer-schema.ts'
import { parseBGPPeer } from './bgp-peer.ts'
import { communityDefinition, parseCommunity } from './community.ts'
import { configurationStateDefinition, parseConfigurationState } from './configuration-state.ts'
import type { Definition } from './definition.ts'
import { endpointSliceKind, parseEndpointSlice } from './endpoint-slice.ts'
import { ipAddressPoolDefinition, parseIPAddressPool } from './ip-address-pool.ts'
import type { KindName, Parsed, Resource } from './kind.ts'
import { l2AdvertisementDefinition, parseL2Advertisement } from './l2-advertisement.ts'
import { leaseKind, parseLease } from './lease.ts'
import { namespaceKind, parseNamespace } from './namespace.ts'
import { nodeKind, parseNode } from './node.ts'
import { parsePoolMemory, poolMemoryDefinition } from './pool-memory.ts'
import { parseServiceBGPStatus, serviceBGPStatusDefinition } from './service-bgp-status.ts'
import { parseServiceL2Status, serviceL2StatusDefinition } from './service-l2-status.ts'
import { parseSecret, secretKind } from './secret.ts'
import { parseService, serviceKind } from './service.ts'

type Parse = (resource: Resource) => Parsed<object>

export type OwnKind = { readonly definition: Definition; readonly parse: Parse }

/** What users write and read, in the order in which one meets them. */
export const ownKinds: readonly OwnKind[] = [
  { definition: ipAddressPoolDefinition, parse: parseIPAddressPool },
  { definition: l2AdvertisementDefinition, parse: parseL2Advertisement },
  { definition: bgpAdvertisementDefinition, parse: parseBGPAdvertisement },
  { definition: bgpPeerDefinition, parse: parseBGPPeer },
  { definition: bfdProfileDefinition, parse: parseBFDProfile },
  { definition: communityDefinition, parse: parseCommunity },
  { definition: serviceL2StatusDefinition, parse: parseServiceL2Status },
  { definition: serviceBGPStatusDefinition, parse: parseServiceBGPStatus },
  { definition: configurationStateDefinition, parse: parseConfigurationState },
  { definition: poolMemoryDefinition, parse: parsePoolMemory },
]

export type CoreKind = { readonly name: KindName; readonly parse: Parse }

/** Kubernetes' own, as far as they are read. */
export const coreKinds: readonly CoreKind[] = [
  { name: serviceKind, parse: parseService },
  { name: endpointSliceKind, parse: parseEndpointSlice },
  { name: nodeKind, parse: parseNode },
  { name: namespaceKind, parse: parseNamespace },
  { name: leaseKind, parse: parseLease },
  { name: secretKind, parse: parseSecret },
]
