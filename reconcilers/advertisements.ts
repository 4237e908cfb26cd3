// What an L2Advertisement tells of itself: what is wrong in it, and what it names that is not there.
import type { L2Advertisement } from '../crds/l2-advertisement.ts'
import type { L2View } from './l2-view.ts'
import { rememberLast } from './once.ts'
import type { ObjectPlan } from './plan.ts'
import { invalidSpec } from './pool-counts.ts'
import { noNode, noPool, unknownPools } from './selection.ts'
import type { Read } from './snapshot.ts'
import type { Verdict } from './verdict.ts'

export const planAdvertisements: (
  advertisements: readonly Read<L2Advertisement>[],
  view: L2View,
) => ReadonlyMap<string, ObjectPlan> = rememberLast(
  (advertisements: readonly Read<L2Advertisement>[], view: L2View) =>
    new Map(
      advertisements.map(({ value, objections }) => [
        value.name,
        {
          verdicts: [...objections.map(invalidSpec), ...noPool(value, view.index)],
          warnings: [
            ...unknownPools(value, view.index),
            ...noNode(value, nodesOf(view)),
            ...unknownInterfaces(value, view),
          ],
        },
      ]),
    ),
)

function nodesOf({ candidacies }: L2View) {
  return [...candidacies.values()].flatMap(({ node }) => node ?? [])
}

// Only when every living speaker has said which interfaces it has.
function unknownInterfaces({ interfaces }: L2Advertisement, { candidacies }: L2View): readonly Verdict[] {
  const speakers = [...candidacies.values()].flatMap(({ speaker }) => speaker ?? [])
  if (speakers.length === 0 || speakers.some((speaker) => speaker.interfaces === undefined)) return []
  const present = new Set(speakers.flatMap((speaker) => speaker.interfaces ?? []))
  return [...new Set(interfaces)]
    .filter((name) => !present.has(name))
    .map((name) => ({
      reason: 'UnknownInterface',
      message: `spec.interfaces names ${name}, which no node with a living speaker has`,
    }))
}
