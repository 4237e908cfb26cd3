// The measurements that the story shows and the bench repeats: what is done to the lab, and what the client saw of it.
// Figures in ms, by the client or by the API server's watch.
import { readFileSync } from 'node:fs'
import { pause, until } from '../../test/support/until.ts'
import {
  alternations,
  doubleAnswers,
  longestHttpGapMs,
  longestSilenceMs,
  lostWithoutNeed,
  unanswered,
  unansweredArp,
} from './figures.ts'
import type { Lab } from './lab.ts'
import { nodeNames } from './names.ts'
import type { NodeName } from './names.ts'
import { serviceObject, servicesPath } from './objects.ts'
import { monotonicMs } from './probe/records.ts'
import type { Announcement } from './probe/records.ts'
import { watchService } from './service-watch.ts'

/** The addresses of one Service, and who announces them. */
export type Target = { readonly IPv4: string; readonly IPv6: string; readonly owner: NodeName }

export type CreationFigures = {
  readonly allocateMs: number
  readonly announceMs: number
  readonly firstReplyMs: number
  readonly firstReplyV6Ms: number
}

/** Creates a dual-stack Service; every figure counts from just before the request. */
export async function measureCreation(
  lab: Lab,
  name: string,
): Promise<{ readonly figures: CreationFigures; readonly target: Target }> {
  const watch = await watchService(lab.api, name)
  await lab.client.announcements() // those of before
  try {
    const createdAt = monotonicMs()
    const creation = lab.api.create(servicesPath, serviceObject({ name }))
    const allocated = await watch.allocated(2)
    await creation
    const [IPv4 = '', IPv6 = ''] = allocated.addresses
    const [first, firstV6] = await Promise.all([
      lab.client.firstReply(IPv4, 80, 20_000),
      lab.client.firstReply(IPv6, 80, 20_000),
    ])
    const announcement = await firstAnnouncement(lab, IPv4)
    const since = (at: number | undefined): number => (at ?? Number.NaN) - createdAt
    const figures = {
      allocateMs: since(allocated.at),
      announceMs: since(announcement.at),
      firstReplyMs: since(first.answeredAt),
      firstReplyV6Ms: since(firstV6.answeredAt),
    }
    const owner = await lab.untilOwnedBy(IPv4, () => true)
    return { figures, target: { IPv4, IPv6, owner } }
  } finally {
    watch.stop()
  }
}

/** The first one since `announcements()` was read last; by another station than `oldMac`, where that is given. */
export function firstAnnouncement(lab: Lab, address: string, oldMac?: string): Promise<Announcement> {
  const isSought = (heard: Announcement): boolean => heard.address === address && heard.mac !== oldMac
  return until(`${address} is announced`, async () => (await lab.client.announcements()).find(isSought), {
    timeoutMs: 60_000,
  })
}

export type KillFigures = {
  readonly silenceMs: number
  readonly lost: number // of HTTP requests, one every 10 ms
  readonly newOwner: NodeName
}

/** The owner's speaker gets SIGKILL; a client with a cached neighbour asks HTTP, one without asks ARP, every 10 ms. */
export async function measureKill(lab: Lab, target: Target): Promise<KillFigures> {
  const http = await lab.client.askHttp({ address: target.IPv4, port: 80, everyMs: 10, timeoutMs: 1_000 })
  const arp = await lab.client.askArp({ address: target.IPv4, everyMs: 10 })
  await pause(1_000)
  await lab.killSpeaker(target.owner)
  const newOwner = await lab.untilOwnedBy(target.IPv4, (owner) => owner !== target.owner, 30_000)
  await pause(1_000)
  const [replies, records] = await Promise.all([http.stop(), arp.stop()])
  return { silenceMs: longestSilenceMs(records), lost: unanswered(replies), newOwner }
}

export type PlannedFigures = {
  readonly lost: number // of HTTP requests, one every 5 ms
  readonly lostWithoutNeed: number // of those, which were not under way as the address moved
  readonly silenceMs: number
  readonly unansweredArp: number
  readonly doubleAnswers: number
  readonly alternations: number
  readonly newOwner: NodeName
}

/** The owner's speaker gets SIGTERM; a client with a cached neighbour asks HTTP, one without asks ARP. */
export async function measurePlannedMove(lab: Lab, target: Target): Promise<PlannedFigures> {
  const oldMac = await lab.macOf(target.owner)
  const http = await lab.client.askHttp({ address: target.IPv4, port: 80, everyMs: 5, timeoutMs: 1_000 })
  const arp = await lab.client.askArp({ address: target.IPv4, everyMs: 10 })
  await pause(1_000)
  await lab.client.announcements() // those of before
  await lab.stopSpeaker(target.owner)
  const newOwner = await lab.untilOwnedBy(target.IPv4, (owner) => owner !== target.owner, 30_000)
  await pause(1_500)
  const { at: movedAt } = await firstAnnouncement(lab, target.IPv4, oldMac)
  const [replies, records] = await Promise.all([http.stop(), arp.stop()])
  return {
    lost: unanswered(replies),
    lostWithoutNeed: lostWithoutNeed(replies, movedAt).length,
    silenceMs: longestSilenceMs(records),
    unansweredArp: unansweredArp(records),
    doubleAnswers: doubleAnswers(records),
    alternations: alternations(records),
    newOwner,
  }
}

export type PowerFigures = {
  readonly failoverMs: number
  readonly failoverV6Ms: number
  readonly newOwner: NodeName
}

/** Power and cable of the owner are gone; HTTP every 10 ms by both families, the longest gap between answers. */
export async function measurePowerLoss(lab: Lab, target: Target): Promise<PowerFigures> {
  const ask = (address: string) => lab.client.askHttp({ address, port: 80, everyMs: 10, timeoutMs: 1_000 })
  const [http, httpV6] = await Promise.all([ask(target.IPv4), ask(target.IPv6)])
  await pause(1_000)
  await lab.powerOff(target.owner)
  const newOwner = await lab.untilOwnedBy(target.IPv4, (owner) => owner !== target.owner, 30_000)
  await pause(2_500) // answers of both families again, for longer than a time-out
  const [replies, repliesV6] = await Promise.all([http.stop(), httpV6.stop()])
  return { failoverMs: longestHttpGapMs(replies), failoverV6Ms: longestHttpGapMs(repliesV6), newOwner }
}

/** Every speaker that runs counts all that run, and none is frozen: as its log said last. */
function allKnowAll(lab: Lab): boolean {
  const running = nodeNames.filter((node) => lab.speaker(node)?.hasExited() === false)
  return running.every((node) => {
    const log = readFileSync(lab.speaker(node)?.logFile ?? '', 'utf8')
    const last = log.split('\n').findLast((line) => line.includes('"membership changed"'))
    const { alive, frozen } = JSON.parse(last ?? '{}')
    return frozen === false && String(alive) === running.join()
  })
}

/** A speaker that came back wins its address again (the order is a hash): waits until it has, and all is quiet. */
export async function settle(lab: Lab, address: string): Promise<NodeName> {
  let before: NodeName | undefined
  let since = monotonicMs()
  return until(
    `the owner of ${address} stays`,
    async () => {
      const owner = await lab.ownerOf(address, 500)
      if (owner === undefined || owner !== before || !allKnowAll(lab)) {
        before = owner
        since = monotonicMs()
        return undefined
      }
      return monotonicMs() - since > 2_000 ? owner : undefined
    },
    { timeoutMs: 60_000, everyMs: 200 },
  )
}
