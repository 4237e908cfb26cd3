// What deploy/monitoring asks of Prometheus: the expressions of the rules and of the dashboard.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import { digList, digText } from './dig.ts'

export const monitoringFolder = resolve(import.meta.dirname, '../../deploy/monitoring')

export function readMonitoring(name: string): unknown {
  return parse(readFileSync(join(monitoringFolder, name), 'utf8'))
}

export function alertExpressions(): readonly string[] {
  const groups = digList(readMonitoring('alerts.yaml'), 'groups')
  return groups.flatMap((group) => digList(group, 'rules')).map((rule) => digText(rule, 'expr') ?? '')
}

/** With the variables of Grafana filled in. */
export function dashboardExpressions(): readonly string[] {
  const panels = digList(readMonitoring('dashboard.json'), 'panels')
  return panels
    .flatMap((panel) => digList(panel, 'targets'))
    .map((target) =>
      (digText(target, 'expr') ?? '').replaceAll('$__rate_interval', '5m').replaceAll('$pool', '.*'),
    )
}
