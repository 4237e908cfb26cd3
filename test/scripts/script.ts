// A script: a story in one file, readable by a stranger. First what it shows, then one step a line, then its files.
//
//   # Two Services share an address.
//   start controller node-a
//   apply pool.yaml
//   wait default/web has 192.0.2.10
//   -- pool.yaml --
//   …

export type Step = { readonly line: number; readonly verb: string; readonly rest: string }

export type Script = {
  readonly title: string
  readonly steps: readonly Step[]
  readonly files: ReadonlyMap<string, string>
}

export function parseScript(text: string): Script {
  const [head = '', ...rest] = text.split(/^-- (.+) --\n/m)
  const files = new Map<string, string>()
  for (let index = 0; index + 1 < rest.length; index += 2) files.set(rest[index] ?? '', rest[index + 1] ?? '')
  const lines = head.split('\n')
  const steps = lines.flatMap((text_, index): Step[] => {
    const line = text_.trim()
    if (line === '' || line.startsWith('#')) return []
    const [verb = '', ...words] = line.split(' ')
    return [{ line: index + 1, verb, rest: words.join(' ') }]
  })
  return { title: (lines[0] ?? '').replace(/^#\s*/, '').replace(/\.$/, ''), steps, files }
}
