// Where a command writes: lines to its output as fast as the reader takes them, and to stderr only what is worth it.
import { Readable } from 'node:stream'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isObject } from '../../crds/read.ts'

export type Terminal = { readonly out: Writable; readonly err: Writable }

/** Text at once is faster than a write a line: a capture has millions. */
const chunkLength = 65_536

/** A reader that has seen enough (`herald decode … | head`) is no error: the rest is not even computed. */
export async function writeLines({ out }: Terminal, lines: Iterable<string>): Promise<void> {
  try {
    await pipeline(Readable.from(inChunks(lines)), out, { end: false })
  } catch (error) {
    if (!isObject(error) || error['code'] !== 'EPIPE') throw error
  }
}

function* inChunks(lines: Iterable<string>): Generator<string> {
  let text = ''
  for (const line of lines) {
    text += `${line}\n`
    if (text.length < chunkLength) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}
