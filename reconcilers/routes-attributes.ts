// What a route says when several advertisements speak of it: communities are united, of each other attribute the
// oldest advertisement that sets it decides, and what the others wanted is told (MetalLB withdraws the Service).
import type { Route, RouteAttributes } from '../protocols/bgp/config.ts'
import type { Family } from '../protocols/net/address.ts'
import type { Extras } from './routes-extras.ts'
import { bandwidthOfEndpoint, extrasKey, jointExtras, noExtras } from './routes-extras.ts'
import type { Source } from './routes-source.ts'
import { olderFirst } from './seniority.ts'
import type { Verdict } from './verdict.ts'

/** All that is to be said of one prefix of one Service, or of several. */
export type Share = {
  readonly key: string // equal keys, equal content
  readonly family: Family
  readonly sources: readonly Source[] // oldest first, each once
  readonly extras: Extras
}

/** The routes of a share without their prefix. */
export type Told = {
  readonly routes: readonly Omit<Route, 'prefix'>[] // each peer in one of them
  readonly peers: readonly string[] // all of them, by name
  readonly conflicts: readonly Verdict[]
}

/** The peers of the node with the families that their sessions carry, by name. */
export type Carriers = ReadonlyMap<string, readonly Family[]>

export function shareOf(family: Family, sources: readonly Source[], extras: Extras = noExtras): Share {
  const sorted = [...new Set(sources)].toSorted((a, b) => olderFirst(a.advertisement, b.advertisement))
  const names = sorted.map(({ name }) => name).join('/')
  return { key: `${family} ${names} ${extrasKey(extras)}`, family, sources: sorted, extras }
}

/** Several Services have the prefix: all that any of them would say of it. */
export function jointShareOf(family: Family, shares: readonly Share[]): Share {
  return shareOf(
    family,
    shares.flatMap(({ sources }) => sources),
    jointExtras(shares.map(({ extras }) => extras)),
  )
}

export function tell({ family, sources, extras }: Share, carriers: Carriers): Told {
  const groups = new Map<string, { readonly own: readonly Source[]; readonly peers: string[] }>()
  for (const [peer, families] of carriers) {
    const own = families.includes(family) ? sources.filter((source) => isFor(source, peer)) : []
    if (own.length === 0) continue
    const key = own.map(({ name }) => name).join('/')
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { own, peers: [peer] })
    else group.peers.push(peer)
  }
  const found = [...groups.values()]
  const conflicts = new Map(found.flatMap(({ own }) => conflictsAmong(own)).map((one) => [one.message, one]))
  return {
    routes: found.map(({ own, peers }) => ({
      peers: peers.length === carriers.size ? 'all' : peers.toSorted(),
      attributes: attributesOf(own, extras),
    })),
    peers: found.flatMap(({ peers }) => peers).toSorted(),
    conflicts: [...conflicts.values()],
  }
}

export function isFor({ advertisement: { peers } }: Source, peer: string): boolean {
  return peers.length === 0 || peers.includes(peer)
}

function attributesOf(sources: readonly Source[], extras: Extras): RouteAttributes {
  const said = sources.map(({ communities }) => communities)
  if (sources.some(({ advertisement }) => advertisement.serviceCommunities)) said.push(extras.communities)
  const standard = union(said.map((one) => one.standard))
  const large = union(said.map((one) => one.large))
  const decided = settings.flatMap(({ read }) => {
    const found = sources.map(({ advertisement }) => read(advertisement)).find((value) => value !== undefined)
    return found ?? []
  })
  const { endpoints } = extras
  const weighed = endpoints !== undefined && sources.some(weighs)
  return {
    ...decided.reduce((all, one) => ({ ...all, ...one }), {}),
    ...(standard.length === 0 ? {} : { communities: standard }),
    ...(large.length === 0 ? {} : { largeCommunities: large }),
    ...(weighed ? { bandwidth: endpoints * bandwidthOfEndpoint } : {}),
  }
}

export function weighs({ advertisement }: Source): boolean {
  return advertisement.weighByEndpoints
}

function union(lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())].toSorted()
}

type Advertisement = Source['advertisement']

/** An attribute that has one value: what an advertisement says of it, if it does. */
type Setting = {
  readonly field: string
  readonly read: (advertisement: Advertisement) => RouteAttributes | undefined
}

const settings: readonly Setting[] = [
  { field: 'localPref', read: ({ localPref }) => (localPref === 0 ? undefined : { localPref }) },
  {
    field: 'asPathPrepend',
    read: ({ asPathPrepend }) => (asPathPrepend === 0 ? undefined : { prepend: asPathPrepend }),
  },
  { field: 'med', read: ({ med }) => (med === undefined ? undefined : { med }) },
  {
    field: 'origin',
    read: ({ origin }) => (origin === undefined ? undefined : { origin: originWords[origin] }),
  },
]

const originWords = { IGP: 'igp', EGP: 'egp', Incomplete: 'incomplete' } as const

/** Per attribute: who decides, and who wanted something else. */
export function conflictsAmong(sources: readonly Source[]): readonly Verdict[] {
  return settings.flatMap(({ field, read }) => {
    const said = sources.flatMap(({ name, advertisement }) => {
      const value = read(advertisement)
      return value === undefined ? [] : [{ name, value: String(Object.values(value)[0]) }]
    })
    const [first, ...others] = said
    return others
      .filter(({ value }) => value !== first?.value)
      .map(({ name, value }): Verdict => {
        const message = `BGPAdvertisements ${first?.name} and ${name} want ${field} ${first?.value} and ${value}; ${first?.name} is the older one and decides`
        return { reason: 'ConflictingAttributes', message }
      })
  })
}
