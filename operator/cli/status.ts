// herald status: pools, Services and speakers in three tables, or as one JSON object.
import { formatRange } from '../../protocols/net/address.ts'
import { announcementsIn } from '../../reconcilers/announced.ts'
import type { Announcement } from '../../reconcilers/announced.ts'
import { planController } from '../../reconcilers/plan.ts'
import type { ServicePlan } from '../../reconcilers/plan.ts'
import type { Verdict } from '../../reconcilers/verdict.ts'
import type { Look } from './cluster.ts'
import { formatTable } from './table.ts'

export type StatusReport = {
  readonly pools: readonly PoolLine[]
  readonly services: readonly ServiceLine[]
  readonly speakers: readonly { readonly node: string; readonly interfaces: readonly string[] }[]
}

type PoolLine = {
  readonly name: string
  readonly addresses: readonly string[]
  readonly assigned: string // decimal: an IPv6 pool outgrows a JSON number
  readonly free: string
  readonly ready: boolean
  readonly reasons: readonly Verdict[]
}

type ServiceLine = {
  readonly service: string
  readonly addresses: readonly string[]
  readonly pool?: string
  readonly node?: string
  readonly reason?: Verdict // why it has no address, or is not announced
}

export function statusReport({ snapshot, reports }: Look): StatusReport {
  const plan = planController(snapshot)
  const announcements = announcementsIn(snapshot, plan, reports)
  return {
    pools: snapshot.pools.flatMap(({ value }): PoolLine[] => {
      const own = plan.pools.get(value.name)
      if (own === undefined) return []
      return [
        {
          name: value.name,
          addresses: value.ranges.map(formatRange),
          assigned: String(own.assignedIPv4 + own.assignedIPv6),
          free: String(own.availableIPv4 + own.availableIPv6),
          ready: own.verdicts.length === 0,
          reasons: [...own.verdicts, ...own.warnings],
        },
      ]
    }),
    services: [...plan.services].flatMap(([key, own]) => serviceLine(key, own, announcements.get(key))),
    speakers: snapshot.speakers.map(({ node, interfaces = [] }) => ({ node, interfaces })),
  }
}

function serviceLine(
  service: string,
  plan: ServicePlan,
  announcement: Announcement | undefined,
): readonly ServiceLine[] {
  switch (plan.state) {
    case 'not-ours':
      return []
    case 'pending':
      return [{ service, addresses: [], reason: plan.verdict }]
    case 'assigned': {
      const { addresses, pool } = plan
      const node = announcement?.state === 'announced' ? { node: announcement.node } : {}
      const reason = announcement?.state === 'silent' ? announcement.verdict : plan.verdict
      return [{ service, addresses, pool, ...node, ...(reason === undefined ? {} : { reason }) }]
    }
  }
}

export function formatStatus({ pools, services, speakers }: StatusReport): string {
  const poolRows = pools.map(({ name, addresses, assigned, free, ready, reasons }) => [
    name,
    shortList(addresses),
    assigned,
    free,
    ready ? 'yes' : 'no',
    reasons.map(({ reason }) => reason).join(','),
  ])
  const serviceRows = services.map(({ service, addresses, pool = '', node = '', reason }) => [
    service,
    addresses.join(','),
    pool,
    node,
    reason?.reason ?? '',
  ])
  const speakerRows = speakers.map(({ node, interfaces }) => [node, interfaces.join(',')])
  return [
    section(
      ['pool', 'addresses', 'assigned', 'free', 'ready', 'reason'],
      poolRows,
      'There is no IPAddressPool.',
    ),
    section(
      ['service', 'addresses', 'pool', 'announced by', 'reason'],
      serviceRows,
      'There is no Service for us.',
    ),
    section(['speaker', 'interfaces'], speakerRows, 'No speaker is alive.'),
  ].join('\n\n')
}

function section(header: readonly string[], rows: readonly (readonly string[])[], none: string): string {
  return rows.length === 0 ? none : formatTable(header, rows)
}

function shortList(items: readonly string[]): string {
  return items.length <= 3 ? items.join(',') : `${items.slice(0, 3).join(',')} and ${items.length - 3} more`
}
