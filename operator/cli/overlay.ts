// The lists of a cluster as they would be after changes: what is applied takes the place of what stands, and keeps what
// the API server and Herald have filled in.
import type { Resource } from '../../crds/kind.ts'
import { isObject } from '../../crds/read.ts'
import { receive } from '../kube/door.ts'
import type { Applied, Changes, Target } from './changes.ts'
import type { Lists } from './cluster.ts'
import { sources } from './cluster.ts'
import { Mistake } from './failure.ts'
import { asServed } from './overlay-service.ts'
import { orMeant, similarNames } from './similar.ts'

/** `createdAt`: of what is new, RFC 3339. Throws a Mistake where there is nothing to delete. */
export function laidOver(lists: Lists, { applied, deleted }: Changes, createdAt: string): Lists {
  for (const target of deleted) mustBeThere(lists, target)
  return (source) => {
    const gone = new Set(deleted.filter((one) => one.source === source).map(keyOf))
    const objects = new Map(lists(source).map((object) => [keyOf(object.metadata), object]))
    for (const one of applied) {
      if (one.source !== source) continue
      const key = keyOf(one)
      objects.set(key, merged(one, { standing: objects.get(key), createdAt, lists }))
    }
    return [...objects].flatMap(([key, object]) => (gone.has(key) ? [] : object))
  }
}

function keyOf({ namespace = '', name }: { readonly namespace?: string; readonly name: string }): string {
  return `${namespace}/${name}`
}

function mustBeThere(lists: Lists, { source, namespace, name }: Target): void {
  const there = lists(source)
  if (there.some(({ metadata }) => keyOf(metadata) === keyOf({ namespace, name }))) return
  const where = namespace === '' ? '' : ` in namespace ${namespace}`
  const names = there
    .filter(({ metadata }) => (metadata.namespace ?? '') === namespace)
    .map(({ metadata }) => metadata.name)
  const meant = orMeant(similarNames(name, names))
  throw new Mistake(`--delete: there is no ${sources[source][0].kind} ${name}${where}${meant}`)
}

type Around = {
  readonly standing: Resource | undefined
  readonly createdAt: string
  readonly lists: Lists
}

/** As `kubectl replace` would leave it: nobody tells here which fields an earlier apply had set. */
function merged(
  { manifest, source, namespace, name }: Applied,
  { standing, createdAt, lists }: Around,
): Resource {
  const [kind] = sources[source]
  const { raw } = manifest
  const served = source === 'services' ? { spec: asServed(raw['spec'], standing?.['spec'], lists) } : {}
  return receive(
    {
      ...raw,
      ...served,
      status: standing === undefined && source === 'nodes' ? raw['status'] : standing?.['status'], // nobody creates one
      metadata: {
        ...(isObject(raw['metadata']) ? raw['metadata'] : {}),
        name,
        ...(namespace === '' ? {} : { namespace }),
        uid: standing?.metadata.uid ?? `planned-${source}-${namespace}-${name}`,
        resourceVersion: standing?.metadata.resourceVersion ?? '0',
        creationTimestamp: standing?.metadata.creationTimestamp ?? createdAt,
        annotations: annotationsOf(raw['metadata'], standing),
      },
    },
    kind,
  )
}

/** What the controller writes beside what users write. */
const controllersOwn = 'metallb.io/ip-allocated-from-pool'

function annotationsOf(metadata: unknown, standing: Resource | undefined): Readonly<Record<string, unknown>> {
  const own = standing?.metadata.annotations?.[controllersOwn]
  const written = isObject(metadata) && isObject(metadata['annotations']) ? metadata['annotations'] : {}
  return own === undefined ? written : { [controllersOwn]: own, ...written }
}
