// Why something is not so: one reason in CamelCase, the same word in condition, event, log, metric and CLI.
import type { Reason } from './reasons.ts'

export type Verdict = { readonly reason: Reason; readonly message: string }

/** A check is a fact about a subject: it objects, or it says nothing. */
export type Check<Subject> = (subject: Subject) => Verdict | undefined

/** A check and the fact it stands for in words, as `explain` prints it. */
export type Fact<Subject> = { readonly fact: string; readonly check: Check<Subject> }

/** The first objection decides. */
export function firstVerdict<Subject>(
  facts: readonly Fact<Subject>[],
  subject: Subject,
): Verdict | undefined {
  for (const { check } of facts) {
    const verdict = check(subject)
    if (verdict !== undefined) return verdict
  }
  return undefined
}
