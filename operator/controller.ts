// The controller process: it assigns addresses to Services and says what is wrong with the configuration.
import { startLeader } from './controller/leader.ts'
import { controllerMetrics } from './controller-metrics.ts'
import { controllerSettings } from './controller-settings.ts'
import { processClock } from './kube/clock.ts'
import { main } from './main.ts'
import { processMetrics } from './metrics.ts'
import { processSource } from './settings.ts'
import {
  closePorts,
  connect,
  findOwner,
  identityOf,
  openPorts,
  startLog,
  terminated,
} from './surroundings.ts'

async function run(): Promise<number> {
  const end = terminated()
  const settings = controllerSettings(processSource())
  const log = startLog('controller', settings)
  const metrics = processMetrics({
    configLoaded: () => leader.term()?.plan() !== undefined,
    configStale: () => leader.isStale(),
  })
  const allocator = controllerMetrics(metrics.registry, {
    plan: () => leader.term()?.plan(),
    isLeader: () => leader.isLeader(),
    speakers: () => leader.term()?.speakers() ?? 0,
  })
  const client = connect('controller', settings, ({ status }) => metrics.wrote(status))
  const ending = new AbortController()
  const leader = startLeader({
    settings,
    client,
    clock: processClock,
    log,
    identity: identityOf(settings),
    owner: findOwner({ client, settings, log, signal: ending.signal }),
    measured: metrics.planned,
    processed: metrics.processed,
    allocated: allocator.allocated,
  })
  const ports = await openPorts(settings, { metrics, health: leader.health })
  const signal = await end
  log.info({ signal }, 'stopping')
  ending.abort()
  await leader.stop()
  await closePorts(ports)
  await client.close()
  log.info('stopped')
  return 0
}

void main(run)
