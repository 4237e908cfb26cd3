// A CustomResourceDefinition from a file, as far as one must look into it to create it.
import type { KindName } from '../../crds/kind.ts'
import { isObject } from '../../crds/read.ts'
import type { NewObject } from './client.ts'

const definitionKind = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
} as const satisfies KindName

export type DefinitionNames = {
  group: string
  versions: { name: string; served: boolean; storage: boolean }[]
  plural: string
}

export type Definition = {
  readonly kind: KindName
  readonly object: NewObject & { readonly metadata: { readonly name: string } }
  readonly names: DefinitionNames
}

/** Throws at anything else. */
export function readDefinition(raw: unknown): Definition {
  if (
    !isObject(raw) ||
    raw['apiVersion'] !== 'apiextensions.k8s.io/v1' ||
    raw['kind'] !== definitionKind.kind
  )
    throw new Error('not a CustomResourceDefinition of apiextensions.k8s.io/v1')
  const { metadata, spec } = raw
  if (!isObject(metadata) || !isObject(spec) || !isObject(spec['names']))
    throw new Error('metadata or spec is missing')
  const { group, versions } = spec
  const { plural } = spec['names']
  const { name } = metadata
  if (
    typeof group !== 'string' ||
    typeof plural !== 'string' ||
    typeof name !== 'string' ||
    !Array.isArray(versions)
  )
    throw new Error('name, group, plural or versions are missing')
  return {
    kind: definitionKind,
    object: { ...raw, metadata: { ...metadata, name } },
    names: { group, plural, versions: versions.flatMap(readVersion) },
  }
}

function readVersion(raw: unknown): DefinitionNames['versions'] {
  if (!isObject(raw) || typeof raw['name'] !== 'string') return []
  return [{ name: raw['name'], served: raw['served'] === true, storage: raw['storage'] === true }]
}
