// Text tables as kubectl prints them: columns by their widest cell, three spaces between, nothing to the right.

/** The header in capitals and the rows beneath it; an empty cell is a dash, as a missing thing should be seen. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [
    header.map((title) => title.toUpperCase()),
    ...rows.map((row) => row.map((cell) => cell || '-')),
  ]
  const widths = header.map((_, column) =>
    lines.reduce((widest, line) => Math.max(widest, (line[column] ?? '').length), 0),
  )
  return lines.map((line) => formatLine(line, widths)).join('\n')
}

function formatLine(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, column) => cell.padEnd((widths[column] ?? 0) + 3))
  return padded.join('').trimEnd()
}

/** Every line of `text` indented. */
export function indent(text: string, by = '  '): string {
  return text.replaceAll(/^(?=.)/gm, by)
}

/** 'a,b,c and 4 more' */
export function shortList(items: readonly string[], separator = ','): string {
  const shown = items.slice(0, 3).join(separator)
  return items.length <= 3 ? shown : `${shown} and ${items.length - 3} more`
}

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
] as const

/** As kubectl, in the largest unit of which there are two: '90s', '5m', '26h', '3d'. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  for (const [unit, size] of units) if (seconds >= 2 * size) return `${Math.floor(seconds / size)}${unit}`
  return `${seconds}s`
}
