// What is so of BGP in a cluster: sessions as the speakers tell them, held against what the nodes are to keep; and the
// routes that each node plans. Computed by the code of the speakers from one look; nothing is asked of a router.
import type { SessionState } from '../../crds/configuration-state.ts'
import type { Route } from '../../protocols/bgp/config.ts'
import { sessionsIn } from '../../reconcilers/peers-status.ts'
import { planBgp } from '../../reconcilers/routes.ts'
import type { BgpPlan } from '../../reconcilers/plan.ts'
import type { PasswordSecret, Snapshot } from '../../reconcilers/snapshot.ts'
import type { Look } from './cluster.ts'

/** One BGPPeer on one node that it is meant for. */
export type SessionLine = {
  readonly peer: string
  readonly node: string
  readonly address: string // or its interface
  readonly asn: string
  readonly state: SessionState['state'] | 'Unknown' // Unknown: the node's speaker does not tell
  readonly reason: string
  readonly message: string
  readonly bfd?: string
}

/** One prefix as one node tells it. */
export type RouteLine = {
  readonly prefix: string
  readonly node: string
  readonly peers: readonly string[]
  readonly services: readonly string[]
  readonly attributes: Route['attributes']
}

/** By peer, then by node. */
export function sessionLines({ snapshot }: Pick<Look, 'snapshot'>): readonly SessionLine[] {
  const told = sessionsIn(snapshot.configurationStates ?? [])
  const plans = nodePlans(snapshot)
  return snapshot.bgpPeers.flatMap(({ value }) =>
    [...plans].flatMap(([node, plan]): SessionLine[] => {
      const { name, remote, peerASN = '' } = value
      const verdict = plan.peerVerdicts.get(name)
      if (verdict?.reason === 'NodeNotSelected') return []
      const address = remote === undefined ? '' : 'address' in remote ? remote.address : remote.interface
      const line = { peer: name, node, address, asn: String(peerASN) }
      const isAlive = snapshot.speakers.some((speaker) => speaker.node === node)
      return [{ ...line, ...(isAlive ? tellingOf(told.get(name)?.get(node)) : silent(node)) }]
    }),
  )
}

type Telling = Pick<SessionLine, 'state' | 'reason' | 'message' | 'bfd'>

function tellingOf(session: SessionState | undefined): Telling {
  if (session === undefined)
    return { state: 'Unknown', reason: 'AwaitingSpeaker', message: 'its speaker has not reported yet' }
  const { state, reason, message, bfd } = session
  return { state, reason, message, ...(bfd === undefined ? {} : { bfd }) }
}

function silent(node: string): Telling {
  return { state: 'Unknown', reason: 'NoSpeaker', message: `no living speaker is on node ${node}` }
}

/** By prefix, then by node: of nodes with a living speaker. */
export function routeLines({ snapshot }: Pick<Look, 'snapshot'>): readonly RouteLine[] {
  const alive = new Set(snapshot.speakers.map(({ node }) => node))
  const lines = [...nodePlans(snapshot)]
    .filter(([node]) => alive.has(node))
    .flatMap(([node, plan]) => routesOf(node, plan))
  return lines.toSorted((a, b) => compare(a.prefix, b.prefix) || compare(a.node, b.node))
}

function routesOf(node: string, { routes, peers, services }: BgpPlan): readonly RouteLine[] {
  const by = new Map<string, string[]>()
  for (const [service, outcome] of services)
    for (const prefix of outcome.state === 'announced' ? outcome.prefixes : [])
      by.set(prefix, [...(by.get(prefix) ?? []), service])
  return routes.map((route) => ({
    prefix: route.prefix,
    node,
    peers: route.peers === 'all' ? peers.map(({ name }) => name) : route.peers,
    services: (by.get(route.prefix) ?? []).toSorted(),
    attributes: route.attributes,
  }))
}

/** The plan of every node that is in the cluster. */
export function nodePlans(snapshot: Snapshot): ReadonlyMap<string, BgpPlan> {
  const assumed = { ...snapshot, secrets: assumedSecrets(snapshot) }
  return new Map(snapshot.nodes.map(({ name }) => [name, planBgp(assumed, name)]))
}

/** The command reads no Secrets. What becomes of a wrong one the nodes tell; here each counts as right. */
export function assumedSecrets({ bgpPeers }: Snapshot): ReadonlyMap<string, PasswordSecret> {
  const named = bgpPeers.flatMap(({ value }) => value.passwordSecret ?? [])
  return new Map(named.map((name) => [name, { type: 'kubernetes.io/basic-auth', password: 'not read' }]))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
