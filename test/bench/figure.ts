// One measured figure of a bench: what, in which unit, how it was spread, and what it should reach. A bench prints its
// figures as JSON lines; hack/bench.ts reads them back and makes docs/benchmarks.md of them.
import { percentile } from '../../hack/lab/figures.ts'
import { isRecord } from '../support/dig.ts'

export const statistics = ['min', 'p50', 'p99', 'p999', 'max'] as const
export type Statistic = (typeof statistics)[number]

/** At most or at least so much of one statistic. */
export type Goal = { readonly of: Statistic; readonly most?: number; readonly least?: number }

export type Figure = {
  readonly figure: string
  readonly unit: string
  readonly runs: number
  readonly min: number
  readonly p50: number
  readonly p99?: number
  readonly p999?: number
  readonly max: number
  readonly goals?: readonly Goal[]
  readonly metallb?: string // the same of MetalLB 0.16.2, in the words of the baseline
  readonly note?: string
}

export type About = Pick<Figure, 'figure' | 'unit' | 'goals' | 'metallb' | 'note'>

/** Prints the figure of what was measured one time or more. Nothing measured is an error: a bench never passes by silence. */
export function tell(about: About, values: number | readonly number[]): void {
  console.log(JSON.stringify(figureOf(about, typeof values === 'number' ? [values] : values)))
}

/** A percentile is told where there are enough values for it to be another than the greatest. */
export function figureOf(about: About, values: readonly number[]): Figure {
  if (values.length === 0 || !values.every(Number.isFinite))
    throw new Error(`${about.figure}: not measured (${values.join(', ') || 'no value'})`)
  const at = (percent: number): number => digits(percentile(values, percent))
  const needs = (statistic: Statistic): boolean => about.goals?.some(({ of }) => of === statistic) === true
  return {
    ...about,
    runs: values.length,
    min: at(0),
    p50: at(50),
    ...(values.length >= 20 || needs('p99') ? { p99: at(99) } : {}),
    ...(values.length >= 1_000 ? { p999: at(99.9) } : {}),
    max: at(100),
  }
}

/** Three digits that count; whole numbers from a hundred on. */
function digits(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}

export function reaches(figure: Figure, { of, most, least }: Goal): boolean {
  const value = figure[of]
  if (value === undefined) return false
  return value <= (most ?? Number.POSITIVE_INFINITY) && value >= (least ?? Number.NEGATIVE_INFINITY)
}

/** A line that a bench printed. */
export function readFigure(line: string): Figure {
  const value: unknown = JSON.parse(line)
  if (!isFigure(value)) throw new Error(`not a figure: ${line}`)
  return value
}

function isFigure(value: unknown): value is Figure {
  if (!isRecord(value)) return false
  const texts = ['figure', 'unit'].every((key) => typeof value[key] === 'string')
  return texts && ['runs', 'min', 'p50', 'max'].every((key) => typeof value[key] === 'number')
}

/** What a bench is doing now, for whoever waits for it. */
export function say(line: string): void {
  console.error(`  ${line}`)
}
