// What this process is about to write, or has written and not yet seen come back: it counts as standing there.
// So a plan never gives an address twice, and never moves what the plan before it gave.
import { isObject } from '../../crds/read.ts'
import { rememberPerObject } from '../../reconcilers/once.ts'
import type { StatusObject } from '../../reconcilers/status.ts'

/** Addresses by the uid of their Service, of those wishes that write addresses; an empty list is a release. */
export function writtenAddresses(pending: Iterable<StatusObject>): ReadonlyMap<string, readonly string[]> {
  const written = new Map<string, readonly string[]>()
  for (const wish of pending) {
    const addresses = addressesOf(wish)
    if (wish.uid !== undefined && addresses !== undefined) written.set(wish.uid, addresses)
  }
  return written
}

/** Undefined: the wish leaves the addresses alone. */
const addressesOf = rememberPerObject(({ status }: StatusObject): readonly string[] | undefined => {
  const loadBalancer = status['loadBalancer']
  const ingress: unknown = isObject(loadBalancer) ? loadBalancer['ingress'] : undefined
  if (!Array.isArray(ingress)) return undefined
  return ingress.flatMap((entry: unknown) =>
    isObject(entry) && typeof entry['ip'] === 'string' ? [entry['ip']] : [],
  )
})
