// herald explain: every check of a Service with its verdict, per pool, advertisement and node. Printed as computed.
import type { Explanation, Finding, NodeExplanation, Subject } from '../../reconcilers/explain.ts'
import type { RoutingOnNode } from '../../reconcilers/explain-routes.ts'
import { reasons } from '../../reconcilers/reasons.ts'
import type { Verdict } from '../../reconcilers/verdict.ts'
import { indent, shortList } from './table.ts'

/** It has what it asks for, and whoever is to be told of it is told: the LAN by the node that is elected, and a router. */
export function isWell(explanation: Explanation): boolean {
  const { plan, outstanding, announcement } = explanation
  const { owner, reported } = announcement
  const settled = plan.state === 'assigned' && plan.verdict === undefined && outstanding === undefined
  const onLan = owner !== undefined && reported.includes(owner)
  const [lan, routers] = [isForLan(explanation), isForRouters(explanation)]
  return settled && (lan || routers) && (!lan || onLan) && (!routers || isRouted(explanation))
}

function isForLan({ announcement }: Explanation): boolean {
  return announcement.verdict?.reason !== 'NoAdvertisement'
}

function isForRouters({ routing }: Explanation): boolean {
  return routing !== undefined && (routing.reach.state === 'routed' || !isUncovered(routing.reach.verdict))
}

function isUncovered({ reason }: Verdict): boolean {
  return reason === 'NoBGPAdvertisement'
}

function isRouted({ routing }: Explanation): boolean {
  return routing?.reach.state === 'routed'
}

export function formatExplanation(explanation: Explanation): string {
  const { service, allocation, announcement } = explanation
  return [
    `Service ${service}`,
    indent(
      [
        ...addressLines(explanation),
        ...announcerLines(explanation),
        ...portLines(explanation),
        ...cureLines(explanation),
      ].join('\n'),
    ),
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
    ...routingLines(explanation),
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

/** The LAN is left out where only routers are told. */
function announcerLines(explanation: Explanation): readonly string[] {
  const { routing } = explanation
  const lan = isForLan(explanation) || !isForRouters(explanation) ? [announcerLine(explanation)] : []
  if (routing === undefined || !isForRouters(explanation)) return lan
  const { reach, nodes } = routing
  if (reach.state === 'unreached') return [...lan, `no router is told${because(reach.verdict)}`]
  const telling = nodes.filter(({ told }) => told.length > 0).map(({ name }) => name)
  return [...lan, `routers are told by ${shortList(telling, ', ')}`]
}

function portLines({ unserved }: Explanation): readonly string[] {
  return unserved === undefined ? [] : [`is not served on every port${because(unserved)}`]
}

function routingLines({ routing }: Explanation): readonly string[] {
  if (routing === undefined) return []
  return [
    '',
    'Routers',
    ...subjects('BGPAdvertisement', routing.advertisements),
    ...routing.nodes.map((node) => indent(routerLines(node))),
  ]
}

function routerLines({ name, verdict, prefixes, warnings, told, untold }: RoutingOnNode): string {
  if (verdict !== undefined) return `node ${name} tells nobody${because(verdict)}`
  const first = `node ${name} tells ${told.length === 0 ? 'nobody' : `${told.join(', ')} of ${prefixes.join(', ')}`}`
  const others = untold.map(({ peer, reason, message }) => `not ${peer}: ${reason}, ${message}`)
  const notes = warnings.map(({ reason, message }) => `but ${reason}: ${message}`)
  return [first, indent([...others, ...notes].join('\n'))].filter((text) => text.trim() !== '').join('\n')
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
function cureLines(explanation: Explanation): readonly string[] {
  const { plan, outstanding, unserved, announcement, routing } = explanation
  const lan = isForLan(explanation) || !isForRouters(explanation) ? announcement.verdict : undefined
  const routers =
    isForRouters(explanation) && routing?.reach.state === 'unreached' ? routing.reach.verdict : undefined
  const verdicts = [plan.verdict, outstanding, lan, routers, unserved].flatMap((verdict) => verdict ?? [])
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
