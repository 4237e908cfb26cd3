// The controller process: it assigns addresses to Services and says what is wrong with the configuration.
import { startLeader } from './controller/leader.ts'
import { controllerMetrics } from './controller-metrics.ts'
import { controllerSettings } from './controller-settings.ts'
import type { ControllerSettings } from './controller-settings.ts'
import { processClock } from './kube/clock.ts'
import { main } from './main.ts'
import { runProcess } from './process.ts'
import type { Surroundings, Work } from './process.ts'
import { processSource } from './settings.ts'

function start({ metrics, ...surroundings }: Surroundings<ControllerSettings>): Work {
  const allocator = controllerMetrics(metrics.registry, {
    plan: () => leader.term()?.plan(),
    isLeader: () => leader.isLeader(),
    speakers: () => leader.term()?.speakers() ?? 0,
  })
  const leader = startLeader({
    ...surroundings,
    clock: processClock,
    measured: metrics.planned,
    processed: metrics.processed,
    allocated: allocator.allocated,
    failed: allocator.failed,
  })
  // A standby reads nothing until it leads: it is as ready as it can be, and no alert.
  const isReady = () => leader.health.ready.every(({ objection }) => objection() === undefined)
  return { ...leader, isLoaded: isReady }
}

const settings = () => controllerSettings(processSource())

void main(() => runProcess({ component: 'controller', settings, start }))
