// Pure caches: what was worked out for the same inputs is not worked out again. They never change a result.

/** Remembers the last result; the inputs are lists of the same objects (===) or the work is done again. */
export function rememberLast<Input extends readonly unknown[], Result>(
  work: (...inputs: Input) => Result,
): (...inputs: Input) => Result {
  let last: { readonly inputs: Input; readonly result: Result } | undefined
  return (...inputs) => {
    if (last === undefined || !inputs.every((input, index) => sameInput(input, last?.inputs[index])))
      last = { inputs, result: work(...inputs) }
    return last.result
  }
}

/** The same value, or a list of the same objects. */
export function sameInput(a: unknown, b: unknown): boolean {
  if (a === b) return true
  return Array.isArray(a) && Array.isArray(b) && sameItems(a, b)
}

/** The same objects in the same order. */
export function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index])
}

/** One result per object, for as long as the object lives. */
export function rememberPerObject<Subject extends object, Result>(
  work: (subject: Subject) => Result,
): (subject: Subject) => Result {
  const results = new WeakMap<Subject, { readonly result: Result }>()
  return (subject) => {
    const known = results.get(subject)
    if (known !== undefined) return known.result
    const result = work(subject)
    results.set(subject, { result })
    return result
  }
}
