// Is a Service announced, and by whom? What the speakers report, held against the election; the answer is the condition
// metallb.io/Announced of the Service.
import type { Service } from '../crds/core.ts'
import type { ServiceL2Status } from '../crds/service-l2-status.ts'
import { difference, followOrder } from './age.ts'
import { announcedBy } from './announced-by.ts'
import type { Layer2 } from './announced-by.ts'
import { everyService } from './flaws.ts'
import { electedBy } from './l2.ts'
import type { Ballot } from './l2-party.ts'
import { ballotsIn, hasParties } from './l2-party.ts'
import { l2View } from './l2-view.ts'
import type { LayeredMap } from './layered-map.ts'
import { keysToCompare, layeredMap, withChanges } from './layered-map.ts'
import { rememberLast, rememberPerObject, sameItems } from './once.ts'
import type { Touched } from './per-service.ts'
import { rememberPerService } from './per-service.ts'
import type { ControllerPlan } from './plan.ts'
import { reachGround, reachIn } from './routes-reach.ts'
import type { Reach } from './routes-reach.ts'
import type { Millis, Snapshot } from './snapshot.ts'
import type { Verdict } from './verdict.ts'

export type Announcement =
  | {
      readonly state: 'announced'
      readonly node: string
      readonly interfaces: readonly string[] // none: all
      readonly routers?: Reach // absent: no BGPAdvertisement covers it
    }
  | { readonly state: 'routed'; readonly verdict?: Verdict } // by BGP only; the verdict: why not by ARP and NDP
  | { readonly state: 'silent'; readonly verdict: Verdict }
  | { readonly state: 'untold' } // too young to say anything; nothing is written

/**
 * A Service this young, or one whose address is so new, is not yet called silent: its endpoints and its announcer are
 * just coming, and each step on the way would be one more write for each Service. What lasts is told.
 */
export const untoldMs = 3_000

/** By Service key: those that have an address. */
export type Announcements = LayeredMap<Announcement>

type Announcing = (
  snapshot: Snapshot,
  plan: ControllerPlan,
  reports: readonly ServiceL2Status[],
) => Announcements

/** What judgements follow from, besides their Services. */
type Seen = {
  readonly plans: ControllerPlan['services']
  readonly endpoints: Snapshot['endpoints']
  readonly reports: Reports
  readonly common: readonly unknown[] // of all Services
  readonly takenAt: Millis
}

/** Keys of Services that are judged by more than what is seen of them. */
type Pending = {
  readonly untold: Set<string> // by the time
  readonly voting: Set<string> // by those with whom they share an address
}

/** The last answer is kept: what follows from the same is not judged again. */
export function startAnnouncing(): Announcing {
  const judgeEach = rememberPerService<Announcement | 'none'>()
  const pending: Pending = { untold: new Set(), voting: new Set() }
  let announcements: Announcements = layeredMap()
  let before: Seen | undefined
  let hadParties = false
  return (snapshot, plan, reports) => {
    const now = seenIn(snapshot, plan, reports)
    const judge = judgeIn(snapshot, now)
    const changes = new Map<string, Announcement | undefined>()
    const tell = (key: string, { announcement, isUntold, isVoting }: Judgement) => {
      if (isUntold) pending.untold.add(key)
      else pending.untold.delete(key)
      if (isVoting) pending.voting.add(key)
      else pending.voting.delete(key)
      if (announcements.get(key) !== announcement) changes.set(key, announcement)
    }
    for (const key of keysToCompare(before?.plans, now.plans)) if (!now.plans.has(key)) tell(key, unjudged)
    const isShared = () => pending.voting.size > 0 && hasParties(snapshot)
    const touched = touchedSince(
      before,
      now,
      hadParties || isShared() ? pending : { ...pending, voting: none },
    )
    judgeEach(everyService(snapshot), touched, (service) => {
      const judgement = judge(service)
      tell(service.key, judgement)
      return judgement.announcement ?? 'none'
    })
    before = now
    hadParties = isShared()
    announcements = withChanges(announcements, changes)
    return announcements
  }
}

export const announcementsIn: Announcing = startAnnouncing()

const none: ReadonlySet<string> = new Set()

function seenIn(snapshot: Snapshot, { services }: ControllerPlan, reports: readonly ServiceL2Status[]): Seen {
  const { endpoints, takenAt } = snapshot
  const common = [l2View(snapshot), reachGround(snapshot), snapshot.settings.loadBalancerClass]
  return { plans: services, endpoints, reports: reportsByService(reports), common, takenAt }
}

/** Whose judgement may be another one now. */
function touchedSince(
  before: Seen | undefined,
  now: Seen,
  { untold, voting }: { readonly [kind in keyof Pending]: ReadonlySet<string> },
): Touched {
  if (before === undefined || now.takenAt < before.takenAt || !sameItems(before.common, now.common))
    return 'all'
  return keysToCompare(before.plans, now.plans)
    .union(keysToCompare(before.endpoints, now.endpoints))
    .union(keysToCompare(before.reports, now.reports))
    .union(untold)
    .union(voting)
}

type Judgement = {
  readonly announcement: Announcement | undefined // undefined: it has no address
  readonly isUntold: boolean
  readonly isVoting: boolean
}

const unjudged: Judgement = { announcement: undefined, isUntold: false, isVoting: false }

