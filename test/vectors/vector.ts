// The text form of a golden vector (README.md beside it): bytes field by field, then what they mean.

/** One line of bytes. What is received and what is written back differ only where a decoder must be lenient. */
export type VectorField = {
  readonly name: string
  readonly received: Uint8Array
  readonly written: Uint8Array
}

export type Vector = {
  readonly title: string
  readonly comments: readonly string[]
  readonly line: number // where its title stands
  readonly fields: readonly VectorField[]
  readonly outcome: Outcome
}

export type Outcome =
  | { readonly type: 'value'; readonly json: unknown } // =
  | { readonly type: 'error'; readonly error: string } // !

/** Throws with the line when the text is no list of vectors. */
export function parseVectors(text: string): readonly Vector[] {
  const lines = text.split('\n').map((content, index) => ({ content: content.trimEnd(), number: index + 1 }))
  const blocks: Line[][] = [[]]
  for (const line of lines) {
    if (line.content === '') blocks.push([])
    else blocks.at(-1)?.push(line)
  }
  return blocks.filter((block) => block.some(({ content }) => !content.startsWith('#'))).map(parseBlock)
}

type Line = { readonly content: string; readonly number: number }

function parseBlock(block: readonly Line[]): Vector {
  const [title, ...comments] = block.filter(({ content }) => content.startsWith('#'))
  if (title === undefined) throw wrong(block[0], 'a vector begins with "# title"')
  const rest = block.filter(({ content }) => !content.startsWith('#'))
  const start = rest.findIndex(({ content }) => /^[=!] /.test(content))
  if (start < 1) throw wrong(title, 'a vector has bytes, then a line of = JSON or ! error')
  return {
    title: comment(title),
    comments: comments.map(comment),
    line: title.number,
    fields: rest.slice(0, start).map(parseField),
    outcome: parseOutcome(rest.slice(start)),
  }
}

function comment(line: Line): string {
  return line.content.replace(/^#\s*/, '')
}

function parseField(line: Line): VectorField {
  const match = /^([0-9a-f]*)(?:(=>)([0-9a-f]*))?\s+(\S.*)$/.exec(line.content)
  if (match === null) throw wrong(line, 'a field is "hex name" or "hex=>hex name"')
  const [, received = '', arrow, written = '', name = ''] = match
  return {
    name,
    received: hexBytes(line, received),
    written: hexBytes(line, arrow === undefined ? received : written),
  }
}

function hexBytes(line: Line, text: string): Uint8Array {
  if (text.length % 2 !== 0) throw wrong(line, 'half a byte')
  return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
    Number.parseInt(text.slice(2 * index, 2 * index + 2), 16),
  )
}

/** JSON may go on over lines that are indented. */
function parseOutcome(lines: readonly Line[]): Outcome {
  const text = lines.map(({ content }) => content).join('\n')
  if (text.startsWith('! ')) return { type: 'error', error: text.slice(2) }
  try {
    return { type: 'value', json: JSON.parse(text.slice(2)) }
  } catch (cause) {
    throw new Error(`line ${lines[0]?.number}: not JSON`, { cause })
  }
}

function wrong(line: Line | undefined, problem: string): Error {
  return new Error(`line ${line?.number ?? 0}: ${problem}`)
}

export function receivedBytes(vector: Vector): Uint8Array {
  return Uint8Array.from(vector.fields.flatMap(({ received }) => [...received]))
}

export function writtenBytes(vector: Vector): Uint8Array {
  return Uint8Array.from(vector.fields.flatMap(({ written }) => [...written]))
}

/** How many of the received bytes cannot be missed: not those at the end that no encoder writes, nor a 'rest'. */
export function neededLength(vector: Vector): number {
  const last = vector.fields.findLastIndex(({ name, written }) => written.length > 0 && name !== 'rest')
  return vector.fields.slice(0, last + 1).reduce((length, { received }) => length + received.length, 0)
}
