// Endpoints by Service: the union of its EndpointSlices, kept as they come and go.
import { parseEndpointSlice } from '../../crds/endpoint-slice.ts'
import type { EndpointSlice } from '../../crds/endpoint-slice.ts'
import type { Endpoint } from '../../crds/core.ts'
import type { Resource } from '../../crds/kind.ts'
import { layeredMap, withChanges } from '../../reconcilers/layered-map.ts'
import { sameValue } from '../equal.ts'
import { refuseParts } from './table.ts'
import type { Followed } from './table.ts'

export type Endpoints = {
  readonly byService: () => ReadonlyMap<string, readonly Endpoint[]> // the same map until something changes
  readonly stop: () => void
}

export function startEndpoints(cache: Followed): Endpoints {
  const slices = new Map<string, EndpointSlice>()
  const slicesOf = new Map<string, Set<string>>() // keys of slices, by Service
  const changes = new Map<string, readonly Endpoint[] | undefined>() // since it was asked for
  let endpoints = layeredMap<readonly Endpoint[]>()

  function set(key: string, object: Resource): void {
    const { value } = parseEndpointSlice(object) // what is wrong in a slice is no matter of a user: it counts for less
    const before = slices.get(key)
    if (before !== undefined && sameValue(before, value)) return
    if (before !== undefined && before.serviceKey !== value.serviceKey) remove(key)
    slices.set(key, value)
    slicesOf.set(value.serviceKey, (slicesOf.get(value.serviceKey) ?? new Set<string>()).add(key))
    unite(value.serviceKey)
  }

  function remove(key: string): void {
    const before = slices.get(key)
    if (before === undefined) return
    slices.delete(key)
    slicesOf.get(before.serviceKey)?.delete(key)
    unite(before.serviceKey)
  }

  function unite(serviceKey: string): void {
    const keys = [...(slicesOf.get(serviceKey) ?? [])].toSorted()
    if (keys.length === 0) {
      slicesOf.delete(serviceKey)
      changes.set(serviceKey, undefined)
    } else {
      changes.set(serviceKey, Object.freeze(keys.flatMap((key) => slices.get(key)?.endpoints ?? [])))
    }
  }

  function byService(): ReadonlyMap<string, readonly Endpoint[]> {
    endpoints = withChanges(endpoints, changes)
    changes.clear()
    return endpoints
  }

  refuseParts(cache)
  for (const [key, object] of cache.objects()) set(key, object)
  const stop = cache.onChange((change) => {
    if (change.type === 'synced') return
    if (change.type === 'deleted') remove(change.key)
    else set(change.key, change.object)
  })
  return { byService, stop }
}
