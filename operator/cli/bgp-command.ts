// herald bgp: sessions, routes, and why a peer has no session.
import { see } from './access.ts'
import type { ClusterOptions } from './access.ts'
import { explainPeer, formatPeer, hasAllSessions } from './bgp-explain.ts'
import { formatRoutes, formatSessions, isEstablished } from './bgp-text.ts'
import { routeLines, sessionLines } from './bgp.ts'
import { Mistake } from './failure.ts'
import { orMeant, similarNames } from './similar.ts'
import { writeLines } from './terminal.ts'
import type { Terminal } from './terminal.ts'

export type BgpOptions = ClusterOptions & {
  readonly output: 'text' | 'json'
  readonly all?: boolean
  readonly node?: string
  readonly peer?: string
}

/** Resolves with whether every session is established that is to be. */
export async function sessions(options: BgpOptions, terminal: Terminal): Promise<boolean> {
  const lines = sessionLines(await see(options, terminal)).filter(
    ({ node, peer }) => (options.node ?? node) === node && (options.peer ?? peer) === peer,
  )
  await print({ options, terminal }, lines, (rows) => formatSessions(lines, rows))
  return lines.every(isEstablished)
}

export async function routes(options: BgpOptions, terminal: Terminal): Promise<void> {
  const lines = routeLines(await see(options, terminal)).filter(
    ({ node, peers }) =>
      (options.node ?? node) === node && (options.peer === undefined || peers.includes(options.peer)),
  )
  await print({ options, terminal }, lines, (rows) => formatRoutes(lines, rows))
}

/** Resolves with whether every node has its session. */
export async function explainPeerOf(name: string, options: BgpOptions, terminal: Terminal): Promise<boolean> {
  const { snapshot } = await see(options, terminal)
  const explanation = explainPeer(snapshot, name)
  if (explanation === undefined) {
    const known = snapshot.bgpPeers.map(({ value }) => value.name)
    throw new Mistake(
      `there is no BGPPeer ${name} in namespace ${snapshot.namespace}${orMeant(similarNames(name, known))}`,
    )
  }
  await print({ options, terminal }, explanation, () => formatPeer(explanation))
  return hasAllSessions(explanation)
}

type To = { readonly options: BgpOptions; readonly terminal: Terminal }

function print({ options, terminal }: To, facts: unknown, text: (rows?: number) => string): Promise<void> {
  if (options.output === 'json') return writeLines(terminal, [JSON.stringify(facts, undefined, 2)])
  return writeLines(terminal, [text(options.all === true ? Number.POSITIVE_INFINITY : undefined)])
}
