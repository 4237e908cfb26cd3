// Interfaces that never announce: the file of ConfigMap metallb-excludel2 (metallb.md §5.3). A speaker goes on whatever the
// file says: one that stops would take its node's addresses with it.
import { parse } from 'yaml'
import { defaultInterfacesToExclude } from '../protocols/l2/link.ts'
import { SettingsError } from './flags.ts'
import { fromGo } from './go-regexp.ts'

export type Exclusions = {
  readonly patterns: readonly string[] // sources of RegExp
  readonly complaints: readonly SettingsError[] // what is wrong in the file, and what was done about it
}

/** The file replaces the defaults, also by an empty list; one that cannot be read at all leaves them. */
export function parseExcludeFile(path: string, text: string): Exclusions {
  try {
    return readPatterns(path, readList(path, text))
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return { patterns: defaultInterfacesToExclude, complaints: [error] }
  }
}

function readList(path: string, text: string): readonly unknown[] {
  const list = readKey(path, text)
  if (Array.isArray(list)) return list
  const must = 'must be a list of regular expressions; the defaults hold instead'
  throw new SettingsError(`${path}: announcedInterfacesToExclude`, shown(list), must)
}

/** One that cannot be read excludes nothing, and the others are as they are. */
function readPatterns(path: string, list: readonly unknown[]): Exclusions {
  const patterns: string[] = []
  const complaints: SettingsError[] = []
  for (const [index, entry] of list.entries()) {
    try {
      if (typeof entry !== 'string') throw new SyntaxError('it is no text')
      patterns.push(fromGo(entry).source)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      const where = `${path}: announcedInterfacesToExclude[${index}]`
      const must = `must be a regular expression, such as ^veth.* (${error.message}); it excludes nothing`
      complaints.push(new SettingsError(where, shown(entry), must))
    }
  }
  return { patterns, complaints }
}

function readKey(path: string, text: string): unknown {
  const document = readYaml(path, text)
  if (typeof document !== 'object' || document === null || !('announcedInterfacesToExclude' in document))
    return undefined
  return document.announcedInterfacesToExclude
}

function readYaml(path: string, text: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new SettingsError(path, why, 'must be YAML; the defaults hold instead')
  }
}

function shown(value: unknown): string {
  return value === undefined ? '' : (JSON.stringify(value) ?? '')
}
