// What a speaker knows of the cluster: it follows what it needs, and takes a snapshot of it when asked.
import type { Snapshot, Speaker } from '../../reconcilers/snapshot.ts'
import { startCollector } from '../collect.ts'
import type { Client } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import type { Log } from '../log.ts'
import type { SpeakerSettings } from '../speaker-settings.ts'
import { startWatching } from '../watching.ts'
import type { Watching } from '../watching.ts'
import { followForSpeaker } from './sources.ts'
import type { SpeakerSources } from './sources.ts'

export type ClusterOptions = {
  readonly settings: SpeakerSettings
  readonly client: Client
  readonly clock: Clock
  readonly log: Log
  readonly changed: () => void
}

export type Cluster = {
  readonly watching: Watching
  readonly sources: SpeakerSources
  readonly isComplete: () => boolean // every kind was listed
  readonly snapshot: (speakers: readonly Speaker[]) => Snapshot
  readonly stop: () => Promise<void>
}

export function followCluster({ settings, client, clock, log, changed }: ClusterOptions): Cluster {
  const { namespace, nodeName, ignoreExcludeLabel, loadBalancerClass, drainOn, serviceBGPStatuses } = settings
  const planSettings = {
    ignoreExcludeLabel,
    serviceBGPStatuses,
    ...(drainOn.length === 0 ? {} : { drainOn }),
    ...(loadBalancerClass === undefined ? {} : { loadBalancerClass }),
  }
  const watching = startWatching({ client, clock, log })
  const sources = followForSpeaker(watching, { namespace, nodeName, changed })
  // Renewals are no reason to plan anew; that the list is whole may be the last thing to wait for.
  sources.leases.onChange(({ type }) => {
    if (type === 'synced') changed()
  })
  const collector = startCollector(sources)

  function snapshot(speakers: readonly Speaker[]): Snapshot {
    return collector.snapshot({
      takenAt: clock.wall(),
      namespace,
      settings: planSettings,
      speakers,
      pending: [],
    })
  }

  async function stop(): Promise<void> {
    collector.stop()
    await watching.stop()
  }

  return { watching, sources, isComplete: () => watching.unsynced().length === 0, snapshot, stop }
}
