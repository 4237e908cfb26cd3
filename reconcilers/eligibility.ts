// Who may serve: the endpoints that count (metallb.md §3.8) and the nodes that may announce at all (§3.7, §5.1).
import type { Endpoint, Node, Service } from '../crds/core.ts'
import { rememberPerObject } from './once.ts'
import type { Speaker } from './snapshot.ts'
import type { Fact, Verdict } from './verdict.ts'

const excludeLabel = 'node.kubernetes.io/exclude-from-external-load-balancers'

/** A Service and its endpoints; undefined: there is no EndpointSlice at all. */
export type Serving = { readonly service: Service; readonly endpoints: readonly Endpoint[] | undefined }

export const servingFacts: readonly Fact<Serving>[] = [
  { fact: 'the Service has EndpointSlices', check: hasEndpointSlices },
  { fact: 'some endpoint serves', check: hasServingEndpoint },
  {
    fact: 'with the policy Local: some serving endpoint says on which node it is',
    check: endpointsNameNodes,
  },
]

function hasEndpointSlices({ service, endpoints }: Serving): Verdict | undefined {
  if (endpoints !== undefined) return undefined
  if (Object.keys(service.selector).length > 0)
    return { reason: 'NoEndpointSlices', message: 'there is no EndpointSlice for the Service' }
  const message = 'the Service has no selector, and nobody has made an EndpointSlice for it'
  return { reason: 'NoSelector', message }
}

// Terminating endpoints that still serve count: their connections live on until they are gone.
function hasServingEndpoint({ endpoints = [] }: Serving): Verdict | undefined {
  if (endpoints.some(({ serving }) => serving)) return undefined
  const count = endpoints.length === 1 ? 'the only endpoint' : `none of ${endpoints.length} endpoints`
  const verb = endpoints.length === 1 ? 'does not serve' : 'serves'
  return { reason: 'NoServingEndpoint', message: `${count} of the Service ${verb}` }
}

function endpointsNameNodes({ service, endpoints = [] }: Serving): Verdict | undefined {
  if (service.externalTrafficPolicy !== 'Local' || servingNodes(endpoints).size > 0) return undefined
  const message =
    'externalTrafficPolicy is Local, and no serving endpoint has a nodeName, so no node is known to have one'
  return { reason: 'EndpointsWithoutNode', message }
}

/** Names of the nodes that have a serving endpoint. */
export const servingNodes = rememberPerObject(
  (endpoints: readonly Endpoint[]): ReadonlySet<string> =>
    new Set(
      endpoints.flatMap(({ serving, nodeName }) => (serving && nodeName !== undefined ? [nodeName] : [])),
    ),
)

/** A node, by what is known of it. */
export type Candidacy = {
  readonly name: string
  readonly node: Node | undefined
  readonly speaker: Speaker | undefined
  readonly ignoreExcludeLabel: boolean
}

/** What a node knows of itself, whoever else may or may not see its speaker. */
export const nodeOwnFacts: readonly Fact<Omit<Candidacy, 'speaker'>>[] = [
  { fact: 'the node is in the cluster', check: nodeExists },
  { fact: 'the network of the node is available', check: networkIsAvailable },
  { fact: 'the node is not excluded by its label', check: nodeIsNotExcluded },
]

export const nodeFacts: readonly Fact<Candidacy>[] = [
  { fact: 'a living speaker is on the node', check: hasSpeaker },
  ...nodeOwnFacts,
]

function hasSpeaker({ name, speaker }: Candidacy): Verdict | undefined {
  if (speaker !== undefined) return undefined
  return { reason: 'NoSpeakerOnNode', message: `no living speaker is on node ${name}` }
}

function nodeExists({ name, node }: Omit<Candidacy, 'speaker'>): Verdict | undefined {
  if (node !== undefined) return undefined
  return { reason: 'NodeGone', message: `there is no Node ${name}, though its speaker lives` }
}

function networkIsAvailable({ name, node }: Omit<Candidacy, 'speaker'>): Verdict | undefined {
  if (node?.networkUnavailable !== true) return undefined
  return { reason: 'NetworkUnavailable', message: `node ${name} has the condition NetworkUnavailable` }
}

function nodeIsNotExcluded({
  name,
  node,
  ignoreExcludeLabel,
}: Omit<Candidacy, 'speaker'>): Verdict | undefined {
  if (ignoreExcludeLabel || node === undefined || !Object.hasOwn(node.labels, excludeLabel)) return undefined
  return { reason: 'NodeExcluded', message: `node ${name} has the label ${excludeLabel}` }
}
