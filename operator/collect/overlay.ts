// What this process has written, or is about to write, and has not yet seen come back: it counts as standing there.
// So a plan never gives an address twice, and never moves what the plan before it gave.
import type { Service } from '../../crds/core.ts'
import { isObject } from '../../crds/read.ts'
import type { StatusObject } from '../../reconcilers/status.ts'

/** The Services of `rows`, with the wishes of `pending` (by Service key) laid over them. */
export type Overlay = (
  rows: readonly Service[],
  pending: ReadonlyMap<string, StatusObject>,
) => readonly Service[]

/** Remembers what it made: the same Service under the same wish is the same object again. */
export function createOverlay(): Overlay {
  const made = new WeakMap<Service, { readonly wish: StatusObject; readonly service: Service }>()

  function laidOver(service: Service, wish: StatusObject): Service {
    const before = made.get(service)
    if (before?.wish === wish) return before.service
    const result = overlayService(service, wish)
    made.set(service, { wish, service: result })
    return result
  }

  return (rows, pending) => {
    if (pending.size === 0) return rows
    return rows.map((service) => {
      const wish = pending.get(service.key)
      return wish === undefined || wish.uid !== service.uid ? service : laidOver(service, wish)
    })
  }
}

/** Only what the wish names changes; a Service of another life (uid) is never touched. */
export function overlayService(service: Service, wish: StatusObject): Service {
  const ingress = ingressOf(wish)
  const annotations = { ...service.annotations }
  for (const [name, value] of Object.entries(wish.annotations ?? {})) {
    if (value === null) delete annotations[name]
    else annotations[name] = value
  }
  return { ...service, annotations, ...(ingress === undefined ? {} : { ingress }) }
}

/** The addresses that a wish writes, or undefined when it leaves them alone. */
function ingressOf(wish: StatusObject): readonly string[] | undefined {
  const loadBalancer = wish.status['loadBalancer']
  if (!isObject(loadBalancer)) return undefined
  const list = loadBalancer['ingress']
  if (!Array.isArray(list)) return undefined
  return list.flatMap((entry: unknown) =>
    isObject(entry) && typeof entry['ip'] === 'string' ? [entry['ip']] : [],
  )
}
