// Conditions as the API conventions want them: Ready first, Reconciling and Stalled only while they are so, one reason,
// a message that fits. The time of the last transition is set where a condition is written (operator/publish).
import type { DesiredCondition } from './status.ts'
import { shorten } from './text.ts'
import type { Verdict } from './verdict.ts'

/** metav1.Condition: maxLength of message. */
const longestMessage = 32_768

export function condition(
  type: string,
  status: DesiredCondition['status'],
  { reason, message }: Verdict,
): DesiredCondition {
  return { type, status, reason, message: shorten(message, longestMessage) }
}

/** Of several verdicts the first names the reason; the message has all of them. */
export function joinVerdicts(verdicts: readonly Verdict[]): Verdict | undefined {
  const [first] = verdicts
  if (first === undefined) return undefined
  return { reason: first.reason, message: verdicts.map(({ message }) => message).join('; ') }
}

export type ObjectState = {
  readonly verdicts: readonly Verdict[] // what stands against it
  readonly warnings: readonly Verdict[] // it works, but
  readonly generation: number
}

/**
 * Of a kind that users write, so that `kubectl wait`, Argo CD and all that use kstatus understand it. An object that
 * waits for others is Reconciling: it heals by itself; one that its owner has to change is Stalled.
 */
export function objectConditions({
  verdicts,
  warnings,
  generation,
}: ObjectState): readonly DesiredCondition[] {
  const objection = joinVerdicts(verdicts)
  const worst = objection ?? joinVerdicts(warnings) ?? { reason: 'Valid', message: 'the object is in use' }
  const ready = condition('Ready', objection === undefined ? 'True' : 'False', worst)
  const waits = objection !== undefined && verdicts.every(({ reason }) => reason === 'NoPoolSelected')
  const abnormal =
    objection === undefined ? [] : [condition(waits ? 'Reconciling' : 'Stalled', 'True', objection)]
  return [ready, ...abnormal].map((one) => ({ ...one, observedGeneration: generation }))
}
