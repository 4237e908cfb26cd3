// What both processes stand in: the log, the client, the two HTTP ports, signals. Made once, closed at the end.
import { hostname } from 'node:os'
import type { OwnerReference } from '../crds/kind.ts'
import { authFrom } from './credentials.ts'
import { SettingsError } from './flags.ts'
import type { Health } from './health.ts'
import { healthPages } from './health.ts'
import { serveHttp } from './http.ts'
import type { HttpOptions, HttpServer } from './http.ts'
import { isForbidden, isNotFound } from './kube/api-error.ts'
import { createClient } from './kube/client.ts'
import { processClock, sleep } from './kube/clock.ts'
import type { Client, WriteOutcome } from './kube/client.ts'
import { createLog } from './log.ts'
import type { Log } from './log.ts'
import { metricsPages } from './metrics.ts'
import type { ProcessMetrics } from './metrics.ts'
import type { ProcessSettings } from './settings.ts'

/** The kind of process, as everybody outside calls it. */
export type Component = 'controller' | 'speaker'

export function startLog(component: Component, settings: ProcessSettings): Log {
  const log = createLog(component, settings.logLevel)
  const { withoutEffect } = settings
  if (withoutEffect.length > 0) log.info({ withoutEffect }, 'settings of MetalLB that have no effect here')
  return log
}

export function connect(
  component: Component,
  settings: ProcessSettings,
  onWrite: (outcome: WriteOutcome) => void,
): Client {
  const { kubeconfig } = settings
  const auth = authFrom(kubeconfig === undefined ? {} : { kubeconfig })
  return createClient({ auth, userAgent: `herald-${component}`, onWrite })
}

export type Ports = {
  readonly metrics: ProcessMetrics
  readonly health: Health
  readonly healthHost?: string
}

export async function openPorts(
  settings: ProcessSettings,
  { metrics, health, healthHost }: Ports,
): Promise<readonly HttpServer[]> {
  return [
    ...(await openPort('--port', { port: settings.metricsPort, pages: metricsPages(metrics.registry) })),
    ...(await openPort('--health-probe-port', {
      port: settings.healthPort,
      pages: healthPages(health),
      ...(healthHost === undefined ? {} : { host: healthHost }),
    })),
  ]
}

/** Port 0 is none. One that is taken is a mistake of whoever chose it. */
async function openPort(flag: string, options: HttpOptions): Promise<readonly HttpServer[]> {
  if (options.port === 0) return []
  try {
    return [await serveHttp(options)]
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new SettingsError(flag, String(options.port), message)
  }
}

export async function closePorts(servers: readonly HttpServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.close()))
}

/** Who this process is among its like: the Pod, else host and process. */
export function identityOf(settings: ProcessSettings): string {
  return settings.podName ?? `${hostname()}-${process.pid}`
}

const podKind = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true } as const

/**
 * The own Pod, so that what is ours goes when it goes. Known as soon as the API server has answered; never outside a Pod.
 */
export function findOwner({ client, settings, log, signal }: OwnerSearch): () => OwnerReference | undefined {
  const { podName, namespace } = settings
  let owner: OwnerReference | undefined

  async function search(name: string): Promise<void> {
    while (!signal.aborted && owner === undefined) {
      try {
        const pod = await client.get({ kind: podKind, namespace, name }, { signal })
        owner = { apiVersion: 'v1', kind: 'Pod', name, uid: pod.metadata.uid }
      } catch (error) {
        if (isNotFound(error) || isForbidden(error))
          return log.warn({ name, error: String(error) }, 'own Pod not found, what is ours has no owner')
        await sleep(processClock, 5_000, signal)
      }
    }
  }

  if (podName !== undefined) void search(podName)
  return () => owner
}

export type OwnerSearch = {
  readonly client: Client
  readonly settings: ProcessSettings
  readonly log: Log
  readonly signal: AbortSignal // ends the search
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
export function terminated(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const once = (signal: NodeJS.Signals) => {
      process.once(signal, () => process.exit(1))
      resolve(signal)
    }
    process.once('SIGTERM', once)
    process.once('SIGINT', once)
  })
}
