// herald status: processes, pools, advertisements and Services, and what is not well, on one screen; or as JSON.
import { planPeerObjects } from '../../reconcilers/peers-objects.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import { overviewOf } from '../../reconcilers/overview.ts'
import type { Overview, ServiceOverview } from '../../reconcilers/overview.ts'
import { reasons } from '../../reconcilers/reasons.ts'
import { isEstablished } from './bgp-text.ts'
import { sessionLines } from './bgp.ts'
import type { Look } from './cluster.ts'
import { formatNotes, notesOf } from './notes.ts'
import { processLines } from './processes.ts'
import type { Problem, ProcessLine } from './processes.ts'
import { formatAge, formatTable, shortList } from './table.ts'

export type PeerLine = {
  readonly peer: string
  readonly nodes: number // that are to have a session
  readonly established: number
  readonly verdicts: readonly Problem[]
}

export type StatusReport = Overview & {
  readonly namespace: string
  readonly takenAt: string // RFC 3339, by the clocks of the cluster
  readonly processes: readonly ProcessLine[]
  readonly peers: readonly PeerLine[]
}

export function statusReport({ snapshot, reports, leases, configurations }: Look): StatusReport {
  const nodes = snapshot.nodes.map(({ name }) => name)
  return {
    namespace: snapshot.namespace,
    takenAt: new Date(snapshot.takenAt).toISOString(),
    processes: processLines({ listed: leases, nodes, configurations }),
    peers: peerLines(snapshot),
    ...overviewOf(snapshot, reports),
  }
}

function peerLines(snapshot: Snapshot): readonly PeerLine[] {
  const { bgpPeers, bfdProfiles, nodes } = snapshot
  const plans = planPeerObjects(bgpPeers, bfdProfiles, nodes)
  const lines = sessionLines({ snapshot })
  return bgpPeers.map(({ value: { name } }) => {
    const own = lines.filter(({ peer }) => peer === name)
    const { verdicts = [], warnings = [] } = plans.get(name) ?? {}
    const missing = own.filter((line) => !isEstablished(line))
    return {
      peer: name,
      nodes: own.length,
      established: own.length - missing.length,
      verdicts: [...verdicts, ...warnings, ...missing],
    }
  })
}

/** Rows of a table that are shown when not all are asked for: those that are not well come first. */
const usualRows = 15

export function formatStatus(report: StatusReport, rows = usualRows): string {
  return [
    processTable(report, rows),
    poolTable(report, rows),
    advertisementTable(report, rows),
    ...peerTable(report, rows),
    serviceTable(report, rows),
    serviceCounts(report),
    ...formatNotes(notesOf(report), rows),
  ].join('\n\n')
}

/** herald pools: what each has and what stands against it, with the cure of each reason. */
export function formatPools(report: StatusReport, rows = usualRows): string {
  const none = { processes: [], advertisements: [], routing: [], peers: [], services: [] }
  const given = report.pools.flatMap(({ verdicts, warnings }) => [...verdicts, ...warnings])
  const cures = [...new Set(given.map(({ reason }) => reason))].map(
    (reason) => `cure of ${reason}: ${reasons[reason].cure}`,
  )
  return [
    poolTable(report, rows),
    ...formatNotes(notesOf({ ...report, ...none }), rows),
    ...(cures.length === 0 ? [] : [cures.join('\n')]),
  ].join('\n\n')
}

function processTable({ processes, takenAt }: StatusReport, rows: number): string {
  return section({
    header: ['process', 'name', 'state', 'since', 'interfaces', 'configuration'],
    lines: unwellFirst(
      processes,
      ({ state, result, problems }) => state !== 'alive' || result === 'Invalid' || problems.length > 0,
    ),
    rows,
    cells: ({ component, name, state, since, interfaces = [], result = '' }) => [
      component,
      name,
      state,
      since === undefined ? '' : formatAge(Date.parse(takenAt) - Date.parse(since)),
      shortList(interfaces),
      result,
    ],
    none: 'There is no controller and no node.',
  })
}

