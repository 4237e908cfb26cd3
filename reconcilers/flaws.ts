// Services that the API server took and of which a field cannot be read: they keep what they have, and are announced as
// far as they can be read, but get nothing new before that field is right.
import type { Service } from '../crds/core.ts'
import { oldestFirst } from './age.ts'
import { rememberLast } from './once.ts'
import { invalidSpec } from './pool-counts.ts'
import type { Flawed, Snapshot } from './snapshot.ts'
import type { Verdict } from './verdict.ts'

/** All Services of which enough is known to tell whose they are, oldest first. */
export function everyService({ services, flawedServices }: Snapshot): readonly Service[] {
  return flawedServices.length === 0 ? services : withFlawed(services, flawedServices)
}

const withFlawed = rememberLast(
  (services: readonly Service[], flawed: readonly Flawed[]): readonly Service[] =>
    oldestFirst([...services, ...flawed.flatMap(({ service }) => service ?? [])]),
)

/** What is wrong with a Service, by its key. */
export const flawsOf = rememberLast(
  (flawed: readonly Flawed[]): ReadonlyMap<string, Verdict> =>
    new Map(
      flawed.map(({ namespace, name, objections }) => {
        const message = objections.map((objection) => invalidSpec(objection).message).join('; ')
        return [`${namespace}/${name}`, { reason: 'InvalidService', message }]
      }),
    ),
)
