// The caches become one frozen Snapshot: an object is parsed once, a bad one is a fact about that object and no crash,
// and what this process has just written counts as standing there.
import { parseBFDProfile } from '../crds/bfd-profile.ts'
import { parseBGPAdvertisement } from '../crds/bgp-advertisement.ts'
import { parseBGPPeer } from '../crds/bgp-peer.ts'
import { parseCommunity } from '../crds/community.ts'
import { parseConfigurationState } from '../crds/configuration-state.ts'
import type { Service } from '../crds/core.ts'
import { parseIPAddressPool } from '../crds/ip-address-pool.ts'
import type { Objection, Parsed } from '../crds/kind.ts'
import { parseL2Advertisement } from '../crds/l2-advertisement.ts'
import { parseNamespace } from '../crds/namespace.ts'
import { parseNode } from '../crds/node.ts'
import { parsePoolFindings } from '../crds/pool-findings.ts'
import type { Secret } from '../crds/secret.ts'
import { parseSecret } from '../crds/secret.ts'
import { parseServiceCIDR } from '../crds/service-cidr.ts'
import { parseService, serviceKind } from '../crds/service.ts'
import type { Flawed, PasswordSecret, PlanSettings, Snapshot, Speaker } from '../reconcilers/snapshot.ts'
import type { StatusObject } from '../reconcilers/status.ts'
import { startEndpoints } from './collect/endpoints.ts'
import { oldestFirst, startTable } from './collect/table.ts'
import type { Followed } from './collect/table.ts'
import { writtenAddresses } from './collect/written.ts'

export type Sources = {
  readonly services: Followed
  readonly endpointSlices: Followed
  readonly nodes: Followed
  readonly namespaces: Followed
  readonly serviceCIDRs?: Followed // absent: this process does not warn of them
  readonly pools: Followed
  readonly l2Advertisements: Followed
  readonly bgpPeers: Followed
  readonly bgpAdvertisements: Followed
  readonly bfdProfiles: Followed
  readonly communities: Followed
  readonly configurationStates?: Followed // absent: this process does not ask what others think
  readonly secrets?: Followed // of Herald's namespace; absent: this process reads none
}

export type Circumstances = {
  readonly takenAt: number // wall clock, ms
  readonly namespace: string
  readonly settings: PlanSettings
  readonly speakers: readonly Speaker[]
  readonly pending: Iterable<StatusObject> // writes not yet done
}

export type Collector = {
  readonly snapshot: (circumstances: Circumstances) => Snapshot
  readonly stop: () => void
}

export function startCollector(sources: Sources): Collector {
  const services = startTable({ cache: sources.services, parse: parseService, order: oldestFirst })
  const pools = startTable({ cache: sources.pools, parse: parseIPAddressPool, order: oldestFirst })
  const findings = startTable({ cache: sources.pools, parse: parsePoolFindings })
  const l2Advertisements = startTable({ cache: sources.l2Advertisements, parse: parseL2Advertisement })
  const bgpPeers = startTable({ cache: sources.bgpPeers, parse: parseBGPPeer })
  const bgpAdvertisements = startTable({ cache: sources.bgpAdvertisements, parse: parseBGPAdvertisement })
  const bfdProfiles = startTable({ cache: sources.bfdProfiles, parse: parseBFDProfile })
  const communities = startTable({ cache: sources.communities, parse: parseCommunity })
  const secrets = sources.secrets && startTable({ cache: sources.secrets, parse: parseSecret })
  const states =
    sources.configurationStates &&
    startTable({ cache: sources.configurationStates, parse: parseConfigurationState })
  const nodes = startTable({ cache: sources.nodes, parse: parseNode })
  const namespaces = startTable({ cache: sources.namespaces, parse: parseNamespace })
  const cidrs = sources.serviceCIDRs && startTable({ cache: sources.serviceCIDRs, parse: parseServiceCIDR })
  const endpoints = startEndpoints(sources.endpointSlices)
  const goodServices = derived(services.rows, (rows) => rows.filter(isGood).map(({ value }) => value))
  const flawedServices = derived(services.rows, (rows) =>
    rows.filter((row) => !isGood(row)).map(flawedService),
  )
  const nodeValues = derived(nodes.rows, (rows) => rows.map(({ value }) => value))
  const namespacesByName = derived(
    namespaces.rows,
    (rows) => new Map(rows.map(({ value }) => [value.name, value] as const)),
  )

  const serviceCIDRs = cidrs && derived(cidrs.rows, (rows) => rows.map(({ value }) => value))
  const configurationStates = states && derived(states.rows, (rows) => rows.map(({ value }) => value))
  const secretsByName = secrets && derived(secrets.rows, passwordsByName)

  function snapshot({ pending, ...circumstances }: Circumstances): Snapshot {
    return Object.freeze({
      ...circumstances,
      pools: pools.rows(),
      poolFindings: findings.rows(),
      l2Advertisements: l2Advertisements.rows(),
      bgpPeers: bgpPeers.rows(),
      bgpAdvertisements: bgpAdvertisements.rows(),
      bfdProfiles: bfdProfiles.rows(),
      communities: communities.rows(),
      ...(configurationStates === undefined ? {} : { configurationStates: configurationStates() }),
      ...(secretsByName === undefined ? {} : { secrets: secretsByName() }),
      services: goodServices(),
      flawedServices: flawedServices(),
      endpoints: endpoints.byService(),
      nodes: nodeValues(),
      ...(serviceCIDRs === undefined ? {} : { serviceCIDRs: serviceCIDRs() }),
      namespaces: namespacesByName(),
      written: writtenAddresses(pending),
    })
  }

  function stop(): void {
    const bgp = [bgpPeers, bgpAdvertisements, bfdProfiles, communities, secrets, states, cidrs]
    for (const followed of [
      services,
      pools,
      findings,
      l2Advertisements,
      nodes,
      namespaces,
      endpoints,
      ...bgp,
    ])
      followed?.stop()
  }

  return { snapshot, stop }
}

function isGood({ objections }: { readonly objections: readonly Objection[] }): boolean {
  return objections.length === 0
}

function flawedService({ value, objections }: Parsed<Service>): Flawed {
  const { namespace, name, uid, ingress } = value
  return { kind: serviceKind, namespace, name, uid, service: value, ingress, objections }
}

function passwordsByName(rows: readonly Parsed<Secret>[]): ReadonlyMap<string, PasswordSecret> {
  return new Map(
    rows.map(({ value: { name, type, password } }) => [
      name,
      { type, ...(password === undefined ? {} : { password }) },
    ]),
  )
}

/** Made anew only when what it is made of is another array. */
function derived<Row, T>(rows: () => readonly Row[], make: (rows: readonly Row[]) => T): () => T {
  let from: readonly Row[] | undefined
  let made: T | undefined
  return () => {
    const now = rows()
    if (made === undefined || from !== now) {
      from = now
      made = make(now)
    }
    return made
  }
}
