// Interfaces that never announce: the file of ConfigMap metallb-excludel2 (metallb.md §5.3).
import { parse } from 'yaml'
import { SettingsError } from './flags.ts'

/** The file replaces the defaults, also by an empty list. Throws SettingsError. */
export function parseExcludeFile(path: string, text: string): readonly string[] {
  const key = `${path}: announcedInterfacesToExclude`
  const list = readKey(path, text)
  if (!Array.isArray(list)) throw new SettingsError(key, shown(list), 'must be a list of regular expressions')
  return list.map((entry, index) => {
    if (typeof entry !== 'string' || !compiles(entry))
      throw new SettingsError(
        `${key}[${index}]`,
        shown(entry),
        'must be a regular expression, such as ^veth.*',
      )
    return entry
  })
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
    throw new SettingsError(path, error instanceof Error ? error.message : String(error), 'must be YAML')
  }
}

function compiles(expression: string): boolean {
  try {
    new RegExp(expression)
    return true
  } catch {
    return false
  }
}

function shown(value: unknown): string {
  return value === undefined ? '' : (JSON.stringify(value) ?? '')
}
