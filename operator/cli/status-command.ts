// herald status: one look, one page; herald pools: the part of it that is about pools.
import { see } from './access.ts'
import type { ClusterOptions } from './access.ts'
import { formatPools, formatStatus, statusReport } from './status.ts'
import { writeLines } from './terminal.ts'
import type { Terminal } from './terminal.ts'

export type StatusOptions = ClusterOptions & { readonly output: 'text' | 'json'; readonly all?: boolean }

export async function status(options: StatusOptions, terminal: Terminal): Promise<void> {
  const seen = await see(options, terminal)
  const report = statusReport(seen)
  const { server, version } = seen
  if (options.output === 'json')
    return writeLines(terminal, [JSON.stringify({ server, kubernetes: version, ...report }, undefined, 2)])
  const kubernetes = version === '' ? '' : `, Kubernetes ${version}`
  const page = formatStatus(report, options.all === true ? Number.POSITIVE_INFINITY : undefined)
  return writeLines(terminal, [`Namespace ${report.namespace} on ${server}${kubernetes}`, '', page])
}

export async function pools(options: StatusOptions, terminal: Terminal): Promise<void> {
  const report = statusReport(await see(options, terminal))
  if (options.output === 'json')
    return writeLines(terminal, [JSON.stringify({ pools: report.pools }, undefined, 2)])
  const rows = options.all === true ? Number.POSITIVE_INFINITY : undefined
  return writeLines(terminal, [formatPools(report, rows)])
}
