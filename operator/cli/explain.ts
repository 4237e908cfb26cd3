// herald explain: every check of a Service with its verdict, per pool, advertisement and node. Printed as computed.
import type { Explanation, Finding, NodeExplanation, Subject } from '../../reconcilers/explain.ts'
import { reasons } from '../../reconcilers/reasons.ts'
import { indent } from './table.ts'

/** It has what it asks for, and the node that is elected says that it announces it. */
export function isWell({ plan, outstanding, announcement }: Explanation): boolean {
  const { owner, reported } = announcement
  const settled = plan.state === 'assigned' && plan.verdict === undefined && outstanding === undefined
  return settled && owner !== undefined && reported.includes(owner)
}

export function formatExplanation(explanation: Explanation): string {
  const { service, allocation, announcement } = explanation
  return [
    `Service ${service}`,
    indent([...addressLines(explanation), announcerLine(explanation), ...cureLines(explanation)].join('\n')),
    '',
    'Address',
    indent(findingLines(allocation.findings)),
    ...subjects('asked for', allocation.addresses),
    ...subjects('pool', allocation.pools),
    '',
    'Announcement',
    indent(findingLines(announcement.findings)),
    ...subjects('L2Advertisement', announcement.advertisements),
    ...announcement.nodes.map((node) => indent(nodeLines(node))),
  ].join('\n')
}

/** What stands in its status, and what is to come. */
function addressLines({ plan, standing, outstanding }: Explanation): readonly string[] {
  if (plan.state === 'not-ours') return [`is not ours${because(plan.verdict)}`]
  const pool = plan.state === 'assigned' && outstanding === undefined ? ` from pool ${plan.pool}` : ''
  const has = standing.length === 0 ? 'has no address' : `has ${standing.join(' and ')}${pool}`
  const first = `${has}${because(plan.verdict ?? outstanding)}`
  return plan.verdict === undefined || outstanding === undefined
    ? [first]
    : [first, `is to change${because(outstanding)}`]
}

function announcerLine({ announcement }: Explanation): string {
  const { owner, reported, verdict } = announcement
  if (owner === undefined) return `nobody announces it${because(verdict)}`
  if (reported.includes(owner)) return `is announced by ${owner}`
  const others =
    reported.length === 0
      ? 'nobody reports'
      : `${reported.join(', ')} ${reported.length === 1 ? 'reports' : 'report'}`
  return `is to be announced by ${owner}; ${others} that it does`
}

/** What would help, by the table of reasons, for each reason of the first lines. */
function cureLines({ plan, outstanding, announcement }: Explanation): readonly string[] {
  const verdicts = [plan.verdict, outstanding, announcement.verdict].flatMap((verdict) => verdict ?? [])
  const named = verdicts.filter(({ reason }) => reason !== 'NoAddress') // the line above it says why
  return [...new Set(named.map(({ reason }) => reason))].map(
    (reason) => `cure of ${reason}: ${reasons[reason].cure}`,
  )
}

function because(verdict: Finding['verdict']): string {
  return verdict === undefined ? '' : `: ${verdict.reason}, ${verdict.message}`
}

function subjects(kind: string, list: readonly Subject[]): readonly string[] {
  return list.map(({ name, findings }) => indent(`${kind} ${name}\n${indent(findingLines(findings))}`))
}

function nodeLines({ name, rank, weight, interfaces, findings }: NodeExplanation): string {
  const place = rank === undefined ? 'is no candidate' : `comes ${ordinal(rank)}`
  const preference = weight === undefined || weight === 0 ? '' : `, preferred by weight ${weight}`
  const where = interfaces === undefined || interfaces === 'all' ? '' : `, on ${interfaces.join(', ')}`
  return `node ${name} ${place}${preference}${where}\n${indent(findingLines(findings))}`
}

function ordinal(rank: number): string {
  return ['first', 'second', 'third'][rank - 1] ?? `${rank}th`
}

function findingLines(findings: readonly Finding[]): string {
  return findings
    .map(({ fact, verdict }) =>
      verdict === undefined ? `yes  ${fact}` : `no   ${fact}\n     ${verdict.reason}: ${verdict.message}`,
    )
    .join('\n')
}
