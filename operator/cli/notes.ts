// What is not well, in sentences: what is said of many in the same words is said once.
import type { ProcessLine } from './processes.ts'
import type { StatusReport } from './status.ts'
import { formatAge, indent, shortList } from './table.ts'

export type Note = { readonly subjects: readonly string[]; readonly text: string }

type Remark = { readonly subject: string; readonly text: string }

/** Processes first: what the others wait for. */
export function notesOf(report: StatusReport): readonly Note[] {
  const { processes, pools, advertisements, routing, peers, services, takenAt } = report
  const remarks = [
    ...processes.flatMap((line) => processRemarks(line, Date.parse(takenAt))),
    ...pools.flatMap(({ name, verdicts, warnings }) => said(`pool ${name}`, [...verdicts, ...warnings])),
    ...advertisements.flatMap(({ name, verdicts, warnings }) =>
      said(`L2Advertisement ${name}`, [...verdicts, ...warnings]),
    ),
    ...routing.flatMap(({ kind, name, verdicts, warnings }) =>
      said(`${kind} ${name}`, [...verdicts, ...warnings]),
    ),
    ...peers.flatMap(({ peer, verdicts }) => said(`BGPPeer ${peer}`, verdicts)),
    ...services.flatMap(({ service, verdicts }) => said(`Service ${service}`, verdicts)),
  ]
  const byText = Map.groupBy(remarks, ({ text }) => text)
  return [...byText].map(([text, same]) => ({
    subjects: [...new Set(same.map(({ subject }) => subject))],
    text,
  }))
}

function processRemarks(
  { component, name, state, since, problems }: ProcessLine,
  nowMs: number,
): readonly Remark[] {
  const subject = name === '' ? component : `${component} ${name}`
  const ago = since === undefined ? '' : ` ${formatAge(nowMs - Date.parse(since))} ago`
  const absence = {
    alive: [],
    gone: [`last heard of${ago}`],
    stopped: [`stopped${ago}`],
    missing: ['never seen'],
  }
  return [...absence[state].map((text) => ({ subject, text })), ...said(subject, problems)]
}

function said(
  subject: string,
  verdicts: readonly { readonly reason: string; readonly message: string }[],
): readonly Remark[] {
  return verdicts.map(({ reason, message }) => ({ subject, text: `${reason}: ${message}` }))
}

export function formatNotes(notes: readonly Note[], rows: number): readonly string[] {
  if (notes.length === 0) return []
  const lines = notes
    .slice(0, rows)
    .map(({ subjects, text }) => `${shortList(subjects, ', ')}\n${indent(text)}`)
  const more = notes.length > rows ? [`… and ${notes.length - rows} more (--all)`] : []
  return [['Not well:', ...[...lines, ...more].map((line) => indent(line))].join('\n')]
}
