// Manifests as kubectl takes them: YAML or JSON, several documents a file, lists within lists.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { isObject } from '../../crds/read.ts'
import { Mistake } from './failure.ts'

/** One object with the place it was read from. */
export type Manifest = {
  readonly source: string // 'changed.yaml', 'changed.yaml, document 2', 'changed.yaml, items[3]'
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly namespace?: string
  readonly raw: Readonly<Record<string, unknown>>
}

/** A file, a folder of *.yaml, *.yml and *.json, or - for what is piped in. Throws a Mistake that names the document. */
export function readManifests(path: string): readonly Manifest[] {
  return filesOf(path).flatMap((file) => parseManifests(file === '-' ? 'stdin' : file, textOf(file)))
}

function filesOf(path: string): readonly string[] {
  if (path === '-') return [path]
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path]
  const files = readdirSync(path)
    .filter((name) => /\.(ya?ml|json)$/.test(name))
    .toSorted()
  if (files.length === 0) throw new Mistake(`${path} holds no .yaml, .yml or .json file`)
  return files.map((name) => join(path, name))
}

function textOf(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new Mistake(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

export function parseManifests(file: string, text: string): readonly Manifest[] {
  const documents = parseAllDocuments(text)
  if (!Array.isArray(documents)) return []
  return documents.flatMap((document, index) => {
    const source = documents.length === 1 ? file : `${file}, document ${index + 1}`
    const [error] = document.errors
    if (error !== undefined) throw new Mistake(`${source} is no YAML: ${error.message}`, { cause: error })
    const raw: unknown = document.toJS()
    return raw === null || raw === undefined ? [] : manifestsIn(raw, source)
  })
}

function manifestsIn(raw: unknown, source: string): readonly Manifest[] {
  if (!isObject(raw))
    throw new Mistake(`${source} holds no object: apiVersion, kind and metadata are missing`)
  const { apiVersion, kind, items, metadata } = raw
  if (typeof apiVersion !== 'string' || apiVersion === '') throw missing(source, 'apiVersion')
  if (typeof kind !== 'string' || kind === '') throw missing(source, 'kind')
  if (kind.endsWith('List') && Array.isArray(items))
    return items.flatMap((item: unknown, index) =>
      manifestsIn(typed(item, apiVersion, kind), `${source}, items[${index}]`),
    )
  const { name, namespace } = isObject(metadata) ? metadata : {}
  if (typeof name !== 'string' || name === '') throw missing(`${source}: ${kind}`, 'metadata.name')
  return [
    {
      source,
      apiVersion,
      kind,
      name,
      raw,
      ...(typeof namespace === 'string' && namespace !== '' ? { namespace } : {}),
    },
  ]
}

/** Items of a ServiceList do not say that they are Services. */
function typed(item: unknown, apiVersion: string, listKind: string): unknown {
  if (!isObject(item) || listKind === 'List') return item
  return { apiVersion, kind: listKind.slice(0, -'List'.length), ...item }
}

function missing(source: string, field: string): Mistake {
  return new Mistake(`${source}: ${field} is missing: must be a text`)
}
