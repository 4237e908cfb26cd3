// What has to be made, changed and removed so that what is becomes what is wished.

export type Difference<T> = {
  readonly create: readonly T[]
  readonly update: readonly T[]
  readonly remove: readonly T[]
}

/** By key; `same` tells whether two values need no update, which is identity unless said otherwise. */
export function diff<T>(
  desired: ReadonlyMap<string, T>,
  current: ReadonlyMap<string, T>,
  same: (desired: T, current: T) => boolean = Object.is,
): Difference<T> {
  const create: T[] = []
  const update: T[] = []
  for (const [key, wish] of desired) {
    const standing = current.get(key)
    if (standing === undefined) create.push(wish)
    else if (!same(wish, standing)) update.push(wish)
  }
  const remove = [...current].filter(([key]) => !desired.has(key)).map(([, value]) => value)
  return { create, update, remove }
}
