// What is seen on the wire or in the kernel of the announcing node.
import type { ReasonText } from './reason-text.ts'

export const observationReasons = {
  AddressOffLink: {
    cause:
      'The address is in no subnet of the interfaces it is announced on, so neighbours may never ask for it there.',
    cure: 'Announce it from a node or an interface in that subnet, or route the address to the node.',
  },
  AddressHeldByKernel: {
    cause:
      'The kernel of the node has the address on an interface and answers for it itself, as kube-proxy in IPVS mode without strictARP does.',
    cure: 'Set strictARP: true in the configuration of kube-proxy, or take the address off the interface.',
  },
  AddressClaimedByOther: {
    cause: 'Another machine on the LAN announces the address.',
    cure: 'Find the machine by its MAC address and give one of the two another address.',
  },
  AnsweredByProxy: {
    cause:
      'A machine on the LAN answers for the address, and for others that are not its own, too: proxy ARP, an NDP proxy, or kube-proxy in IPVS mode without strictARP on a node that runs no speaker. Neighbours may believe it.',
    cure: 'Find the machine by its MAC address. Of a router: switch proxy ARP off for the network of the pool, or leave it if neighbours reach the Service. Of a node: set strictARP: true in the configuration of kube-proxy.',
  },
  StatusesSwitchedOff: {
    cause: 'The speaker was started so that it writes no ServiceBGPStatus.',
    cure: 'Nothing to do; herald explain says who announces what.',
  },
  TooManyStatuses: {
    cause: 'A ServiceBGPStatus for each Service and node would be more than the cluster should hold.',
    cure: 'Nothing to do: all is announced; herald explain says who announces what.',
  },
} as const satisfies Readonly<Record<string, ReasonText>>
