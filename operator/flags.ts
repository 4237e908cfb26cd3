// Flags and environment variables as text, typed: every error names the flag, the value and what would be right.
// commander reads the command line; the spelling is Go's (one dash or two, --flag=value, --boolean=false).
import { Command } from 'commander'
import { parseDuration } from '../crds/duration.ts'

export type Flag = {
  readonly name: string // without dashes
  readonly value?: string // what it takes, for --help; absent = a boolean
  readonly env?: string // read when the flag is not given
  readonly about?: string
  readonly withoutEffect?: true // MetalLB has it: accepted so that manifests carry over
}

/** Where settings come from; a test passes its own. */
export type FlagSource = {
  readonly argv: readonly string[] // without node and the file
  readonly env: Readonly<Record<string, string | undefined>>
}

/** What was given, not yet understood. */
export type Flags = {
  readonly known: ReadonlyMap<string, Flag>
  readonly given: Readonly<Record<string, unknown>>
  readonly env: FlagSource['env']
}

export class SettingsError extends Error {
  override name = 'SettingsError'

  constructor(flag: string, value: string, right: string) {
    super(`${flag} ${value === '' ? 'is missing' : `is ${JSON.stringify(value)}`}: ${right}`)
  }
}

/** Throws commander's CommanderError for --help and unknown flags, after printing. */
export function readFlags(program: string, flags: readonly Flag[], source: FlagSource): Flags {
  const command = new Command(program).exitOverride().allowExcessArguments(false)
  for (const flag of flags) command.option(spelling(flag), description(flag))
  command.parse(normalize(source.argv, flags), { from: 'user' })
  const known = new Map(flags.map((flag) => [flag.name, flag]))
  return { known, given: command.opts<Record<string, unknown>>(), env: source.env }
}

function spelling(flag: Flag): string {
  return flag.value === undefined ? `--${flag.name} [boolean]` : `--${flag.name} <${flag.value}>`
}

function description(flag: Flag): string {
  const about = flag.withoutEffect ? "accepted for MetalLB's manifests, without effect" : (flag.about ?? '')
  return flag.env === undefined ? about : `${about} (env ${flag.env})`
}

/** Go's flag package takes -port as well as --port, and no separate word after a boolean. */
function normalize(argv: readonly string[], flags: readonly Flag[]): string[] {
  const booleans = new Set(flags.flatMap((flag) => (flag.value === undefined ? [`--${flag.name}`] : [])))
  return argv.map((word) => {
    const long = /^-[a-z][a-z0-9]/.test(word) ? `-${word}` : word
    return booleans.has(long) ? `${long}=true` : long
  })
}

/** An empty value counts as not given, as in MetalLB. */
export function textFlag(flags: Flags, name: string): string | undefined {
  return find(flags, name)?.value
}

export function booleanFlag(flags: Flags, name: string): boolean {
  const found = find(flags, name)
  if (found === undefined || ['false', 'f', '0'].includes(found.value.toLowerCase())) return false
  if (['true', 't', '1'].includes(found.value.toLowerCase())) return true
  throw new SettingsError(found.from, found.value, 'must be true or false')
}

export type IntegerBounds = { readonly fallback: number; readonly least: number; readonly most: number }

export function integerFlag(flags: Flags, name: string, { fallback, least, most }: IntegerBounds): number {
  const found = find(flags, name)
  if (found === undefined) return fallback
  const value = /^\d{1,9}$/.test(found.value) ? Number(found.value) : Number.NaN
  if (value >= least && value <= most) return value
  throw new SettingsError(found.from, found.value, `must be a whole number from ${least} to ${most}`)
}

/** At least a tenth of a second, where nothing else is said: shorter ones only load the API server. */
export function durationFlag(flags: Flags, name: string, leastMs = 100): number | undefined {
  const found = find(flags, name)
  if (found === undefined) return undefined
  const value = parseDuration(found.value)
  if (value !== undefined && value >= leastMs) return Math.round(value)
  throw new SettingsError(
    found.from,
    found.value,
    `must be a duration of ${leastMs}ms or more, like 500ms, 4s or 1m30s`,
  )
}

export function choiceFlag<const T extends string>(
  flags: Flags,
  name: string,
  choices: readonly T[],
): T | undefined {
  const found = find(flags, name)
  if (found === undefined) return undefined
  const choice = choices.find((candidate) => candidate === found.value)
  if (choice !== undefined) return choice
  throw new SettingsError(found.from, found.value, `must be one of ${choices.join(', ')}`)
}

/** The given flags and variables that do nothing here, as the user wrote them. */
export function flagsWithoutEffect(flags: Flags): readonly string[] {
  return [...flags.known.values()].flatMap((flag) => {
    const found = flag.withoutEffect ? find(flags, flag.name) : undefined
    return found === undefined ? [] : [found.from]
  })
}

function find(flags: Flags, name: string): { readonly from: string; readonly value: string } | undefined {
  const given = flags.given[camelCase(name)]
  if (typeof given === 'string' && given !== '') return { from: `--${name}`, value: given }
  const variable = flags.known.get(name)?.env
  const value = variable === undefined ? undefined : flags.env[variable]
  if (variable === undefined || value === undefined || value === '') return undefined
  return { from: variable, value }
}

/** As commander names its options. */
function camelCase(name: string): string {
  return name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}
