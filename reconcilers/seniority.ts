// Of two objects of one kind that cannot both have their way the older one has it; of the same age, the first by name.

type Aged = { readonly createdAt: string; readonly name: string }

export function olderFirst(a: Aged, b: Aged): number {
  return compare(a.createdAt, b.createdAt) || compare(a.name, b.name)
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
