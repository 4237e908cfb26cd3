// What the client's records say, in ms and counts. Pure: records in, figures out.
import type { ArpRecord, HttpRecord } from './probe/records.ts'

/**
 * The longest time without an answer, from the first question to the last one: between two answers, and before the first
 * and after the last, so that a silence that never ended counts as long as it was watched.
 */
export function longestSilenceMs(records: readonly ArpRecord[]): number {
  return longestGapMs(records.map(({ askedAt, answers }) => ({ askedAt, answeredAt: answers[0]?.at })))
}

/** The same of HTTP answers. */
export function longestHttpGapMs(records: readonly HttpRecord[]): number {
  return longestGapMs(records)
}

type Asked = { readonly askedAt: number; readonly answeredAt?: number | undefined }

function longestGapMs(records: readonly Asked[]): number {
  const first = records.at(0)
  const last = records.at(-1)
  if (first === undefined || last === undefined) return Number.NaN
  const answered = records.flatMap(({ answeredAt }) => (answeredAt === undefined ? [] : [answeredAt]))
  const times = [first.askedAt, ...answered.toSorted((a, b) => a - b)]
  times.push(Math.max(last.askedAt, times.at(-1) ?? 0))
  return times.reduce((longest, time, index) => Math.max(longest, time - (times[index - 1] ?? time)), 0)
}

// The client's process hears of a packet when its turn comes: what came together may be read in another order.
const readingMs = 100

// As long as a request may take from its first packet to its last, and a move to be read, on a busy machine.
const underWayMs = 200

/** Requests that more than one station answered. */
export function doubleAnswers(records: readonly ArpRecord[]): number {
  return records.filter(({ answers }) => new Set(answers.map(({ mac }) => mac)).size > 1).length
}

export function unanswered(records: readonly HttpRecord[]): number {
  return records.filter(({ answeredAt }) => answeredAt === undefined).length
}

/** ARP requests that nobody answered; those of the last moments may be answered yet. */
export function unansweredArp(records: readonly ArpRecord[]): number {
  const lastAskedAt = records.at(-1)?.askedAt ?? 0
  return records.filter(({ askedAt, answers }) => answers.length === 0 && askedAt < lastAskedAt - readingMs)
    .length
}

/** How long after `since` the last request was started that nobody answered; 0: all were answered. */
export function lastFailureMs(records: readonly HttpRecord[], since: number): number {
  const failed = records.filter(({ answeredAt }) => answeredAt === undefined)
  return failed.reduce((latest, { askedAt }) => Math.max(latest, askedAt - since), 0)
}

/**
 * Requests that failed though they were not under way when the client heard that the address had moved. A connection
 * whose first packets went to the old owner is reset when the next one reaches the new owner, whose kernel does not know
 * it, whoever moves the address and however (docs/decisions.md); every other request must be answered.
 */
export function lostWithoutNeed(records: readonly HttpRecord[], movedAt: number): readonly HttpRecord[] {
  return records.filter(({ askedAt, failedAt, error }) => {
    if (failedAt === undefined) return false
    const isUnderWay = askedAt <= movedAt && failedAt >= movedAt - readingMs
    return !(isUnderWay && error?.includes('ECONNRESET'))
  })
}

/** Requests that failed though no move (of a route, say) came while they were under way. */
export function lostWithoutMove(
  records: readonly HttpRecord[],
  moves: readonly number[],
): readonly HttpRecord[] {
  return records.filter(({ askedAt, failedAt }) => {
    if (failedAt === undefined) return false
    return !moves.some((at) => askedAt <= at && askedAt >= at - underWayMs && failedAt >= at - readingMs)
  })
}

/** How often the answering station changed from one answered request to the next. */
export function alternations(records: readonly ArpRecord[]): number {
  const macs = records.flatMap(({ answers }) => answers.slice(0, 1).map(({ mac }) => mac))
  return macs.filter((mac, index) => index > 0 && mac !== macs[index - 1]).length
}

/**
 * Who answered, request by request, the same in a row once: ['a', 'a b', 'b']. '' is nobody, but at the end: what was
 * asked last may be answered yet.
 */
export function answerersInTurn(records: readonly ArpRecord[]): readonly string[] {
  const each = records.map(({ answers }) => [...new Set(answers.map(({ mac }) => mac))].toSorted().join(' '))
  const turns = each.filter((macs, index) => index === 0 || macs !== each[index - 1])
  return turns.at(-1) === '' ? turns.slice(0, -1) : turns
}

/**
 * Whether the address moved once and for all. Between its two owners both may answer: the old one does until he has
 * heard of the new one, and that lasts as long as it takes his processor to see to it. Never may nobody.
 */
export function isOneMove(records: readonly ArpRecord[], from: string, to: string): boolean {
  const turns = answerersInTurn(records).join(', ')
  const both = [from, to].toSorted().join(' ')
  return turns === `${from}, ${to}` || turns === `${from}, ${both}, ${to}`
}

/** Nearest rank; NaN of nothing. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN
}

/** One digit after the point, as the tables print it. */
export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10
}
