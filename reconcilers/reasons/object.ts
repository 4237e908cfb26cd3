// What is wrong in an object of ours.
import type { ReasonText } from './reason-text.ts'

export const objectReasons = {
  InvalidSpec: {
    cause: 'A field of the object cannot be used as it is.',
    cure: 'Correct the field that the message names.',
  },
  OverlappingPools: {
    cause: 'Two pools hold the same addresses; the older one keeps them, and no Service moves.',
    cure: 'Take the overlap out of one of the two pools that the message names.',
  },
  NoAddressLeft: {
    cause:
      'Every address of the pool belongs to older pools that overlap it, is excluded, or is avoided by avoidBuggyIPs.',
    cure: 'Give the pool a range of its own.',
  },
  PoolHoldsNodeAddress: {
    cause: 'The pool holds the address of a node; a Service that got it would take it from the node.',
    cure: 'Put the addresses of nodes into spec.excludeAddresses of the pool, or take them out of its ranges.',
  },
  PoolOverlapsServiceCIDR: {
    cause: 'The pool overlaps a ServiceCIDR: the cluster keeps traffic to these addresses to itself.',
    cure: 'Use addresses that the cluster does not use inside, or put the overlap into spec.excludeAddresses.',
  },
  PoolOverlapsPodCIDR: {
    cause: 'The pool overlaps spec.podCIDRs of a node: the cluster routes these addresses to pods.',
    cure: 'Use addresses that the cluster does not use inside, or put the overlap into spec.excludeAddresses.',
  },
  ExclusionOutsidePool: {
    cause: 'An entry of spec.excludeAddresses holds no address of the pool, and so excludes nothing.',
    cure: 'Correct the entry, or remove it.',
  },
  MemoryUnavailable: {
    cause:
      'PoolMemories cannot be read: there is no such kind, or no right to it. What rests is known to the running controller only.',
    cure: 'Apply the CustomResourceDefinition poolmemories.metallb.io and the role of the controller of this release.',
  },
  MemoryUnreadable: {
    cause:
      'Something in the PoolMemory of the pool cannot be read: somebody has edited it. The rest of it counts.',
    cure: 'Nothing to do: the controller writes it anew. Whoever wants it to forget deletes the object, or whole entries.',
  },
  MemoryFull: {
    cause:
      'The PoolMemory of the pool is as large as it may be: with each further release the oldest entry is dropped.',
    cure: 'If that matters, split the pool: each has a memory of its own.',
  },
  PoolFull: {
    cause: 'Services wait for an address of the pool, and it has none left.',
    cure: 'Add a range to the pool, or free an address.',
  },
  PoolNearlyFull: {
    cause:
      'Most addresses of the pool are in use, or at the pace of the last hour the rest lasts no longer than an hour.',
    cure: 'Add a range to the pool before Services have to wait.',
  },
  NoPoolSelected: {
    cause: 'The advertisement selects no existing pool, so it announces nothing.',
    cure: 'Correct ipAddressPools and ipAddressPoolSelectors.',
  },
  UnknownPeer: {
    cause: 'The BGPAdvertisement names a BGPPeer that does not exist.',
    cure: 'Create the BGPPeer, or correct spec.peers.',
  },
  UnknownCommunity: {
    cause: 'A community is named that no Community object defines; routes go without it.',
    cure: 'Define it in a Community, or write its value.',
  },
  UnreadableCommunity: {
    cause:
      'The annotation metallb.io/bgp-communities of the Service has something in it that is no community.',
    cure: 'Write A:B, large:A:B:C or an alias, with commas between them.',
  },
  CommunitiesNotAllowed: {
    cause: 'The Service asks for communities, and no BGPAdvertisement of its pool lets it.',
    cure: 'Set serviceCommunities: true in the BGPAdvertisement, or take the annotation away.',
  },
  DuplicateAlias: {
    cause: 'An older Community object defines the same alias; its value counts.',
    cure: 'Rename one of the two.',
  },
  AggregationTooWide: {
    cause: 'A route of the length asked for would cover addresses that the pool does not hold.',
    cure: 'Use a longer aggregationLength, or give the pool whole blocks of that length.',
  },
  EchoNotSent: {
    cause: 'The BFDProfile asks for echo packets, which Herald does not send.',
    cure: 'Set echoMode: false and, for quicker detection, shorter intervals.',
  },
  ShortBFDInterval: {
    cause:
      'The intervals of the BFDProfile are shorter than a busy node keeps to, so sessions may fail for nothing.',
    cure: 'Use 50 ms or more.',
  },
  ConflictingAttributes: {
    cause:
      'Two BGPAdvertisements want different values of one attribute for the same route; the older one decides.',
    cure: 'Write the same value in both, or let them differ in pools, nodes, peers or Services.',
  },
  UnknownInterface: {
    cause: 'No node with a living speaker has an interface of that name.',
    cure: 'Correct spec.interfaces; the names are exact.',
  },
} as const satisfies Readonly<Record<string, ReasonText>>
