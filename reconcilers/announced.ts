// Is a Service announced, and by whom? What the speakers report, held against the election; the answer is the condition
// metallb.io/Announced of the Service.
import type { Service } from '../crds/core.ts'
import type { ServiceL2Status } from '../crds/service-l2-status.ts'
import { announcedBy } from './announced-by.ts'
import type { Layer2 } from './announced-by.ts'
import { everyService } from './flaws.ts'
import { electedBy } from './l2.ts'
import type { Ballot } from './l2-party.ts'
import { ballotsIn } from './l2-party.ts'
import type { LayeredMap } from './layered-map.ts'
import { layeredMap, withChanges } from './layered-map.ts'
import { rememberLast, rememberPerObject } from './once.ts'
import type { ControllerPlan } from './plan.ts'
import { reachIn } from './routes-reach.ts'
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

// The last answer: what is the same in the next one is not written down again. It decides nothing.
let last: LayeredMap<Announcement> = layeredMap()

/** By Service key: those that have an address. */
export function announcementsIn(
  snapshot: Snapshot,
  plan: ControllerPlan,
  reports: readonly ServiceL2Status[],
): LayeredMap<Announcement> {
  const living = new Set(snapshot.speakers.map(({ node }) => node))
  const byService = reportsByService(reports)
  const view = { ballots: ballotsIn(snapshot), takenAt: snapshot.takenAt }
  const reach = reachIn(snapshot)
  const changes = new Map<string, Announcement | undefined>()
  let count = 0
  for (const service of everyService(snapshot)) {
    const own = plan.services.get(service.key)
    if (own?.state !== 'assigned') continue
    const announcers = livingAmong(byService.get(service.key), living)
    const layer2 = judge({ service, addresses: own.addresses, announcers }, view)
    const announcement = announcedBy(layer2, reach(service), () => needsLayer2(view.ballots(service)))
    if (last.get(service.key) !== announcement) changes.set(service.key, announcement)
    count++
  }
  last = withoutStrays(withChanges(last, changes), count, plan)
  return last
}

function livingAmong(
  reports: readonly ServiceL2Status[] = [],
  living: ReadonlySet<string>,
): readonly ServiceL2Status[] {
  return reports.every(({ node }) => living.has(node))
    ? reports
    : reports.filter(({ node }) => living.has(node))
}

/** Without those of the last answer that have no address any more. */
function withoutStrays(
  all: LayeredMap<Announcement>,
  count: number,
  { services }: ControllerPlan,
): LayeredMap<Announcement> {
  if (all.size === count) return all
  const strays = [...all.keys()].filter((key) => services.get(key)?.state !== 'assigned')
  return withChanges(all, new Map(strays.map((key) => [key, undefined])))
}

const reportsByService: (
  reports: readonly ServiceL2Status[],
) => ReadonlyMap<string, readonly ServiceL2Status[]> = rememberLast((reports) =>
  Map.groupBy(reports, ({ serviceNamespace, serviceName }) => `${serviceNamespace}/${serviceName}`),
)

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

/** The next moment at which some Service becomes old enough. */
export function nextTelling({ services, takenAt }: Snapshot): Millis | undefined {
  const oldest = `${new Date(takenAt - untoldMs).toISOString().slice(0, 19)}Z` // to the second, as creation times are
  const moments = services
    .filter((service) => service.type === 'LoadBalancer' && newestPart(service) >= oldest)
    .map(untoldUntil)
    .filter((moment) => moment > takenAt)
  return moments.length === 0 ? undefined : moments.reduce((a, b) => Math.min(a, b))
}
