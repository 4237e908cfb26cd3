// Two futures of one cluster side by side: which Services have other addresses or another owner, and which objects have
// something against them that they had not. Data only; `herald plan` prints it.
import { everyService } from './flaws.ts'
import type { ControllerPlan, ObjectPlan, SpeakerPlan } from './plan.ts'
import { planSpeaker } from './plan.ts'
import type { Settled } from './settle.ts'
import { carriedOut, settle } from './settle.ts'
import type { Snapshot } from './snapshot.ts'
import type { Verdict } from './verdict.ts'

export type Comparison = {
  readonly services: readonly ServiceChange[] // by key; only those that differ
  readonly unserved: readonly ServiceChange[] // new, and they would get no address
  readonly unchanged: number // Services of ours that stay as they are
  readonly objects: readonly ObjectTrouble[] // by kind and name
}

export type ServiceChange = {
  readonly service: string
  readonly before?: ServiceFuture // absent: there is no such Service
  readonly after?: ServiceFuture
}

export type ServiceFuture = {
  readonly addresses: readonly string[]
  readonly pool?: string
  readonly owner?: string // the node that answers for it on the LAN
  readonly routing: readonly string[] // nodes that tell routers of it, sorted
  readonly verdict?: Verdict // why it has no address, or is announced by nobody
}

/** Said of the object in the later snapshot, and not in the earlier one. */
export type ObjectTrouble = { readonly kind: string; readonly name: string; readonly verdict: Verdict }

/** What stands in the later snapshot is what the earlier one comes to: whoever changes a cluster finds it settled. */
export function compareFutures(earlier: Snapshot, later: Snapshot): Comparison {
  const before = settle(earlier)
  const memory = before.snapshot.memory // what the first future gave back rests in the second
  const start = memory === undefined ? later : { ...later, memory }
  const after = settle(carriedOut(start, before.plan), before.plan)
  const [was, willBe] = [futuresIn(before), futuresIn(after)]
  const keys = [...new Set([...was.keys(), ...willBe.keys()])].toSorted()
  const changes = keys.map((service): ServiceChange => {
    const [one, other] = [was.get(service), willBe.get(service)]
    return {
      service,
      ...(one === undefined ? {} : { before: one }),
      ...(other === undefined ? {} : { after: other }),
    }
  })
  const services = changes.filter((change) => whatMoves(change).length > 0)
  const unserved = changes.filter((change) => change.before === undefined && whatMoves(change).length === 0)
  return {
    services,
    unserved,
    unchanged: changes.length - services.length - unserved.length,
    objects: newTroubles(before.plan, after.plan),
  }
}

export type Movement = 'addresses' | 'owner' | 'routing'

/** What is another afterwards. */
export function whatMoves({ before, after }: ServiceChange): readonly Movement[] {
  const movements: Movement[] = []
  if (!isSame(before?.addresses, after?.addresses)) movements.push('addresses')
  if (before?.owner !== after?.owner) movements.push('owner')
  if (!isSame(before?.routing, after?.routing)) movements.push('routing')
  return movements
}

function isSame(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index])
}

/** Of each Service of ours. */
function futuresIn({ snapshot, plan }: Settled): ReadonlyMap<string, ServiceFuture> {
  const announced = announcementsOf(snapshot)
  return new Map(
    everyService(snapshot).flatMap(({ key }): [string, ServiceFuture][] => {
      const own = plan.services.get(key)
      if (own === undefined || own.state === 'not-ours') return []
      const { owner, routing = [], silence } = announced.get(key) ?? {}
      if (own.state === 'pending') return [[key, { addresses: [], routing, verdict: own.verdict }]]
      const isSilent = owner === undefined && routing.length === 0
      const verdict = isSilent ? (silence ?? own.verdict ?? nobody) : own.verdict
      return [
        [
          key,
          {
            addresses: own.addresses,
            pool: own.pool,
            ...(owner === undefined ? {} : { owner }),
            routing,
            ...(verdict === undefined ? {} : { verdict }),
          },
        ],
      ]
    }),
  )
}

const nobody: Verdict = { reason: 'NoSpeaker', message: 'no speaker is alive' }

type Announcement = {
  readonly owner?: string
  readonly routing: readonly string[]
  readonly silence?: Verdict
}

/** What the speakers of all nodes would do. */
function announcementsOf(snapshot: Snapshot): ReadonlyMap<string, Announcement> {
  const found = new Map<string, Announcement>()
  for (const { node } of snapshot.speakers) addAnnouncements(found, planSpeaker(snapshot, node))
  return found
}

function addAnnouncements(found: Map<string, Announcement>, { node, services, bgp }: SpeakerPlan): void {
  for (const [key, outcome] of services) {
    const known = found.get(key) ?? { routing: [] }
    found.set(
      key,
      outcome.state === 'announced' ? { ...known, owner: node } : { silence: outcome.verdict, ...known },
    )
  }
  for (const [key, outcome] of bgp.services) {
    if (outcome.state !== 'announced') continue
    const known = found.get(key) ?? { routing: [] }
    found.set(key, { ...known, routing: [...known.routing, node].toSorted() })
  }
}

type Judged = readonly [kind: string, of: (plan: ControllerPlan) => ReadonlyMap<string, ObjectPlan>]

const judged: readonly Judged[] = [
  ['IPAddressPool', ({ pools }) => pools],
  ['L2Advertisement', ({ l2Advertisements }) => l2Advertisements],
  ['BGPAdvertisement', ({ bgp }) => bgp.advertisements],
  ['BGPPeer', ({ bgp }) => bgp.peers],
  ['BFDProfile', ({ bgp }) => bgp.profiles],
  ['Community', ({ bgp }) => bgp.communities],
]

function newTroubles(before: ControllerPlan, after: ControllerPlan): readonly ObjectTrouble[] {
  return judged.flatMap(([kind, of]) =>
    [...of(after)]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, plan]) => {
        const known = new Set(verdictsOf(of(before).get(name)).map(({ message }) => message))
        return verdictsOf(plan)
          .filter(({ message }) => !known.has(message))
          .map((verdict) => ({ kind, name, verdict }))
      }),
  )
}

function verdictsOf(plan: ObjectPlan | undefined): readonly Verdict[] {
  return plan === undefined ? [] : [...plan.verdicts, ...plan.warnings]
}
