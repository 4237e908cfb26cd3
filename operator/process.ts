// The frame of both processes: settings, log, client and metrics are there when the work starts, the ports open when it
// has, and after SIGTERM the work ends before what it stands on.
import type { OwnerReference } from '../crds/kind.ts'
import type { Health } from './health.ts'
import type { Client } from './kube/client.ts'
import type { Log } from './log.ts'
import { processMetrics } from './metrics.ts'
import type { ProcessMetrics } from './metrics.ts'
import type { ProcessSettings } from './settings.ts'
import {
  closePorts,
  connect,
  findOwner,
  identityOf,
  openPorts,
  startLog,
  terminated,
} from './surroundings.ts'
import type { Component } from './surroundings.ts'

export type Surroundings<Settings> = {
  readonly settings: Settings
  readonly log: Log
  readonly client: Client
  readonly metrics: ProcessMetrics
  readonly identity: string
  readonly owner: () => OwnerReference | undefined
}

export type Work = {
  readonly health: Health
  readonly isLoaded: () => boolean // the first plan was made, or it is another's to make
  readonly isStale: () => boolean // what is known may be out of date
  readonly stop: () => Promise<void>
}

export type ProcessOptions<Settings> = {
  readonly component: Component
  readonly settings: () => Settings // throws SettingsError
  readonly healthHost?: string // where /healthz listens; absent: everywhere
  readonly start: (surroundings: Surroundings<Settings>) => Work
}

/** Resolves with the exit code, after the end. */
export async function runProcess<Settings extends ProcessSettings>(
  options: ProcessOptions<Settings>,
): Promise<number> {
  const { component, healthHost, start } = options
  const end = terminated()
  const settings = options.settings()
  const log = startLog(component, settings)
  const metrics = processMetrics({
    configLoaded: () => work.isLoaded(),
    configStale: () => work.isStale(),
  })
  const client = connect(component, settings, ({ status }) => metrics.wrote(status))
  const ending = new AbortController()
  const owner = findOwner({ client, settings, log, signal: ending.signal })
  const work = start({ settings, log, client, metrics, identity: identityOf(settings), owner })
  const ports = await openPorts(settings, {
    metrics,
    health: work.health,
    ...(healthHost === undefined ? {} : { healthHost }),
  })
  const signal = await end
  log.info({ signal }, 'stopping')
  ending.abort()
  await work.stop()
  await closePorts(ports)
  await client.close()
  log.info('stopped')
  return 0
}
