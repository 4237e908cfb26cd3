// Why nobody announces a Service.
import type { ReasonText } from './reason-text.ts'

export const announcementReasons = {
  NoAddress: {
    cause: 'The Service has no address yet.',
    cure: 'See its condition metallb.io/Allocated.',
  },
  NoSelector: {
    cause: 'The Service has no selector and nobody has made EndpointSlices for it.',
    cure: 'Add a selector, or EndpointSlices with the label kubernetes.io/service-name.',
  },
  NoEndpointSlices: {
    cause: 'There is no EndpointSlice for the Service.',
    cure: 'See whether its selector matches a pod and kube-controller-manager runs.',
  },
  NoEndpointForPort: {
    cause:
      'Endpoints of the Service serve, and none of them has this port; it stands in status.loadBalancer.ingress[].ports[].error.',
    cure: 'Correct targetPort of the port: a name must be the name of a container port of the pods.',
  },
  NoServingEndpoint: {
    cause: 'No endpoint of the Service is ready or still serving.',
    cure: 'See why its pods are not ready.',
  },
  EndpointsWithoutNode: {
    cause: 'externalTrafficPolicy is Local, and no serving endpoint says on which node it is.',
    cure: 'Use externalTrafficPolicy: Cluster, or set nodeName in the EndpointSlice.',
  },
  NoLocalEndpoint: {
    cause: 'externalTrafficPolicy is Local, and no node that may announce has a serving endpoint.',
    cure: 'Run a pod on such a node, select the nodes of the pods, or use Cluster.',
  },
  NoAdvertisement: {
    cause: 'No L2Advertisement covers both the pool and the Service, and no BGPAdvertisement does.',
    cure: 'Create an L2Advertisement or a BGPAdvertisement, or add the pool to one.',
  },
  NoPeer: {
    cause: 'No node that may announce has a BGPPeer to tell.',
    cure: 'Create a BGPPeer, or correct its nodeSelectors or spec.peers of the BGPAdvertisement.',
  },
  NoSession: {
    cause: 'No node that may announce has an established session with a router that is to be told.',
    cure: 'See the status of the BGPPeers for the reason on each node.',
  },
  NoSpeaker: {
    cause: 'No speaker is alive.',
    cure: 'See why the pods of the speaker do not run or do not reach the API server.',
  },
  NoNodeSelected: {
    cause: 'The nodeSelectors select no node with a living speaker.',
    cure: 'Correct nodeSelectors, or label a node.',
  },
  NodesExcluded: {
    cause: 'Every node that could announce is excluded by its label or has no network.',
    cure: 'Remove node.kubernetes.io/exclude-from-external-load-balancers, or start speakers with --ignore-exclude-lb.',
  },
  NoInterface: {
    cause: 'No node that could announce has one of the interfaces that the L2Advertisement names.',
    cure: 'Correct spec.interfaces; the names are exact.',
  },
  NoBGPAdvertisement: {
    cause: 'No BGPAdvertisement covers both the pool and the Service, so no router is told.',
    cure: 'Create a BGPAdvertisement, or add the pool to one; nothing to do if ARP and NDP are enough.',
  },
  SharedAddressElsewhere: {
    cause: 'An older Service shares the address and no node may announce for both.',
    cure: 'Let the advertisements and endpoints of Services that share an address have a node in common.',
  },
  AwaitingSpeaker: {
    cause: 'A node is elected and its speaker has not yet reported that it announces.',
    cure: 'If it lasts, look at the speaker of that node.',
  },
} as const satisfies Readonly<Record<string, ReasonText>>
