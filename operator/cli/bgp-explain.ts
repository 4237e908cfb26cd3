// herald bgp explain: one BGPPeer on every node, each check with its verdict, and what the node itself tells.
import { peerFacts } from '../../reconcilers/peers.ts'
import type { Verdict } from '../../reconcilers/verdict.ts'
import { reasons } from '../../reconcilers/reasons.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import { assumedSecrets, nodePlans, sessionLines } from './bgp.ts'
import type { SessionLine } from './bgp.ts'
import { indent } from './table.ts'

export type PeerExplanation = {
  readonly peer: string
  readonly nodes: readonly PeerOnNode[]
}

export type PeerOnNode = {
  readonly node: string
  readonly findings: readonly { readonly fact: string; readonly verdict?: Verdict }[]
  readonly warnings: readonly Verdict[]
  readonly session?: SessionLine // absent: it is not meant for the node
}

/** Undefined: there is no such BGPPeer. */
export function explainPeer(snapshot: Snapshot, name: string): PeerExplanation | undefined {
  const read = snapshot.bgpPeers.find(({ value }) => value.name === name)
  if (read === undefined) return undefined
  const secrets = assumedSecrets(snapshot)
  const plans = nodePlans(snapshot)
  const sessions = sessionLines({ snapshot }).filter(({ peer }) => peer === name)
  const nodes = snapshot.nodes.map(({ name: node, labels }): PeerOnNode => {
    const findings = peerFacts.map(({ fact, check }) => {
      const verdict = check({ read, node, labels, secrets })
      return verdict === undefined ? { fact } : { fact, verdict }
    })
    const { peerVerdicts, peerWarnings } = plans.get(node) ?? {}
    const session = sessions.find((line) => line.node === node)
    return {
      node,
      findings: [...findings, inNobodysWay(findings, peerVerdicts?.get(name))],
      warnings: peerWarnings?.get(name) ?? [],
      ...(session === undefined ? {} : { session }),
    }
  })
  return { peer: name, nodes }
}

/** What comes after the checks of the object by itself. */
function inNobodysWay(findings: PeerOnNode['findings'], verdict: Verdict | undefined) {
  const fact = 'no older BGPPeer has the same session on the node'
  const isOther = verdict !== undefined && findings.every((one) => one.verdict?.reason !== verdict.reason)
  return isOther ? { fact, verdict } : { fact }
}

/** Every node that is to have a session has one. */
export function hasAllSessions({ nodes }: PeerExplanation): boolean {
  return nodes.every(({ session }) => session === undefined || session.state === 'Established')
}

export function formatPeer(explanation: PeerExplanation): string {
  return [`BGPPeer ${explanation.peer}`, ...explanation.nodes.map((node) => indent(nodeText(node)))].join(
    '\n',
  )
}

function nodeText({ node, findings, warnings, session }: PeerOnNode): string {
  const checks = findings.map(({ fact, verdict }) =>
    verdict === undefined ? `yes  ${fact}` : `no   ${fact}\n     ${verdict.reason}: ${verdict.message}`,
  )
  const notes = warnings.map(({ reason, message }) => `but  ${reason}: ${message}`)
  return [
    `node ${node} ${sessionText(session)}`,
    indent([...checks, ...notes, ...cure(session)].join('\n')),
  ].join('\n')
}

function sessionText(session: SessionLine | undefined): string {
  if (session === undefined) return 'is to have no session'
  const { state, reason, message, bfd } = session
  const why = state === 'Established' ? message : `${reason}, ${message}`
  const beside = bfd === undefined ? '' : `, BFD ${bfd}`
  return `says: ${state}${beside}${why === '' ? '' : `: ${why}`}`
}

function cure(session: SessionLine | undefined): readonly string[] {
  const known = Object.entries(reasons).find(([reason]) => reason === session?.reason)
  return session === undefined || session.state === 'Established' || known === undefined
    ? []
    : [`cure of ${session.reason}: ${known[1].cure}`]
}
