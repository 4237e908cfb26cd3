// herald explain: every check of a Service with its verdict, per pool, advertisement and node. Printed as computed.
import type { Explanation, Finding, NodeExplanation, Subject } from '../../reconcilers/explain.ts'
import { indent } from './table.ts'

/** It has what it asks for, and the node that is elected says that it announces it. */
export function isWell({ plan, announcement }: Explanation): boolean {
  const { owner, reported } = announcement
  return (
    plan.state === 'assigned' && plan.verdict === undefined && owner !== undefined && reported.includes(owner)
  )
}

export function formatExplanation(explanation: Explanation): string {
  const { service, allocation, announcement } = explanation
  return [
    `Service ${service}`,
    indent(`${addressLine(explanation)}\n${announcerLine(explanation)}`),
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

function addressLine({ plan }: Explanation): string {
  switch (plan.state) {
    case 'assigned':
      return `has ${plan.addresses.join(' and ')} from pool ${plan.pool}${because(plan.verdict)}`
    case 'pending':
      return `has no address${because(plan.verdict)}`
    case 'not-ours':
      return `is not ours${because(plan.verdict)}`
  }
}

function announcerLine({ announcement }: Explanation): string {
  const { owner, reported, verdict } = announcement
  if (owner === undefined) return `nobody announces it${because(verdict)}`
  if (reported.includes(owner)) return `is announced by ${owner}`
  const others = reported.length === 0 ? 'nobody' : reported.join(', ')
  return `is to be announced by ${owner}; ${others} reports that it does`
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
