// Reading JSON whose shape nobody promised: a path of keys and indexes, and what stands there.

/** undefined where anything on the way is missing. */
export function dig(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value
  for (const key of path) {
    if (Array.isArray(here)) here = typeof key === 'number' ? here.at(key) : undefined
    else here = isRecord(here) ? here[key] : undefined
  }
  return here
}

export function digText(value: unknown, ...path: readonly (string | number)[]): string | undefined {
  const found = dig(value, ...path)
  return typeof found === 'string' ? found : undefined
}

/** Empty where there is none. */
export function digList(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = dig(value, ...path)
  return Array.isArray(found) ? found : []
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
