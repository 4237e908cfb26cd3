// A list that is never changed: a new one shares all but the chunks that differ, so that a step that touches
// one of 10,000 claims copies a hundred of them and not all.

export type Vector<T> = { readonly length: number; readonly chunks: readonly (readonly T[])[] }

const chunkBits = 7
const chunkSize = 1 << chunkBits

export function vectorOf<T>(items: readonly T[]): Vector<T> {
  const chunks: (readonly T[])[] = []
  for (let start = 0; start < items.length; start += chunkSize)
    chunks.push(items.slice(start, start + chunkSize))
  return { length: items.length, chunks }
}

export function itemAt<T>(vector: Vector<T>, index: number): T | undefined {
  return vector.chunks[index >> chunkBits]?.[index & (chunkSize - 1)]
}

/** With the items of `changes` in their places; each chunk is copied once, however many of its items change. */
export function withItems<T>(vector: Vector<T>, changes: ReadonlyMap<number, T>): Vector<T> {
  if (changes.size === 0) return vector
  const chunks = [...vector.chunks]
  const copies = new Map<number, T[]>()
  for (const [index, item] of changes) {
    if (index < 0 || index >= vector.length)
      throw new RangeError(`no item ${index} in a vector of ${vector.length}`)
    const chunk = index >> chunkBits
    const copy = copies.get(chunk) ?? [...(chunks[chunk] ?? [])]
    copies.set(chunk, copy)
    chunks[chunk] = copy
    copy[index & (chunkSize - 1)] = item
  }
  return { length: vector.length, chunks }
}

export function* itemsOf<T>(vector: Vector<T>): Generator<T> {
  for (const chunk of vector.chunks) yield* chunk
}
