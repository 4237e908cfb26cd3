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
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}

/** How many objects are the same at the heads of both lists, and how many of the others at their ends. */
export function sameEnds(
  a: readonly unknown[],
  b: readonly unknown[],
): { readonly head: number; readonly tail: number } {
  const most = Math.min(a.length, b.length)
  let head = 0
  while (head < most && a[head] === b[head]) head++
  let tail = 0
  while (tail < most - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++
  return { head, tail }
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
