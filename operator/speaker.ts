// The speaker process, one a node: it answers on the network for the addresses that its node owns.
import { startBgpEngine } from '../protocols/engine/bgp-engine.ts'
import { startL2Engine } from '../protocols/engine/l2-engine.ts'
import type { LogLine } from '../protocols/engine/l2-messages.ts'
import { bgpMetrics } from './bgp-metrics.ts'
import { processClock } from './kube/clock.ts'
import { main } from './main.ts'
import { processMetrics } from './metrics.ts'
import { processSource } from './settings.ts'
import { startNodeSpeaker } from './speaker/node-speaker.ts'
import { speakerMetrics } from './speaker-metrics.ts'
import { speakerSettings } from './speaker-settings.ts'
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
  const settings = speakerSettings(processSource())
  const log = startLog('speaker', settings)
  for (const complaint of settings.complaints) log.error({ complaint }, 'a setting cannot be read')
  const metrics = processMetrics({
    configLoaded: () => speaker.plan() !== undefined,
    configStale: () => speaker.isStale(),
  })
  const client = connect('speaker', settings, ({ status }) => metrics.wrote(status))
  const onLog = ({ level, message, fields }: LogLine) => log[level](fields, message)
  const engine = startL2Engine({ onLog })
  const ending = new AbortController()
  const speaker = startNodeSpeaker({
    settings,
    client,
    clock: processClock,
    log,
    engine,
    startBgpEngine: () => startBgpEngine({ onLog }),
    identity: identityOf(settings),
    owner: findOwner({ client, settings, log, signal: ending.signal }),
    measured: metrics.planned,
    processed: metrics.processed,
  })
  speakerMetrics(metrics.registry, {
    node: settings.nodeName,
    plan: speaker.plan,
    observed: () => engine.observe(),
    bgp: speaker.bgp,
    isFrozen: speaker.members.frozen,
    speakers: () => speaker.members.speakers().length,
  })
  bgpMetrics(metrics.registry, { plan: speaker.plan, seen: speaker.bgp })
  const ports = await openPorts(settings, { metrics, health: speaker.health, healthHost: '127.0.0.1' })
  const signal = await end
  log.info({ signal }, 'stopping')
  ending.abort()
  await speaker.stop()
  await closePorts(ports)
  await client.close()
  log.info('stopped')
  return 0
}

void main(run)
