// Why one node does not announce a Service.
import type { ReasonText } from './reason-text.ts'

export const electionReasons = {
  NoSpeakerOnNode: {
    cause: 'No living speaker is on the node.',
    cure: 'See why its speaker does not run or does not reach the API server.',
  },
  NodeGone: {
    cause: 'A speaker lives, but its Node object is gone.',
    cure: 'Register the node again or stop its speaker.',
  },
  NodeExcluded: {
    cause: 'The node has the label node.kubernetes.io/exclude-from-external-load-balancers.',
    cure: 'Remove the label, or start the speakers with --ignore-exclude-lb.',
  },
  NetworkUnavailable: {
    cause: 'The node has the condition NetworkUnavailable.',
    cure: 'See why the network of the node is not set up.',
  },
  NodeNotSelected: {
    cause: 'The nodeSelectors of no advertisement select the node.',
    cure: 'Widen nodeSelectors, or label the node.',
  },
  InterfaceNotOnNode: {
    cause: 'The node has none of the interfaces that the advertisement names.',
    cure: 'Correct spec.interfaces; the names are exact.',
  },
  NoEndpointOnNode: {
    cause: 'externalTrafficPolicy is Local, and no serving endpoint is on the node.',
    cure: 'Run a pod there, or use externalTrafficPolicy: Cluster.',
  },
  NodeDraining: {
    cause:
      'The node gives a sign by which its routes say GRACEFUL_SHUTDOWN (--drain-on); routers prefer other nodes.',
    cure: 'Nothing to do: it ends with the sign.',
  },
  LostElection: {
    cause: 'Another node comes first by preference, then by the SHA-256 of node and address.',
    cure: 'Nothing to do: exactly one node announces. preferredNodeSelectors change the order.',
  },
  NoPeerOnNode: {
    cause: 'The node keeps a session with none of the routers that are to be told.',
    cure: 'See why in the BGPPeers, or correct spec.peers of the BGPAdvertisement.',
  },
  NotAmongMaxNodes: {
    cause: 'The BGPAdvertisement limits how many nodes announce one address, and others come first.',
    cure: 'Nothing to do, or raise spec.maxNodes as far as the routers spread flows.',
  },
  FamilyNotCarried: {
    cause: 'No session of the node that is meant carries routes of the family of the address.',
    cure: 'Set dualStackAddressFamily: true on a BGPPeer, or add one with an address of that family.',
  },
} as const satisfies Readonly<Record<string, ReasonText>>