function poolTable({ pools, namespace }: StatusReport, rows: number): string {
  return section({
    header: ['pool', 'addresses', 'assigned', 'free', 'auto', 'ready', 'reason'],
    lines: unwellFirst(pools, ({ verdicts, warnings }) => verdicts.length + warnings.length > 0),
    rows,
    cells: ({ name, addresses, assigned, free, resting, autoAssign, ready, verdicts, warnings }) => [
      name,
      shortList(addresses),
      assigned,
      resting === undefined ? free : `${free}, ${resting} resting`,
      yesOrNo(autoAssign),
      yesOrNo(ready),
      reasonsOf([...verdicts, ...warnings]),
    ],
    none: `There is no IPAddressPool in namespace ${namespace}.`,
  })
}

function advertisementTable({ advertisements, namespace }: StatusReport, rows: number): string {
  return section({
    header: ['l2advertisement', 'pools', 'nodes', 'interfaces', 'ready', 'reason'],
    lines: unwellFirst(advertisements, ({ verdicts, warnings }) => verdicts.length + warnings.length > 0),
    rows,
    cells: ({ name, pools, nodes, interfaces, ready, verdicts, warnings }) => [
      name,
      shortList(pools),
      shortList(nodes),
      interfaces === 'all' ? 'all' : shortList(interfaces),
      yesOrNo(ready),
      reasonsOf([...verdicts, ...warnings]),
    ],
    none: `There is no L2Advertisement in namespace ${namespace}.`,
  })
}

/** Nothing without BGP: most clusters have none. */
function peerTable({ peers }: StatusReport, rows: number): readonly string[] {
  if (peers.length === 0) return []
  const table = section({
    header: ['bgppeer', 'nodes', 'established', 'reason'],
    lines: unwellFirst(peers, ({ verdicts }) => verdicts.length > 0),
    rows,
    cells: ({ peer, nodes, established, verdicts }) => [
      peer,
      String(nodes),
      String(established),
      reasonsOf(verdicts),
    ],
    none: '',
  })
  return [table]
}

function serviceTable({ services }: StatusReport, rows: number): string {
  return section({
    header: ['service', 'addresses', 'pool', 'announced by', 'interfaces', 'reason'],
    lines: unwellFirst(services, isUnwell),
    rows,
    cells: ({ service, addresses, pool = '', state, node, routed, interfaces = [], verdicts }) => [
      service,
      addresses.join(','),
      pool,
      [...(node === undefined ? [] : [node]), ...(routed === true ? ['BGP'] : [])].join(','),
      interfaces === 'all' ? 'all' : shortList(interfaces),
      state === 'untold' && verdicts.length === 0 ? 'just created' : reasonsOf(verdicts),
    ],
    none: 'There is no Service of type LoadBalancer for us.',
  })
}

function isUnwell({ state, verdicts }: ServiceOverview): boolean {
  return state !== 'announced' || verdicts.length > 0
}

function serviceCounts({ services, otherServices }: StatusReport): string {
  const count = (state: ServiceOverview['state']) => services.filter((one) => one.state === state).length
  const parts = [
    `${services.length} ${services.length === 1 ? 'Service' : 'Services'}`,
    `${count('announced')} announced`,
    `${count('silent') + count('untold')} with an address and not announced`,
    `${count('without-address')} without an address`,
  ]
  const others = otherServices === 0 ? '' : `; ${otherServices} of another loadBalancerClass`
  return `${parts.join(', ')}${others}`
}

type Section<Line> = {
  readonly header: readonly string[]
  readonly lines: readonly Line[]
  readonly rows: number
  readonly cells: (line: Line) => readonly string[]
  readonly none: string
}

function section<Line>({ header, lines, rows, cells, none }: Section<Line>): string {
  if (lines.length === 0) return none
  const table = formatTable(header, lines.slice(0, rows).map(cells))
  const more = lines.length - rows
  return more > 0 ? `${table}\n… and ${more} more (--all)` : table
}

function unwellFirst<Line>(lines: readonly Line[], unwell: (line: Line) => boolean): readonly Line[] {
  return [...lines.filter(unwell), ...lines.filter((line) => !unwell(line))]
}

function reasonsOf(verdicts: readonly { readonly reason: string }[]): string {
  return [...new Set(verdicts.map(({ reason }) => reason))].join(',')
}

function yesOrNo(fact: boolean): string {
  return fact ? 'yes' : 'no'
}
