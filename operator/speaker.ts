// The speaker process, one a node: it answers on the network for the addresses that its node owns.
import { join } from 'node:path'
import { startBgpEngine } from '../protocols/engine/bgp-engine.ts'
import { startL2Engine } from '../protocols/engine/l2-engine.ts'
import type { LogLine } from '../protocols/engine/l2-messages.ts'
import { bgpMetrics } from './bgp-metrics.ts'
import { processClock } from './kube/clock.ts'
import { main } from './main.ts'
import { runProcess } from './process.ts'
import type { Surroundings, Work } from './process.ts'
import { processSource } from './settings.ts'
import { startNodeSpeaker } from './speaker/node-speaker.ts'
import { speakerMetrics } from './speaker-metrics.ts'
import { speakerSettings } from './speaker-settings.ts'
import type { SpeakerSettings } from './speaker-settings.ts'

function start({ metrics, ...surroundings }: Surroundings<SpeakerSettings>): Work {
  const { settings, log } = surroundings
  for (const complaint of settings.complaints) log.error({ complaint }, 'a setting cannot be read')
  const onLog = ({ level, message, fields }: LogLine) => log[level](fields, message)
  const engine = startL2Engine({ onLog, ...journalOf(settings, 'l2') })
  const speaker = startNodeSpeaker({
    ...surroundings,
    clock: processClock,
    engine,
    startBgpEngine: () => startBgpEngine({ onLog, ...journalOf(settings, 'bgp') }),
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
  return { ...speaker, isLoaded: () => speaker.plan() !== undefined }
}

function journalOf({ journalFolder }: SpeakerSettings, name: string): { readonly journalFile?: string } {
  return journalFolder === undefined ? {} : { journalFile: join(journalFolder, `${name}.journal`) }
}

const settings = () => speakerSettings(processSource())

void main(() => runProcess({ component: 'speaker', settings, healthHost: '127.0.0.1', start }))
