// Why something is not so: one reason in CamelCase, the same word in condition, event, log, metric and CLI.

export type Verdict = { readonly reason: Reason; readonly message: string }

/** A check is a fact about a subject: it objects, or it says nothing. */
export type Check<Subject> = (subject: Subject) => Verdict | undefined

/** The first objection decides. */
export function firstVerdict<Subject>(
  checks: readonly Check<Subject>[],
  subject: Subject,
): Verdict | undefined {
  for (const check of checks) {
    const verdict = check(subject)
    if (verdict !== undefined) return verdict
  }
  return undefined
}
