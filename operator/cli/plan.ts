// herald plan: what a change would move, as a page or as JSON.
import type { Comparison, Movement, ServiceChange, ServiceFuture } from '../../reconcilers/compare.ts'
import { whatMoves } from '../../reconcilers/compare.ts'
import type { Flaw } from './changes.ts'
import { formatTable, indent, shortList } from './table.ts'

export type PlanReport = Comparison & {
  readonly namespace: string
  readonly flaws: readonly Flaw[] // what cannot be right in the objects themselves
  readonly ignored: readonly string[] // objects on which nothing here depends
}

/** Rows that are shown when not all are asked for. */
const usualRows = 30

export function formatPlan(report: PlanReport, rows = usualRows): string {
  return [
    ...formatFlaws(report.flaws),
    ...formatServices(report.services, rows),
    formatCounts(report),
    ...formatReasons([...report.services, ...report.unserved], rows),
    ...formatObjects(report, rows),
  ].join('\n\n')
}

function formatFlaws(flaws: readonly Flaw[]): readonly string[] {
  if (flaws.length === 0) return []
  const lines = flaws.map(
    ({ object, field, value, message }) => `${object}: ${field} is ${value}: ${message}`,
  )
  return [['Wrong in what is applied:', ...lines.map((line) => indent(line))].join('\n')]
}

function formatServices(changes: readonly ServiceChange[], rows: number): readonly string[] {
  if (changes.length === 0) return []
  const table = formatTable(
    ['service', 'change', 'addresses', 'layer 2', 'routers told by', 'reason'],
    changes.slice(0, rows).map(cells),
  )
  return [changes.length > rows ? `${table}\n… and ${changes.length - rows} more (--all)` : table]
}

function cells(change: ServiceChange): readonly string[] {
  const { service, before, after } = change
  return [
    service,
    wordsOf(change).join(', '),
    passage(before?.addresses.join(','), after?.addresses.join(',')),
    passage(before?.owner, after?.owner),
    passage(shortList(before?.routing ?? []), shortList(after?.routing ?? [])),
    after?.verdict?.reason ?? '',
  ]
}

/** 'a -> b' where it changes, else what it is. */
function passage(before = '', after = ''): string {
  return before === after ? before : `${before || '-'} -> ${after || '-'}`
}

const nouns: Readonly<Record<Movement, string>> = { addresses: 'address', owner: 'owner', routing: 'routers' }

/** 'moves address', 'loses owner' … */
function wordsOf(change: ServiceChange): readonly string[] {
  return whatMoves(change).map((movement) => `${verbOf(change, movement)} ${nouns[movement]}`)
}

function verbOf({ before, after }: ServiceChange, movement: Movement): 'gains' | 'loses' | 'moves' {
  const [was, willBe] = [has(before, movement), has(after, movement)]
  if (was && willBe) return 'moves'
  return was ? 'loses' : 'gains'
}

function has(future: ServiceFuture | undefined, movement: Movement): boolean {
  const value = future?.[movement]
  return value !== undefined && value.length > 0
}

function formatCounts({ services, unserved, unchanged }: PlanReport): string {
  const waiting = unserved.length === 0 ? '' : `, ${unserved.length} new without an address`
  const stay = `${unchanged} ${unchanged === 1 ? 'Service stays as it is' : 'Services stay as they are'}${waiting}`
  if (services.length === 0) return `Nothing moves: ${stay}`
  const told = (['addresses', 'owner', 'routing'] as const).flatMap((movement) =>
    (['gains', 'moves', 'loses'] as const).flatMap((verb) => {
      const count = services.filter(
        (one) => whatMoves(one).includes(movement) && verbOf(one, movement) === verb,
      ).length
      return count === 0 ? [] : `${count} ${count === 1 ? verb : verb.replace(/s$/, '')} ${nouns[movement]}`
    }),
  )
  return `${told.join(', ')}; ${stay}`
}

function formatReasons(changes: readonly ServiceChange[], rows: number): readonly string[] {
  const reasons = changes.flatMap(({ service, after }) =>
    after?.verdict === undefined
      ? []
      : [{ service, text: `${after.verdict.reason}: ${after.verdict.message}` }],
  )
  const byText = [...Map.groupBy(reasons, ({ text }) => text)]
  if (byText.length === 0) return []
  const lines = byText.slice(0, rows).map(([text, same]) => {
    const subjects = shortList(
      same.map(({ service }) => `Service ${service}`),
      ', ',
    )
    return `${subjects}\n${indent(text)}`
  })
  return [['Afterwards:', ...lines.map((line) => indent(line))].join('\n')]
}

function formatObjects({ objects }: PlanReport, rows: number): readonly string[] {
  if (objects.length === 0) return []
  const lines = objects
    .slice(0, rows)
    .map(({ kind, name, verdict }) => `${kind} ${name}\n${indent(`${verdict.reason}: ${verdict.message}`)}`)
  return [['Newly not well:', ...lines.map((line) => indent(line))].join('\n')]
}
