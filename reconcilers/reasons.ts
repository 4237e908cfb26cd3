// The table of reasons: every word that explains why something is not so, with its cause and its cure.
// docs/reasons.md is generated from it (hack/generate-reasons.ts); a test compares the two.

export type ReasonText = { readonly about: Topic; readonly cause: string; readonly cure: string }

export type Topic = 'allocation' | 'announcement' | 'election' | 'peer' | 'object' | 'observation' | 'good'

export const reasons = {
  // Why a Service has no address, or not the one it asks for.
  NotLoadBalancer: {
    about: 'allocation',
    cause: 'spec.type of the Service is not LoadBalancer.',
    cure: 'Set spec.type: LoadBalancer if it should have an address.',
  },
  OtherLoadBalancerClass: {
    about: 'allocation',
    cause: 'spec.loadBalancerClass names another load balancer than the one this Herald serves (--lb-class).',
    cure: 'Create the Service with the class that Herald was started with, or without one if it was started without.',
  },
  InvalidService: {
    about: 'allocation',
    cause:
      'The API server took the Service, yet a field of it cannot be read here; it keeps what it has and gets nothing new.',
    cure: 'Correct the field that the message names.',
  },
  Deleting: {
    about: 'allocation',
    cause: 'The Service is being deleted; it keeps an address it has and gets no new one.',
    cure: 'If it never goes, look at the finalizers in its metadata.',
  },
  NoClusterIPs: {
    about: 'allocation',
    cause: 'The Service has no cluster IP (it is headless), so nothing could be behind an external address.',
    cure: 'Remove clusterIP: None.',
  },
  NotEnoughClusterIPs: {
    about: 'allocation',
    cause: 'ipFamilyPolicy is RequireDualStack, but the Service has one cluster IP only.',
    cure: 'Use a cluster with both families, or PreferDualStack or SingleStack.',
  },
  UnreadableClusterIPs: {
    about: 'allocation',
    cause: 'The families of spec.clusterIPs cannot be told: more than two addresses, or two of one family.',
    cure: 'Let the API server choose the cluster IPs.',
  },
  RequestedTwice: {
    about: 'allocation',
    cause: 'The Service asks both by the annotation metallb.io/loadBalancerIPs and by spec.loadBalancerIP.',
    cure: 'Keep one of them; the annotation is the one to keep.',
  },
  UnreadableRequest: {
    about: 'allocation',
    cause: 'The addresses asked for cannot be read, are more than two, or are two of one family.',
    cure: 'Write one address, or one of each family with a comma between them.',
  },
  WrongFamily: {
    about: 'allocation',
    cause: 'The families of the addresses are not those of the cluster IPs of the Service.',
    cure: 'Ask for one address of each family that the Service has, or change spec.ipFamilies and ipFamilyPolicy.',
  },
  NoPools: {
    about: 'allocation',
    cause: 'There is no IPAddressPool in the namespace of Herald.',
    cure: 'Create an IPAddressPool there.',
  },
  UnknownPool: {
    about: 'allocation',
    cause: 'A pool is named that does not exist in the namespace of Herald.',
    cure: 'Create the pool, or correct the name.',
  },
  PoolInvalid: {
    about: 'allocation',
    cause: 'The pool exists but is invalid; it keeps what it has assigned and assigns nothing new.',
    cure: 'Correct what the conditions of the pool name.',
  },
  PoolPaused: {
    about: 'allocation',
    cause: 'The pool has paused: true; it keeps what it has assigned and assigns nothing new.',
    cure: 'Set paused: false, or use another pool.',
  },
  QuotaExceeded: {
    about: 'allocation',
    cause:
      'The Services of the namespace have as many addresses of the pool as its spec.quota.perNamespace allows.',
    cure: 'Raise the quota, delete a Service of the namespace, share an address, or use another pool.',
  },
  PoolNotAutomatic: {
    about: 'allocation',
    cause: 'The pool has autoAssign: false and the Service does not name it.',
    cure: 'Name it by the annotation metallb.io/address-pool, or set autoAssign: true.',
  },
  PoolNotForService: {
    about: 'allocation',
    cause: 'spec.serviceAllocation of the pool admits neither the namespace nor the labels of the Service.',
    cure: 'Widen the selectors of the pool, or use another pool.',
  },
  FamilyNotInPool: {
    about: 'allocation',
    cause: 'The pool has no address of a family that the Service needs.',
    cure: 'Add a range of that family to the pool, or use a pool that has one.',
  },
  PoolExhausted: {
    about: 'allocation',
    cause: 'Every address of the pool that the Service could have is in use.',
    cure: 'Add a range to the pool, or free an address.',
  },
  NoPoolFits: {
    about: 'allocation',
    cause: 'No pool can give the Service an address by itself; the message says why for each.',
    cure: 'Add a pool or a range, or name a pool by the annotation metallb.io/address-pool.',
  },
  AddressOutsidePools: {
    about: 'allocation',
    cause: 'The address is in no pool.',
    cure: 'Use an address of a pool, or add the address to one.',
  },
  AddressAvoided: {
    about: 'allocation',
    cause: 'The address ends in .0 or .255 and its pool has avoidBuggyIPs: true.',
    cure: 'Use another address, or set avoidBuggyIPs: false.',
  },
  AddressExcluded: {
    about: 'allocation',
    cause:
      'The address is in spec.excludeAddresses of its pool: it is not given any more, and a Service that has it keeps it.',
    cure: 'Use another address. To move a Service that still has it, delete the Service and create it again, or ask for another address by metallb.io/loadBalancerIPs.',
  },
  AddressesInDifferentPools: {
    about: 'allocation',
    cause: 'The two addresses asked for are not in the same pool.',
    cure: 'Ask for two addresses of one pool.',
  },
  AddressNotInRequestedPool: {
    about: 'allocation',
    cause: 'The address asked for is not in the pool asked for.',
    cure: 'Ask for an address of that pool, or drop one of the two wishes.',
  },
  AddressInUse: {
    about: 'allocation',
    cause: 'Another Service has the address and one of the two does not allow sharing.',
    cure: 'Use another address, or give both Services the same annotation metallb.io/allow-shared-ip.',
  },
  AddressOfOtherLoadBalancer: {
    about: 'allocation',
    cause: 'The address stands in the status of a Service that another load balancer serves.',
    cure: 'Keep the ranges of the two load balancers apart.',
  },
  SharingKeysDiffer: {
    about: 'allocation',
    cause: 'The Service that has the address has another value of metallb.io/allow-shared-ip.',
    cure: 'Give both Services the same value.',
  },
  SharingBackendsDiffer: {
    about: 'allocation',
    cause:
      'Services that share an address must all have externalTrafficPolicy: Cluster, or all Local with equal selectors.',
    cure: 'Use Cluster on all of them, or equal selectors.',
  },
  SharedPortInUse: {
    about: 'allocation',
    cause: 'Another Service on the shared address has the same protocol and port.',
    cure: 'Use another port or another address.',
  },
  SecondFamilyMissing: {
    about: 'allocation',
    cause:
      'The Service wants both families and has one; the pool of its address has none of the other to give.',
    cure: 'Add a range of the missing family to that pool.',
  },
  RequestChanged: {
    about: 'allocation',
    cause: 'The Service asks for another address or pool than the one it had.',
    cure: 'Nothing to do: it got what it asks for.',
  },
  AwaitingController: {
    about: 'allocation',
    cause: 'The addresses of the Service are to change, and no controller has written the change yet.',
    cure: 'If it lasts, see why the controller does not run or does not reach the API server.',
  },

  // Why nobody announces a Service.
  NoAddress: {
    about: 'announcement',
    cause: 'The Service has no address yet.',
    cure: 'See its condition metallb.io/Allocated.',
  },
  NoSelector: {
    about: 'announcement',
    cause: 'The Service has no selector and nobody has made EndpointSlices for it.',
    cure: 'Add a selector, or EndpointSlices with the label kubernetes.io/service-name.',
  },
  NoEndpointSlices: {
    about: 'announcement',
    cause: 'There is no EndpointSlice for the Service.',
    cure: 'See whether its selector matches a pod and kube-controller-manager runs.',
  },
  NoEndpointForPort: {
    about: 'announcement',
    cause:
      'Endpoints of the Service serve, and none of them has this port; it stands in status.loadBalancer.ingress[].ports[].error.',
    cure: 'Correct targetPort of the port: a name must be the name of a container port of the pods.',
  },
  NoServingEndpoint: {
    about: 'announcement',
    cause: 'No endpoint of the Service is ready or still serving.',
    cure: 'See why its pods are not ready.',
  },
  EndpointsWithoutNode: {
    about: 'announcement',
    cause: 'externalTrafficPolicy is Local, and no serving endpoint says on which node it is.',
    cure: 'Use externalTrafficPolicy: Cluster, or set nodeName in the EndpointSlice.',
  },
  NoLocalEndpoint: {
    about: 'announcement',
    cause: 'externalTrafficPolicy is Local, and no node that may announce has a serving endpoint.',
    cure: 'Run a pod on such a node, select the nodes of the pods, or use Cluster.',
  },
  NoAdvertisement: {
    about: 'announcement',
    cause: 'No L2Advertisement covers both the pool and the Service, and no BGPAdvertisement does.',
    cure: 'Create an L2Advertisement or a BGPAdvertisement, or add the pool to one.',
  },
  NoPeer: {
    about: 'announcement',
    cause: 'No node that may announce has a BGPPeer to tell.',
    cure: 'Create a BGPPeer, or correct its nodeSelectors or spec.peers of the BGPAdvertisement.',
  },
  NoSession: {
    about: 'announcement',
    cause: 'No node that may announce has an established session with a router that is to be told.',
    cure: 'See the status of the BGPPeers for the reason on each node.',
  },
  NoSpeaker: {
    about: 'announcement',
    cause: 'No speaker is alive.',
    cure: 'See why the pods of the speaker do not run or do not reach the API server.',
  },
  NoNodeSelected: {
    about: 'announcement',
    cause: 'The nodeSelectors select no node with a living speaker.',
    cure: 'Correct nodeSelectors, or label a node.',
  },
  NodesExcluded: {
    about: 'announcement',
    cause: 'Every node that could announce is excluded by its label or has no network.',
    cure: 'Remove node.kubernetes.io/exclude-from-external-load-balancers, or start speakers with --ignore-exclude-lb.',
  },
  NoInterface: {
    about: 'announcement',
    cause: 'No node that could announce has one of the interfaces that the L2Advertisement names.',
    cure: 'Correct spec.interfaces; the names are exact.',
  },
  NoBGPAdvertisement: {
    about: 'announcement',
    cause: 'No BGPAdvertisement covers both the pool and the Service, so no router is told.',
    cure: 'Create a BGPAdvertisement, or add the pool to one; nothing to do if ARP and NDP are enough.',
  },
  SharedAddressElsewhere: {
    about: 'announcement',
    cause: 'An older Service shares the address and no node may announce for both.',
    cure: 'Let the advertisements and endpoints of Services that share an address have a node in common.',
  },
  AwaitingSpeaker: {
    about: 'announcement',
    cause: 'A node is elected and its speaker has not yet reported that it announces.',
    cure: 'If it lasts, look at the speaker of that node.',
  },

  // Why one node does not announce a Service.
  NoSpeakerOnNode: {
    about: 'election',
    cause: 'No living speaker is on the node.',
    cure: 'See why its speaker does not run or does not reach the API server.',
  },
  NodeGone: {
    about: 'election',
    cause: 'A speaker lives, but its Node object is gone.',
    cure: 'Register the node again or stop its speaker.',
  },
  NodeExcluded: {
    about: 'election',
    cause: 'The node has the label node.kubernetes.io/exclude-from-external-load-balancers.',
    cure: 'Remove the label, or start the speakers with --ignore-exclude-lb.',
  },
  NetworkUnavailable: {
    about: 'election',
    cause: 'The node has the condition NetworkUnavailable.',
    cure: 'See why the network of the node is not set up.',
  },
  NodeNotSelected: {
    about: 'election',
    cause: 'The nodeSelectors of no advertisement select the node.',
    cure: 'Widen nodeSelectors, or label the node.',
  },
  InterfaceNotOnNode: {
    about: 'election',
    cause: 'The node has none of the interfaces that the advertisement names.',
    cure: 'Correct spec.interfaces; the names are exact.',
  },
  NoEndpointOnNode: {
    about: 'election',
    cause: 'externalTrafficPolicy is Local, and no serving endpoint is on the node.',
    cure: 'Run a pod there, or use externalTrafficPolicy: Cluster.',
  },
  NodeDraining: {
    about: 'election',
    cause:
      'The node gives a sign by which its routes say GRACEFUL_SHUTDOWN (--drain-on); routers prefer other nodes.',
    cure: 'Nothing to do: it ends with the sign.',
  },
  LostElection: {
    about: 'election',
    cause: 'Another node comes first by preference, then by the SHA-256 of node and address.',
    cure: 'Nothing to do: exactly one node announces. preferredNodeSelectors change the order.',
  },

  NoPeerOnNode: {
    about: 'election',
    cause: 'The node keeps a session with none of the routers that are to be told.',
    cure: 'See why in the BGPPeers, or correct spec.peers of the BGPAdvertisement.',
  },
  NotAmongMaxNodes: {
    about: 'election',
    cause: 'The BGPAdvertisement limits how many nodes announce one address, and others come first.',
    cure: 'Nothing to do, or raise spec.maxNodes as far as the routers spread flows.',
  },
  FamilyNotCarried: {
    about: 'election',
    cause: 'No session of the node that is meant carries routes of the family of the address.',
    cure: 'Set dualStackAddressFamily: true on a BGPPeer, or add one with an address of that family.',
  },

  // Why a node keeps no session with a router, or not all of it.
  SecretNotFound: {
    about: 'peer',
    cause: 'The Secret that is to hold the password does not exist; without it there is no session.',
    cure: 'Create it in the namespace of Herald, or correct spec.passwordSecret.',
  },
  SecretUnusable: {
    about: 'peer',
    cause:
      'The Secret exists, but is of another type or has no password in it; without it there is no session.',
    cure: 'Create it with the type kubernetes.io/basic-auth and the key password.',
  },
  SecretNotRead: {
    about: 'peer',
    cause: 'The password is in a Secret, which only the speakers read.',
    cure: 'Nothing to do: ask a speaker.',
  },
  DuplicatePeer: {
    about: 'peer',
    cause:
      'An older BGPPeer means the same session: the same address or interface, port, VRF and source address.',
    cure: 'Delete one of the two, or give one another sourceAddress.',
  },
  SessionDown: {
    about: 'peer',
    cause: 'The session with the router is not established; the message says why, as far as it is known.',
    cure: 'See whether the router is reachable, is set up for this node, and has the same AS numbers and password.',
  },
  CannotListen: {
    about: 'peer',
    cause:
      'Peers are to connect to the node (listen: true), and its port cannot be opened; the message says why.',
    cure: 'Give the speaker NET_BIND_SERVICE (deploy/overlays/bgp-listen), free the port, or leave listen out: the node dials.',
  },
  RoutesWithheld: {
    about: 'peer',
    cause: 'The session is established, and some routes cannot be told over it.',
    cure: 'See the message; as a rule both sides must have the address family switched on.',
  },
  UnknownBFDProfile: {
    about: 'peer',
    cause: 'The BGPPeer names a BFDProfile that does not exist; its sessions are kept without BFD.',
    cure: 'Create the BFDProfile, or correct spec.bfdProfile.',
  },

  // What is wrong in an object of ours.
  InvalidSpec: {
    about: 'object',
    cause: 'A field of the object cannot be used as it is.',
    cure: 'Correct the field that the message names.',
  },
  OverlappingPools: {
    about: 'object',
    cause: 'Two pools hold the same addresses; the older one keeps them, and no Service moves.',
    cure: 'Take the overlap out of one of the two pools that the message names.',
  },
  NoAddressLeft: {
    about: 'object',
    cause:
      'Every address of the pool belongs to older pools that overlap it, is excluded, or is avoided by avoidBuggyIPs.',
    cure: 'Give the pool a range of its own.',
  },
  PoolHoldsNodeAddress: {
    about: 'object',
    cause: 'The pool holds the address of a node; a Service that got it would take it from the node.',
    cure: 'Put the addresses of nodes into spec.excludeAddresses of the pool, or take them out of its ranges.',
  },
  PoolOverlapsServiceCIDR: {
    about: 'object',
    cause: 'The pool overlaps a ServiceCIDR: the cluster keeps traffic to these addresses to itself.',
    cure: 'Use addresses that the cluster does not use inside, or put the overlap into spec.excludeAddresses.',
  },
  PoolOverlapsPodCIDR: {
    about: 'object',
    cause: 'The pool overlaps spec.podCIDRs of a node: the cluster routes these addresses to pods.',
    cure: 'Use addresses that the cluster does not use inside, or put the overlap into spec.excludeAddresses.',
  },
  ExclusionOutsidePool: {
    about: 'object',
    cause: 'An entry of spec.excludeAddresses holds no address of the pool, and so excludes nothing.',
    cure: 'Correct the entry, or remove it.',
  },
  PoolFull: {
    about: 'object',
    cause: 'Services wait for an address of the pool, and it has none left.',
    cure: 'Add a range to the pool, or free an address.',
  },
  NoPoolSelected: {
    about: 'object',
    cause: 'The advertisement selects no existing pool, so it announces nothing.',
    cure: 'Correct ipAddressPools and ipAddressPoolSelectors.',
  },
  UnknownPeer: {
    about: 'object',
    cause: 'The BGPAdvertisement names a BGPPeer that does not exist.',
    cure: 'Create the BGPPeer, or correct spec.peers.',
  },
  UnknownCommunity: {
    about: 'object',
    cause: 'A community is named that no Community object defines; routes go without it.',
    cure: 'Define it in a Community, or write its value.',
  },
  UnreadableCommunity: {
    about: 'object',
    cause:
      'The annotation metallb.io/bgp-communities of the Service has something in it that is no community.',
    cure: 'Write A:B, large:A:B:C or an alias, with commas between them.',
  },
  CommunitiesNotAllowed: {
    about: 'object',
    cause: 'The Service asks for communities, and no BGPAdvertisement of its pool lets it.',
    cure: 'Set serviceCommunities: true in the BGPAdvertisement, or take the annotation away.',
  },
  DuplicateAlias: {
    about: 'object',
    cause: 'An older Community object defines the same alias; its value counts.',
    cure: 'Rename one of the two.',
  },
  AggregationTooWide: {
    about: 'object',
    cause: 'A route of the length asked for would cover addresses that the pool does not hold.',
    cure: 'Use a longer aggregationLength, or give the pool whole blocks of that length.',
  },
  EchoNotSent: {
    about: 'object',
    cause: 'The BFDProfile asks for echo packets, which Herald does not send.',
    cure: 'Set echoMode: false and, for quicker detection, shorter intervals.',
  },
  ShortBFDInterval: {
    about: 'object',
    cause:
      'The intervals of the BFDProfile are shorter than a busy node keeps to, so sessions may fail for nothing.',
    cure: 'Use 50 ms or more.',
  },
  ConflictingAttributes: {
    about: 'object',
    cause:
      'Two BGPAdvertisements want different values of one attribute for the same route; the older one decides.',
    cure: 'Write the same value in both, or let them differ in pools, nodes, peers or Services.',
  },
  UnknownInterface: {
    about: 'object',
    cause: 'No node with a living speaker has an interface of that name.',
    cure: 'Correct spec.interfaces; the names are exact.',
  },

  // What is seen on the wire or in the kernel of the announcing node.
  AddressOffLink: {
    about: 'observation',
    cause:
      'The address is in no subnet of the interfaces it is announced on, so neighbours may never ask for it there.',
    cure: 'Announce it from a node or an interface in that subnet, or route the address to the node.',
  },
  AddressHeldByKernel: {
    about: 'observation',
    cause:
      'The kernel of the node has the address on an interface and answers for it itself, as kube-proxy in IPVS mode without strictARP does.',
    cure: 'Set strictARP: true in the configuration of kube-proxy, or take the address off the interface.',
  },
  AddressClaimedByOther: {
    about: 'observation',
    cause: 'Another machine on the LAN announces the address.',
    cure: 'Find the machine by its MAC address and give one of the two another address.',
  },

  StatusesSwitchedOff: {
    about: 'observation',
    cause: 'The speaker was started so that it writes no ServiceBGPStatus.',
    cure: 'Nothing to do; herald explain says who announces what.',
  },
  TooManyStatuses: {
    about: 'observation',
    cause: 'A ServiceBGPStatus for each Service and node would be more than the cluster should hold.',
    cure: 'Nothing to do: all is announced; herald explain says who announces what.',
  },

  // What stands in a condition when all is well.
  Allocated: {
    about: 'good',
    cause: 'The Service has every address it should have.',
    cure: 'Nothing to do.',
  },
  SessionEstablished: {
    about: 'good',
    cause: 'The session with the router is established.',
    cure: 'Nothing to do.',
  },
  Announced: {
    about: 'good',
    cause: 'A node announces the addresses of the Service.',
    cure: 'Nothing to do.',
  },
  Valid: {
    about: 'good',
    cause: 'The object is understood and in use.',
    cure: 'Nothing to do.',
  },
} as const satisfies Readonly<Record<string, ReasonText>>

export type Reason = keyof typeof reasons
