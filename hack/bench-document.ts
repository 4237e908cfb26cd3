// docs/benchmarks.md: a section for each bench with its figures as a table, and on top what they were measured on and
// which goals they miss. A run of one bench replaces its section only. Pure: text and figures in, text out.
import type { Figure, Goal, Statistic } from '../test/bench/figure.ts'
import { reaches, statistics } from '../test/bench/figure.ts'

export type Run = {
  readonly bench: string
  readonly what: string
  readonly circumstances: readonly string[] // the commit, when, how long, how busy the machine was
  readonly figures: readonly Figure[]
}

export type Machine = Readonly<Record<string, string>>

const missedMark = '**missed**'

/** `before` is the document as it was, '' when there is none; sections come in the order of `benches`. */
export function benchDocument(before: string, { benches, runs, machine }: BenchResults): string {
  const sections = sectionsOf(before)
  for (const run of runs) sections.set(run.bench, sectionText(run))
  const known = benches.flatMap((bench) => sections.get(bench) ?? [])
  const rows = known.flatMap((section) => section.split('\n'))
  const missed = rows.filter((row) => row.includes(missedMark)).map(missedLine)
  return [headText(machine, missed), ...known].join('\n')
}

export type BenchResults = {
  readonly benches: readonly string[]
  readonly runs: readonly Run[]
  readonly machine: Machine
}

function sectionsOf(text: string): Map<string, string> {
  const parts = text.split(/^(?=## )/m).filter((part) => part.startsWith('## '))
  return new Map(parts.map((part) => [/^## ([\w-]+)/.exec(part)?.[1] ?? '', `${part.trimEnd()}\n`]))
}

function headText(machine: Machine, missed: readonly string[]): string {
  return [
    '# Benchmarks',
    '',
    'Made by `npm run bench`, which measures all of it anew; `npm run bench -- NAME …` does so with the sections named. Not to',
    'be edited by hand.',
    '',
    'The times are from a shared machine on which other programs worked at the same time, and all parts — API server, etcd,',
    'Herald, the nodes, the client — share its cores: take the ratios, not the milliseconds. Each section says how busy the',
    'machine was. Columns of MetalLB 0.16.2 are one run of it on a lab of the same shape. p50, p99 and p99.9 are nearest',
    'ranks of the runs; where there is one run, its value stands under p50.',
    '',
    '| | |',
    '| --- | --- |',
    ...Object.entries(machine).map(([key, value]) => `| ${key} | ${value} |`),
    '',
    missed.length === 0 ? 'No goal is missed.' : 'Goals missed:',
    '',
    ...missed,
    ...(missed.length === 0 ? [] : ['']),
  ].join('\n')
}

/** Of a row of a table: what, and which goals. */
function missedLine(row: string): string {
  const cells = row.split('|').map((cell) => cell.trim())
  const goals = cells.find((cell) => cell.includes(missedMark)) ?? ''
  return `- ${cells[1] ?? ''}: ${goals}`
}

function sectionText({ bench, what, circumstances, figures }: Run): string {
  const used = statistics.filter((of) => figures.some((figure) => cellOf(figure, of) !== ''))
  const withMetallb = figures.some(({ metallb }) => metallb !== undefined)
  const head = [
    'what',
    'unit',
    ...used.map(nameOf),
    'runs',
    'goal',
    ...(withMetallb ? ['MetalLB 0.16.2'] : []),
  ]
  const rows = figures.map((figure) => [
    figure.note === undefined ? figure.figure : `${figure.figure} (${figure.note})`,
    figure.unit,
    ...used.map((of) => cellOf(figure, of)),
    String(figure.runs),
    (figure.goals ?? []).map((goal) => goalText(figure, goal)).join(', '),
    ...(withMetallb ? [figure.metallb ?? ''] : []),
  ])
  const rule = head.map((name) => (used.map(nameOf).includes(name) || name === 'runs' ? '---:' : '---'))
  return [
    `## ${bench}: ${what}`,
    '',
    `\`npm run bench -- ${bench}\` · ${circumstances.join(' · ')}`,
    '',
    ...[head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`),
    '',
  ].join('\n')
}

function nameOf(statistic: Statistic): string {
  return statistic === 'p999' ? 'p99.9' : statistic
}

/** Of one value there is no spread. */
function cellOf(figure: Figure, of: Statistic): string {
  const value = figure[of]
  return value === undefined || (figure.runs === 1 && of !== 'p50') ? '' : numberText(value)
}

function numberText(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 20 })
}

export function goalText(figure: Figure, goal: Goal): string {
  const { of, most, least } = goal
  const subject = figure.runs === 1 ? '' : `${nameOf(of)} `
  const bounds = [
    ...(most === undefined ? [] : [`${subject}≤ ${numberText(most)}`]),
    ...(least === undefined ? [] : [`${subject}≥ ${numberText(least)}`]),
  ]
  return `${bounds.join(', ')}: ${reaches(figure, goal) ? 'reached' : missedMark}`
}

/** One line for whoever watches. */
export function figureLine(figure: Figure): string {
  const { unit, runs, min, max, p50, goals = [] } = figure
  const spread = runs === 1 ? '' : ` (${numberText(min)} to ${numberText(max)}, ${runs} runs)`
  const verdicts = goals.map((goal) => `; ${goalText(figure, goal)}`).join('')
  return `${figure.figure}: ${numberText(p50)} ${unit}${spread}${verdicts}`
}
