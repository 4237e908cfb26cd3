// Names that somebody may have meant.

const most = 3

/** Of `names` those that are like `wanted`, the likest first. */
export function similarNames(wanted: string, names: Iterable<string>): readonly string[] {
  return [...names]
    .map((name) => ({ name, distance: distanceBetween(wanted, name) }))
    .filter(({ distance }) => distance <= Math.max(1, Math.floor(wanted.length / 3)))
    .toSorted((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name)
}

/** As `similarNames` for NAMESPACE/NAME: the same name in another namespace is the likest of all. */
export function similarKeys(wanted: string, keys: Iterable<string>): readonly string[] {
  const all = [...keys]
  const [namespace = '', name = ''] = wanted.split('/')
  const elsewhere = all.filter((key) => key.endsWith(`/${name}`)).toSorted()
  const siblings = all
    .filter((key) => key.startsWith(`${namespace}/`))
    .map((key) => key.slice(namespace.length + 1))
  const like = similarNames(name, siblings).map((sibling) => `${namespace}/${sibling}`)
  return [...new Set([...elsewhere, ...like, ...similarNames(wanted, all)])].slice(0, most)
}

/** 'there is no X' with what may be meant: '; did you mean a, b?' */
export function orMeant(names: readonly string[]): string {
  return names.length === 0 ? '' : `; did you mean ${names.join(', ')}?`
}

/** How many letters are to be put in, left out, changed or swapped with their neighbour (Damerau and Levenshtein). */
function distanceBetween(a: string, b: string): number {
  let before: readonly number[] = []
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const [above = 0, left = 0, corner = 0] = [row[j], next[j - 1], row[j - 1]]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const bySwap = swapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY
      next.push(Math.min(above + 1, left + 1, corner + (a[i - 1] === b[j - 1] ? 0 : 1), bySwap))
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}
