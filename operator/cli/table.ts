// Text tables as kubectl prints them: columns by their widest cell, two spaces or more between, nothing to the right.

/** The header in capitals and the rows beneath it; an empty cell is a dash, as a missing thing should be seen. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [
    header.map((title) => title.toUpperCase()),
    ...rows.map((row) => row.map((cell) => cell || '-')),
  ]
  const widths = header.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)))
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
