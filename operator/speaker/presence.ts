// That this speaker lives, told by its Lease, and which others do, read from theirs.
import type { Client } from '../kube/client.ts'
import type { Cache } from '../kube/cache.ts'
import type { Clock } from '../kube/clock.ts'
import { startRenewal } from '../kube/renewal.ts'
import type { Renewal } from '../kube/renewal.ts'
import type { Log } from '../log.ts'
import { startMembers } from '../members/members.ts'
import type { Members } from '../members/members.ts'
import { leaseContent, leaseName } from '../members/speaker-lease.ts'
import type { SpeakerInterface } from '../members/speaker-lease.ts'
import type { SpeakerSettings } from '../speaker-settings.ts'

export type PresenceOptions = {
  readonly settings: SpeakerSettings
  readonly client: Client
  readonly clock: Clock
  readonly log: Log
  readonly leases: Cache
  readonly identity: string
  readonly interfaces: () => readonly SpeakerInterface[]
  readonly macs: () => readonly string[] // of all that the node may answer with
  readonly nodeUid: () => string | undefined
  readonly changed: () => void // who is alive, or whether the view is frozen
  readonly deaf: () => void // the API server takes renewals, and they do not come back through the watch
}

export type Presence = {
  readonly members: Members
  readonly join: () => void // from now on this speaker counts
  readonly tell: () => void // what the Lease says has changed
  readonly leave: () => Promise<void> // the Lease is released: the others take over at once
}

/** One renewal is on its way through the watch when the next is sent; after a cut the watch may be a little late. */
const unseenBeforeDeaf = 3

export function startPresence(options: PresenceOptions): Presence {
  const { settings, client, clock, log, leases, identity, interfaces, macs, nodeUid, changed, deaf } = options
  const { nodeName, namespace, lease } = settings
  let renewal: Renewal | undefined
  let failing = false
  let unseen = 0 // renewals in a row that were taken while the view was frozen

  const members = startMembers({
    leases,
    clock,
    missed: lease.missed,
    ...(lease.intervalMs === undefined ? {} : { intervalMs: lease.intervalMs }),
    own: nodeName,
    proofOf: (object) => renewal?.sentAtMs(object),
    changed: () => {
      log.info(
        { alive: members.speakers().map(({ node }) => node), frozen: members.frozen() },
        'membership changed',
      )
      changed()
    },
  })

  function content() {
    const intervalMs = members.intervalMs()
    const uid = nodeUid()
    const facts = {
      node: nodeName,
      intervalMs,
      interfaces: interfaces(),
      macs: macs(),
      ...(uid === undefined ? {} : { nodeUid: uid }),
    }
    return { intervalMs, durationMs: intervalMs * lease.missed, ...leaseContent(facts) }
  }

  function join(): void {
    renewal ??= startRenewal(client, {
      namespace,
      name: leaseName(nodeName),
      identity,
      content,
      clock,
      onRenewed: () => {
        if (failing) log.info('own Lease is renewed again')
        failing = false
        unseen = members.frozen() ? unseen + 1 : 0
        if (unseen > 0 && unseen % unseenBeforeDeaf === 0) deaf()
      },
      report: (error) => {
        if (!failing) log.warn({ error: String(error) }, 'own Lease cannot be renewed')
        failing = true
      },
    })
  }

  async function leave(): Promise<void> {
    members.stop()
    await renewal?.stop()
  }

  return { members, join, tell: () => renewal?.renewNow(), leave }
}
