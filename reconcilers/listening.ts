// Where peers of a node may connect to it (BGPPeers with `listen: true`), and why they cannot: a condition of its
// ConfigurationState.
import type { ListeningObserved } from '../protocols/bgp/observed.ts'
import { condition, joinVerdicts } from './conditions.ts'
import type { DesiredCondition } from './status.ts'
import type { Verdict } from './verdict.ts'

/** Nothing for a node that is not to listen. */
export function listeningCondition(
  listening: readonly ListeningObserved[] = [],
): readonly DesiredCondition[] {
  if (listening.length === 0) return []
  const problems = listening.flatMap(({ address, problem }): Verdict[] =>
    problem === undefined
      ? []
      : [{ reason: 'CannotListen', message: `peers cannot connect to ${address}: ${problem}` }],
  )
  const worst = joinVerdicts(problems)
  return worst === undefined
    ? [condition('bgpListening', 'True', { reason: 'Valid', message: '' })]
    : [condition('bgpListening', 'False', worst)]
}
