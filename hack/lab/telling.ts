// How the lab speaks to who watches it: a line at a time, with the seconds since it began; quiet lines for --json.
import { performance } from 'node:perf_hooks'

export type Telling = {
  readonly heading: (text: string) => void
  readonly line: (text: string) => void
  readonly block: (text: string) => void // the output of a command, indented
}

const startedAt = performance.now()

/** All of it to one stream: standard output, or standard error when that one carries JSON. */
export function tellTo(stream: NodeJS.WritableStream): Telling {
  const line = (text: string): void => {
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)
    stream.write(`${seconds} s  ${text}\n`)
  }
  return {
    heading: (text) => {
      stream.write('\n')
      line(text)
    },
    line: (text) => line(`  ${text}`),
    block: (text) => {
      for (const row of text.trimEnd().split('\n')) stream.write(`            ${row}\n`)
    },
  }
}
