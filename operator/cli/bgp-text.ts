// What is so of BGP, as tables: what is not well first.
import type { RouteLine, SessionLine } from './bgp.ts'
import { formatNotes } from './notes.ts'
import { formatTable, shortList } from './table.ts'

/** Rows that are shown when not all are asked for. */
const usualRows = 30

export function isEstablished({ state }: SessionLine): boolean {
  return state === 'Established'
}

export function formatSessions(lines: readonly SessionLine[], rows = usualRows): string {
  if (lines.length === 0) return 'There is no BGPPeer that a node is to have a session with.'
  const missing = lines.filter((line) => !isEstablished(line))
  const shown = [...missing, ...lines.filter(isEstablished)].slice(0, rows)
  const table = formatTable(
    ['peer', 'node', 'address', 'asn', 'state', 'bfd', 'reason'],
    shown.map(({ peer, node, address, asn, state, bfd = '', reason }) => {
      const unusual = isUsual(reason) ? '' : reason
      return [peer, node, address, asn, state, bfd, unusual]
    }),
  )
  const counts = `${lines.length} ${plural(lines.length, 'session')}, ${lines.length - missing.length} established`
  return [withMore(table, lines.length - rows), counts, ...formatNotes(notesOf(lines), rows)].join('\n\n')
}

function isUsual(reason: string): boolean {
  return reason === 'SessionEstablished'
}

function notesOf(lines: readonly SessionLine[]) {
  const unwell = lines.filter(({ reason }) => !isUsual(reason))
  const byText = Map.groupBy(unwell, ({ reason, message }) => `${reason}: ${message}`)
  return [...byText].map(([text, same]) => ({
    subjects: same.map(({ peer, node }) => `${peer} on ${node}`),
    text,
  }))
}

export function formatRoutes(lines: readonly RouteLine[], rows = usualRows): string {
  if (lines.length === 0) return 'No node announces a route.'
  const byRoute = Map.groupBy(lines, ({ prefix, peers, attributes }) =>
    JSON.stringify([prefix, peers, attributes]),
  )
  const merged = [...byRoute.values()].flatMap((same) => {
    const [first] = same
    return first === undefined ? [] : [{ ...first, nodes: same.map(({ node }) => node) }]
  })
  const table = formatTable(
    ['prefix', 'nodes', 'peers', 'services', 'attributes'],
    merged
      .slice(0, rows)
      .map(({ prefix, nodes, peers, services, attributes }) => [
        prefix,
        shortList(nodes),
        shortList(peers),
        shortList(services),
        attributesInWords(attributes),
      ]),
  )
  const prefixes = new Set(lines.map(({ prefix }) => prefix)).size
  const counts = `${prefixes} ${plural(prefixes, 'prefix', 'prefixes')}, ${new Set(lines.map(({ node }) => node)).size} of the nodes announce`
  return [withMore(table, merged.length - rows), counts].join('\n\n')
}

/** 'localPref=150 communities=64512:1,64512:2'; what is not said is left out. */
function attributesInWords(attributes: RouteLine['attributes']): string {
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined && value.toString() !== '')
    .map(([name, value]) => `${name}=${value.toString()}`)
    .join(' ')
}

function withMore(table: string, more: number): string {
  return more > 0 ? `${table}\n… and ${more} more (--all)` : table
}

function plural(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? one : many
}
