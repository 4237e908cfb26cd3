// What a kind of ours is in the API, and the CustomResourceDefinition that says so to the API server.
import type { KindName } from './kind.ts'
import type { Schema } from './schema.ts'

/** Group, category and scope are the same for all of them. */
export type Definition = {
  readonly name: KindName // in the version that is stored, which is the one that is read here
  readonly shortNames: readonly string[]
  readonly versions: readonly Version[]
}

export type Version = {
  readonly name: string
  readonly deprecationWarning?: string // absent: not deprecated
  readonly columns: readonly Column[]
  readonly schema: Schema
}

/** One column of `kubectl get`. */
export type Column = {
  readonly name: string
  readonly type: 'string' | 'integer' | 'boolean' | 'date'
  readonly jsonPath: string
  readonly description: string
  readonly priority?: 1 // only with -o wide
}

/** A kind that has one version. */
export function oneVersion(
  name: KindName,
  { shortName, columns, schema }: Pick<Version, 'columns' | 'schema'> & { readonly shortName: string },
): Definition {
  return { name, shortNames: [shortName], versions: [{ name: name.version, columns, schema }] }
}

/** Of a kind that users write: what it says, what became of it, and what only `-o wide` shows. */
export function userColumns(says: readonly Column[], more: readonly Column[] = []): readonly Column[] {
  return [...says, readyColumn, ageColumn, reasonColumn, ...more.map(wide)]
}

/** Of the name, as the API server wants it. */
export function customResourceDefinition({ name, shortNames, versions }: Definition): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${name.plural}.${name.group}` },
    spec: {
      group: name.group,
      names: {
        kind: name.kind,
        listKind: `${name.kind}List`,
        plural: name.plural,
        singular: name.kind.toLowerCase(),
        shortNames,
        categories: ['metallb'],
      },
      scope: name.namespaced ? 'Namespaced' : 'Cluster',
      ...(versions.length > 1 ? { conversion: { strategy: 'None' } } : {}),
      versions: versions.map((version) => ({
        name: version.name,
        served: true,
        storage: version.name === name.version,
        ...(version.deprecationWarning === undefined
          ? {}
          : { deprecated: true, deprecationWarning: version.deprecationWarning }),
        additionalPrinterColumns: version.columns,
        schema: { openAPIV3Schema: version.schema },
        subresources: { status: {} },
      })),
    },
  }
}

export function column(
  name: string,
  jsonPath: string,
  more: { readonly description: string; readonly type?: Column['type'] },
): Column {
  const { type = 'string', description } = more
  return { name, type, jsonPath, description }
}

/** As a column that only `-o wide` shows. */
export function wide(shown: Column): Column {
  return { ...shown, priority: 1 }
}

const readyColumn = column('Ready', '.status.conditions[?(@.type=="Ready")].status', {
  description: 'Whether it takes effect as written',
})

const reasonColumn = wide(
  column('Reason', '.status.conditions[?(@.type=="Ready")].reason', {
    description: 'Why it is ready or not',
  }),
)

export const ageColumn = column('Age', '.metadata.creationTimestamp', {
  type: 'date',
  description: 'Time since it was created',
})
