// The file format of traces, the same for every protocol and for the engine's journal: one line an event, its effects
// indented below it, '#' for comments.
//
//   @15     received OPEN …
//             send KEEPALIVE
export type TraceEntry = {
  readonly line: number // in the file, from 1
  readonly at: number // ms
  readonly event: string
  readonly effects: readonly string[]
}

/** Throws with the line where the text is no trace. */
export function parseTrace(text: string): readonly TraceEntry[] {
  const entries: { line: number; at: number; event: string; effects: string[] }[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/(^|\s)#\s.*$/, '').trimEnd()
    if (line.trim() === '') continue
    const event = /^@(\d+(?:\.\d+)?)\s+(.*)$/.exec(line)
    if (event !== null) {
      entries.push({ line: index + 1, at: Number(event[1]), event: event[2] ?? '', effects: [] })
      continue
    }
    const last = entries.at(-1)
    if (!/^\s/.test(line) || last === undefined)
      throw new Error(`line ${index + 1} is no event and no effect: ${raw}`)
    last.effects.push(line.trim())
  }
  return entries
}

export function formatEntry({ at, event, effects }: Omit<TraceEntry, 'line'>): string {
  return [`@${Number(at.toFixed(3))} ${event}`, ...effects.map((effect) => `  ${effect}`)].join('\n')
}
