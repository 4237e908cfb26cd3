// The sessions of a node in the words of FRR-K8s: one BGPSessionState for each pair of address and VRF.
import { hash } from 'node:crypto'
import type { BGPSessionState } from '../crds/bgp-session-state.ts'
import {
  bgpSessionStateKind,
  bgpSessionStateLabels,
  bgpSessionStateWriter,
} from '../crds/bgp-session-state.ts'
import type { PeerConfig } from '../protocols/bgp/config.ts'
import { parseAddress } from '../protocols/net/address.ts'
import { nodeLabel } from './node-label.ts'
import type { BgpSeen } from './peers-report.ts'
import type { SpeakerPlan } from './plan.ts'
import type { Snapshot } from './snapshot.ts'
import type { StatusObject } from './status.ts'

/**
 * Of the sessions that the node keeps. FRR-K8s tells each step on the way to a session; here all of them are Active, as
 * most of the time in FRR: a router that is down would be a write every few seconds on each node.
 */
export function frrk8sSessions(
  { namespace }: Pick<Snapshot, 'namespace'>,
  { node, bgp: { peers } }: SpeakerPlan,
  seen: BgpSeen | undefined,
): readonly StatusObject[] {
  const sessions = new Map<string, Session>()
  for (const peer of peers) {
    const session = sessionOf(peer, seen)
    const key = `${session.peer}#${session.vrf}`
    const other = sessions.get(key)
    // Two ports of one address are one name here. It is up when both are: nobody is to miss the one that is not.
    sessions.set(key, other === undefined || other.isUp ? session : other)
  }
  return [...sessions.values()].map((session) => sessionObject({ namespace, node, session }))
}

type Session = {
  readonly peer: string
  readonly vrf: string
  readonly isUp: boolean
  readonly bfdStatus: 'Up' | 'Down' | 'N/A'
}

function sessionOf({ name, endpoint: { remote, device } }: PeerConfig, seen: BgpSeen | undefined): Session {
  const bfd = seen?.bfd?.[name]
  return {
    peer: 'interface' in remote ? remote.interface : labelOf(remote.address),
    vrf: device ?? '',
    isUp: seen?.peers[name]?.session.state === 'Established',
    bfdStatus: bfd === undefined ? 'N/A' : bfd.state === 'up' ? 'Up' : 'Down',
  }
}

/** A label holds no colon: IPv6 stands there in full, with dashes. */
function labelOf(text: string): string {
  const address = parseAddress(text)
  if (address?.family !== 'IPv6') return text
  const digits = address.value.toString(16).padStart(32, '0')
  return digits.replaceAll(/.{4}(?!$)/g, '$&-')
}

type Told = {
  readonly namespace: string
  readonly node: string
  readonly session: Session
}

function sessionObject({ namespace, node, session }: Told): StatusObject {
  const { peer, vrf, isUp, bfdStatus } = session
  return {
    kind: bgpSessionStateKind,
    namespace,
    name: `${nodeLabel(node)}-${hash('sha256', `${node}#${peer}#${vrf}`).slice(0, 20)}`,
    part: 'object',
    urgent: false,
    labels: {
      [bgpSessionStateLabels.node]: nodeLabel(node),
      [bgpSessionStateLabels.peer]: peer,
      [bgpSessionStateLabels.vrf]: vrf,
      [bgpSessionStateLabels.writer]: bgpSessionStateWriter,
    },
    status: {
      node,
      peer,
      ...(vrf === '' ? {} : { vrf }),
      bgpStatus: isUp ? 'Established' : 'Active',
      bfdStatus,
    },
  }
}

/** What is no longer true, of what a speaker of this node wrote. */
export function staleFrrk8sSessions(
  standing: readonly BGPSessionState[],
  wished: readonly StatusObject[],
): readonly BGPSessionState[] {
  const names = new Set(wished.map(({ name }) => name))
  return standing.filter((one) => one.isOurs && !names.has(one.name))
}
