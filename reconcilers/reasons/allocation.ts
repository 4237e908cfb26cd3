// Why a Service has no address, or not the one it asks for.
import type { ReasonText } from './reason-text.ts'

export const allocationReasons = {
  NotLoadBalancer: {
    cause: 'spec.type of the Service is not LoadBalancer.',
    cure: 'Set spec.type: LoadBalancer if it should have an address.',
  },
  OtherLoadBalancerClass: {
    cause: 'spec.loadBalancerClass names another load balancer than the one this Herald serves (--lb-class).',
    cure: 'Create the Service with the class that Herald was started with, or without one if it was started without.',
  },
  InvalidService: {
    cause:
      'The API server took the Service, yet a field of it cannot be read here; it keeps what it has and gets nothing new.',
    cure: 'Correct the field that the message names.',
  },
  Deleting: {
    cause: 'The Service is being deleted; it keeps an address it has and gets no new one.',
    cure: 'If it never goes, look at the finalizers in its metadata.',
  },
  NoClusterIPs: {
    cause: 'The Service has no cluster IP (it is headless), so nothing could be behind an external address.',
    cure: 'Remove clusterIP: None.',
  },
  NotEnoughClusterIPs: {
    cause: 'ipFamilyPolicy is RequireDualStack, but the Service has one cluster IP only.',
    cure: 'Use a cluster with both families, or PreferDualStack or SingleStack.',
  },
  UnreadableClusterIPs: {
    cause: 'The families of spec.clusterIPs cannot be told: more than two addresses, or two of one family.',
    cure: 'Let the API server choose the cluster IPs.',
  },
  RequestedTwice: {
    cause: 'The Service asks both by the annotation metallb.io/loadBalancerIPs and by spec.loadBalancerIP.',
    cure: 'Keep one of them; the annotation is the one to keep.',
  },
  UnreadableRequest: {
    cause: 'The addresses asked for cannot be read, are more than two, or are two of one family.',
    cure: 'Write one address, or one of each family with a comma between them.',
  },
  WrongFamily: {
    cause: 'The families of the addresses are not those of the cluster IPs of the Service.',
    cure: 'Ask for one address of each family that the Service has, or change spec.ipFamilies and ipFamilyPolicy.',
  },
  NoPools: {
    cause: 'There is no IPAddressPool in the namespace of Herald.',
    cure: 'Create an IPAddressPool there.',
  },
  UnknownPool: {
    cause: 'A pool is named that does not exist in the namespace of Herald.',
    cure: 'Create the pool, or correct the name.',
  },
  PoolInvalid: {
    cause: 'The pool exists but is invalid; it keeps what it has assigned and assigns nothing new.',
    cure: 'Correct what the conditions of the pool name.',
  },
  PoolPaused: {
    cause: 'The pool has paused: true; it keeps what it has assigned and assigns nothing new.',
    cure: 'Set paused: false, or use another pool.',
  },
  QuotaExceeded: {
    cause:
      'The Services of the namespace have as many addresses of the pool as its spec.quota.perNamespace allows.',
    cure: 'Raise the quota, delete a Service of the namespace, share an address, or use another pool.',
  },
  PoolNotAutomatic: {
    cause: 'The pool has autoAssign: false and the Service does not name it.',
    cure: 'Name it by the annotation metallb.io/address-pool, or set autoAssign: true.',
  },
  PoolNotForService: {
    cause: 'spec.serviceAllocation of the pool admits neither the namespace nor the labels of the Service.',
    cure: 'Widen the selectors of the pool, or use another pool.',
  },
  FamilyNotInPool: {
    cause: 'The pool has no address of a family that the Service needs.',
    cure: 'Add a range of that family to the pool, or use a pool that has one.',
  },
  PoolExhausted: {
    cause: 'Every address of the pool that the Service could have is in use.',
    cure: 'Add a range to the pool, or free an address.',
  },
  NoPoolFits: {
    cause: 'No pool can give the Service an address by itself; the message says why for each.',
    cure: 'Add a pool or a range, or name a pool by the annotation metallb.io/address-pool.',
  },
  AddressOutsidePools: {
    cause: 'The address is in no pool.',
    cure: 'Use an address of a pool, or add the address to one.',
  },
  AddressAvoided: {
    cause: 'The address ends in .0 or .255 and its pool has avoidBuggyIPs: true.',
    cure: 'Use another address, or set avoidBuggyIPs: false.',
  },
  AddressExcluded: {
    cause:
      'The address is in spec.excludeAddresses of its pool: it is not given any more, and a Service that has it keeps it.',
    cure: 'Use another address. To move a Service that still has it, delete the Service and create it again, or ask for another address by metallb.io/loadBalancerIPs.',
  },
  AddressesInDifferentPools: {
    cause: 'The two addresses asked for are not in the same pool.',
    cure: 'Ask for two addresses of one pool.',
  },
  AddressNotInRequestedPool: {
    cause: 'The address asked for is not in the pool asked for.',
    cure: 'Ask for an address of that pool, or drop one of the two wishes.',
  },
  AddressResting: {
    cause:
      'Another Service had the address, and it rests for spec.reuseAfter of its pool before anybody else gets it.',
    cure: 'Wait until the time in the message; or shorten spec.reuseAfter; or delete its entry in the PoolMemory of the pool.',
  },
  AddressInUse: {
    cause:
      'Another Service has the address and the two may not share it; or another machine of the local network answers for it, whose MAC address is in the message.',
    cure: 'Of two Services: ask for another address, or let both share it (annotation metallb.io/allow-shared-ip). Of another machine: take the address from it, or put it into spec.excludeAddresses of the pool. It is asked for again every five minutes; duplicateAddressCheck: Off of the pool forgets at once what was found.',
  },
  AddressOfOtherLoadBalancer: {
    cause: 'The address stands in the status of a Service that another load balancer serves.',
    cure: 'Keep the ranges of the two load balancers apart.',
  },
  SharingKeysDiffer: {
    cause: 'The Service that has the address has another value of metallb.io/allow-shared-ip.',
    cure: 'Give both Services the same value.',
  },
  SharingBackendsDiffer: {
    cause:
      'Services that share an address must all have externalTrafficPolicy: Cluster, or all Local with equal selectors.',
    cure: 'Use Cluster on all of them, or equal selectors.',
  },
  SharedPortInUse: {
    cause: 'Another Service on the shared address has the same protocol and port.',
    cure: 'Use another port or another address.',
  },
  SecondFamilyMissing: {
    cause:
      'The Service wants both families and has one; the pool of its address has none of the other to give.',
    cure: 'Add a range of the missing family to that pool.',
  },
  RequestChanged: {
    cause: 'The Service asks for another address or pool than the one it had.',
    cure: 'Nothing to do: it got what it asks for.',
  },
  AwaitingController: {
    cause: 'The addresses of the Service are to change, and no controller has written the change yet.',
    cure: 'If it lasts, see why the controller does not run or does not reach the API server.',
  },
} as const satisfies Readonly<Record<string, ReasonText>>