function judgeIn(snapshot: Snapshot, { plans, reports, takenAt }: Seen): (service: Service) => Judgement {
  const living = new Set(snapshot.speakers.map(({ node }) => node))
  const reach = reachIn(snapshot)
  const ballotsOf = ballotsIn(snapshot)
  return (service) => {
    const own = plans.get(service.key)
    if (own?.state !== 'assigned') return unjudged
    let isVoting = false
    const ballots = (one: Service): Ballot => {
      isVoting = true
      return ballotsOf(one)
    }
    const announcers = livingAmong(reports.get(service.key), living)
    const layer2 = judge({ service, addresses: own.addresses, announcers }, { ballots, takenAt })
    const announcement = announcedBy(layer2, reach(service), () => needsLayer2(ballots(service)))
    return { announcement, isUntold: layer2.state === 'untold', isVoting }
  }
}

function livingAmong(
  reports: readonly ServiceL2Status[] = [],
  living: ReadonlySet<string>,
): readonly ServiceL2Status[] {
  return reports.every(({ node }) => living.has(node))
    ? reports
    : reports.filter(({ node }) => living.has(node))
}

type Reports = ReadonlyMap<string, readonly ServiceL2Status[]>

/** Of a Service of which the reports are the same, the list is the same. */
function startSorting(): (reports: readonly ServiceL2Status[]) => Reports {
  let last: Reports = new Map()
  return rememberLast((reports: readonly ServiceL2Status[]) => {
    const groups = Map.groupBy(reports, keyOf)
    const sorted = [...groups].map(([key, group]): [string, readonly ServiceL2Status[]] => {
      const before = last.get(key)
      return [key, before !== undefined && sameItems(before, group) ? before : group]
    })
    last = new Map(sorted)
    return last
  })
}

const reportsByService = startSorting()

function keyOf({ serviceNamespace, serviceName }: ServiceL2Status): string {
  return `${serviceNamespace}/${serviceName}`
}

type View = {
  readonly ballots: (service: Service) => Ballot
  readonly takenAt: Millis
}

type Assigned = {
  readonly service: Service
  readonly addresses: readonly string[]
  readonly announcers: readonly ServiceL2Status[]
}

function needsLayer2(ballot: Ballot): boolean {
  return !('verdict' in ballot) || ballot.verdict.reason !== 'NoAdvertisement'
}

function judge({ service, addresses, announcers }: Assigned, view: View): Layer2 {
  const [first] = announcers
  if (first !== undefined)
    return reportedBy(announcers.length === 1 ? first : currentOf(service, announcers, view))
  const told = service.conditions.some(({ type }) => type === 'metallb.io/Announced')
  const stands = addresses.every((text) => service.ingress.includes(text))
  if (!told && (!stands || view.takenAt < untoldUntil(service))) return untold
  if (!stands) return awaited // no speaker can announce what is not written yet
  const ballot = view.ballots(service)
  return 'verdict' in ballot ? silent(ballot.verdict) : awaited
}

/** While an address moves two nodes may report it: the one that is elected counts. */
function currentOf(
  service: Service,
  announcers: readonly ServiceL2Status[],
  { ballots }: View,
): ServiceL2Status {
  const outcome = electedBy(ballots(service))
  const winner = announcers.find(({ node }) => 'node' in outcome && outcome.node === node)
  return winner ?? announcers.reduce((a, b) => (a.node < b.node ? a : b))
}

const reportedBy = rememberPerObject(
  ({ node, interfaces }: ServiceL2Status): Layer2 => ({
    state: 'announced',
    node,
    interfaces: interfaces.toSorted(),
  }),
)

const silent = rememberPerObject((verdict: Verdict): Layer2 => ({ state: 'silent', verdict }))

const untold: Layer2 = { state: 'untold' }

const awaited: Layer2 = {
  state: 'silent',
  verdict: {
    reason: 'AwaitingSpeaker',
    message: 'a node is elected, and its speaker has not yet reported that it announces',
  },
}

/** When the Service is old enough to be called silent. */
function untoldUntil(service: Service): Millis {
  return Date.parse(newestPart(service)) + untoldMs
}

/** The creation of the Service, or of its assignment. RFC 3339 in UTC to the second: text sorts like time. */
const newestPart = rememberPerObject(({ createdAt, conditions }: Service): string =>
  conditions.reduce(
    (latest, { type, status, lastTransitionTime }) =>
      type === 'metallb.io/Allocated' && status === 'True' && lastTransitionTime > latest
        ? lastTransitionTime
        : latest,
    createdAt,
  ),
)

/** The next moment at which some Service becomes old enough. Those that are not yet are kept; they are few. */
export function startTelling(): (snapshot: Pick<Snapshot, 'services' | 'takenAt'>) => Millis | undefined {
  const young = new Map<Service, Millis>() // when they are old enough
  let services: readonly Service[] = []
  let lookedAt = Number.NEGATIVE_INFINITY
  return ({ services: found, takenAt }) => {
    if (takenAt < lookedAt) {
      services = [] // the clock was set back: who was old enough may be young again
      young.clear()
    }
    const now = followOrder(services, found)
    const { gone, come } = difference(services, now)
    for (const service of gone) young.delete(service)
    for (const service of youngAmong(come, takenAt)) young.set(service, untoldUntil(service))
    services = now
    lookedAt = takenAt
    let next: Millis | undefined
    for (const [service, moment] of young) {
      if (moment <= takenAt) young.delete(service)
      else next = Math.min(next ?? moment, moment)
    }
    return next
  }
}

export const nextTelling = startTelling()

function youngAmong(services: readonly Service[], takenAt: Millis): readonly Service[] {
  const oldest = `${new Date(takenAt - untoldMs).toISOString().slice(0, 19)}Z` // to the second, as creation times are
  return services.filter((service) => service.type === 'LoadBalancer' && newestPart(service) >= oldest)
}
