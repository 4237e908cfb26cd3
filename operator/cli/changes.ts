// What a user is about to do to a cluster: objects to apply, objects to delete; each of a kind that plans depend on.
import { coreKinds, ownKinds } from '../../crds/kinds.ts'
import type { KindName, Objection, Parsed, Resource } from '../../crds/kind.ts'
import { show } from '../../crds/read.ts'
import type { Schema } from '../../crds/schema.ts'
import type { SourceName } from './cluster.ts'
import { sourceNames, sources } from './cluster.ts'
import { Mistake } from './failure.ts'
import type { Manifest } from './manifests.ts'
import { unknownFields } from './unknown-fields.ts'

export type Changes = {
  readonly applied: readonly Applied[]
  readonly deleted: readonly Deleted[]
  readonly ignored: readonly Manifest[] // of kinds on which nothing here depends
  readonly flaws: readonly Flaw[] // what cannot be right in the objects to apply
}

export type Target = { readonly source: SourceName; readonly namespace: string; readonly name: string }
export type Applied = Target & { readonly manifest: Manifest }
export type Deleted = Target

export type Flaw = Objection & { readonly object: string } // 'IPAddressPool lan (changed.yaml)'

/** Where objects are that do not say it. */
export type Homes = {
  readonly namespace: string // Herald's: of its own kinds
  readonly home: string // of everything else
}

/** These are what Herald itself writes: nobody applies them. */
const written: readonly SourceName[] = ['leases', 'reports', 'configurations']

const changeable = sourceNames.filter((name) => !written.includes(name))

export function changesOf(
  manifests: readonly Manifest[],
  deletions: readonly string[],
  homes: Homes,
): Changes {
  const placed = manifests.map((manifest) => ({ manifest, source: sourceOf(manifest) }))
  const applied = placed.flatMap(({ manifest, source }): readonly Applied[] =>
    source === undefined ? [] : [{ ...targetOf(source, manifest, homes), manifest }],
  )
  return {
    applied,
    deleted: deletions.map((text) => deletionOf(text, homes)),
    ignored: placed.flatMap(({ manifest, source }) => (source === undefined ? [manifest] : [])),
    flaws: applied.flatMap((one) => flawsOf(one, homes)),
  }
}

function sourceOf({ apiVersion, kind }: Manifest): SourceName | undefined {
  const [group] = apiVersion.includes('/') ? apiVersion.split('/') : ['']
  return changeable.find((name) => sources[name][0].kind === kind && sources[name][0].group === group)
}

function targetOf(
  source: SourceName,
  { name, namespace }: { readonly name: string; readonly namespace?: string },
  homes: Homes,
): Target {
  const [kind, where] = sources[source]
  if (!kind.namespaced) return { source, namespace: '', name }
  return { source, namespace: namespace ?? (where === 'own' ? homes.namespace : homes.home), name }
}

/** KIND/NAME or KIND/NAMESPACE/NAME; the kind as kubectl takes it. */
function deletionOf(text: string, homes: Homes): Deleted {
  const [word = '', ...path] = text.split('/')
  const source = changeable.find((name) => namesOf(sources[name][0]).includes(word.toLowerCase()))
  const name = path.at(-1) ?? ''
  if (source === undefined || name === '' || path.length > 2)
    throw new Mistake(
      `--delete is "${text}": must be KIND/NAME or KIND/NAMESPACE/NAME, the kind one of ${changeable
        .map((one) => sources[one][0].kind.toLowerCase())
        .join(', ')}`,
    )
  const [namespace] = path.length === 2 ? path : []
  return targetOf(source, { name, ...(namespace === undefined ? {} : { namespace }) }, homes)
}

const usualShortNames: Readonly<Record<string, readonly string[]>> = {
  Service: ['svc'],
  Node: ['no'],
  Namespace: ['ns'],
}

function namesOf({ kind, plural }: KindName): readonly string[] {
  const own = ownKinds.find(({ definition }) => definition.name.kind === kind)
  const short = own?.definition.shortNames ?? usualShortNames[kind] ?? []
  return [kind.toLowerCase(), plural, ...short]
}

function flawsOf({ source, namespace, manifest }: Applied, homes: Homes): readonly Flaw[] {
  const { kind, apiVersion, name, raw } = manifest
  const object = `${kind} ${name} (${manifest.source})`
  const [known, where] = sources[source]
  const versions = versionsOf(known)
  const found: Objection[] = []
  if (!versions.includes(apiVersion))
    found.push({ field: 'apiVersion', value: show(apiVersion), message: `must be ${versions.join(' or ')}` })
  if (where === 'own' && namespace !== homes.namespace) {
    const message = `must be ${homes.namespace}; in other namespaces nobody reads it`
    found.push({ field: 'metadata.namespace', value: show(namespace), message })
  }
  found.push(...unknownFields(raw['spec'], specSchema(known, apiVersion), 'spec'))
  found.push(...parsed(known, { ...raw, apiVersion, kind, metadata: metadataOf(manifest) }).objections)
  return found.map((objection) => ({ ...objection, object }))
}

/** Undefined: a kind of Kubernetes, whose schema is not here. */
function specSchema(known: KindName, apiVersion: string): Schema | undefined {
  const own = ownKinds.find(({ definition }) => definition.name.kind === known.kind)
  const version = own?.definition.versions.find(({ name }) => `${known.group}/${name}` === apiVersion)
  return version?.schema.properties?.['spec']
}

function metadataOf({ name, raw }: Manifest): Resource['metadata'] {
  return {
    uid: '',
    resourceVersion: '',
    ...(typeof raw['metadata'] === 'object' ? raw['metadata'] : {}),
    name,
  }
}

function versionsOf(known: KindName): readonly string[] {
  const own = ownKinds.find(({ definition }) => definition.name.kind === known.kind)
  const versions = own?.definition.versions.map((version) => version.name) ?? [known.version]
  return versions.map((version) => (known.group === '' ? version : `${known.group}/${version}`))
}

function parsed({ kind }: KindName, resource: Resource): Parsed<unknown> {
  const own = ownKinds.find(({ definition }) => definition.name.kind === kind)
  const core = coreKinds.find(({ name }) => name.kind === kind)
  return (own ?? core)?.parse(resource) ?? { value: undefined, objections: [] }
}
