// What a rung did, read from the lines of rung-reporter.cjs, and the list of all that failed, short enough to be read
// where only the end of a long output is kept.

export type Failure = {
  readonly title: string
  readonly message: string
  readonly stack: string
  readonly seconds: number // how long the test ran
  readonly load: number // of the machine, over a minute, when it failed
}

export type RungReport = {
  readonly passed: number
  readonly failures: readonly Failure[]
  readonly skipped: readonly string[]
  readonly unfinished: string | undefined // what a rung was at that did not reach its end
}

export type Failed = { readonly rung: string; readonly failure: Failure }

const wholeListLength = 8_000 // CI shows about the last 12,000 characters
const shortestMessage = 120

export function readRungReport(text: string): RungReport {
  const lines = text.split('\n').flatMap(parseLine)
  const last = lines.findLast(({ type }) => type === 'running')
  return {
    passed: lines.filter(({ type }) => type === 'passed').length,
    failures: lines.filter(({ type }) => type === 'failed').map(failureOf),
    skipped: lines.filter(({ type }) => type === 'skipped').map(({ title }) => title),
    unfinished: lines.some(({ type }) => type === 'ended') ? undefined : (last?.title ?? 'its start'),
  }
}

/** A failure of the rung itself: of none of its tests. */
export function rungFailure(message: string): Failure {
  return { title: 'the rung itself', message, stack: '', seconds: 0, load: 0 }
}

/** One entry a failure; the more there are, the less each says. */
export function formatFailures(failed: readonly Failed[]): string {
  if (failed.length === 0) return ''
  const room = Math.max(shortestMessage, Math.floor(wholeListLength / failed.length) - 200)
  return ['failed:', ...failed.map((one, index) => formatFailed(one, index + 1, room))].join('\n')
}

function formatFailed({ rung, failure }: Failed, number: number, room: number): string {
  const { title, message, stack, seconds, load } = failure
  const took = seconds > 0 ? ` (after ${seconds} s, load ${load})` : ''
  const places = ownPlaces(stack).map((place) => `\n       at ${place}`)
  return `  ${number}) ${rung}: ${title}${took}\n       ${shorten(message, room)}${places.join('')}`
}

/** On one line each; what does not fit is cut out of the middle: both the beginning and the end say something. */
function shorten(message: string, room: number): string {
  const text = message.replaceAll(/\s*\n\s*/g, '\n').trim()
  const cut =
    text.length <= room
      ? text
      : `${text.slice(0, Math.ceil(room * 0.7))} … ${text.slice(text.length - Math.floor(room * 0.3))}`
  return cut.replaceAll('\n', '\n       ')
}

/** The first places of the stack that are ours, without the path to the tree. */
function ownPlaces(stack: string): readonly string[] {
  const places = [
    ...stack.matchAll(/(?:\/|^|[\s(])((?:crds|reconcilers|protocols|operator|hack|test)\/[^\s():]+:\d+)/gm),
  ]
  const own = places.flatMap(([, place]) => (place === undefined ? [] : [place]))
  return own.filter((place) => !place.startsWith('test/support/until.ts')).slice(0, 2)
}

type Line = Failure & { readonly type: string }

/** The last line of a process that was killed may be half a line. */
function parseLine(line: string): readonly Line[] {
  try {
    const { type, title, message, stack, seconds, load } = JSON.parse(line)
    return [
      {
        type: String(type),
        title: String(title),
        message: String(message),
        stack: String(stack),
        seconds: Number(seconds),
        load: Number(load),
      },
    ]
  } catch {
    return []
  }
}

function failureOf({ title, message, stack, seconds, load }: Line): Failure {
  return { title, message, stack, seconds, load }
}
