// What a Service asks for: which families, which addresses, which pool (metallb.md §3.1, §3.4, §4.1).
import type { Service } from '../crds/core.ts'
import type { Address, Family } from '../protocols/net/address.ts'
import { formatAddress, parseAddress } from '../protocols/net/address.ts'
import { annotationOf } from './annotations.ts'
import { rememberPerObject } from './once.ts'
import { families } from './pools.ts'
import { quote } from './text.ts'
import type { Fact, Verdict } from './verdict.ts'
import { firstVerdict } from './verdict.ts'

/** An address, its canonical text, and a number that equal addresses share (others may share it too). */
export type Named = Address & { readonly text: string; readonly hint: number }

export type Request = {
  readonly families: readonly Family[] // of its cluster IPs, IPv4 first; empty when forbidden
  readonly firstFamily: Family // the one to have if only one can be had
  readonly pool?: string
  readonly addresses: readonly Named[] // IPv4 first; empty: any
  readonly forbidden?: Verdict // it can have no address at all, and keeps none
  readonly unreadable?: Verdict // its wish cannot be understood: it gets nothing new
}

/** These fail only for Services that no address could serve. */
export const servabilityFacts: readonly Fact<Service>[] = [
  { fact: 'the Service has a cluster IP', check: hasClusterIP },
  { fact: 'the families of its cluster IPs can be told', check: familiesCanBeTold },
  { fact: 'RequireDualStack comes with two cluster IPs', check: hasClusterIPsForPolicy },
]

export const wishFacts: readonly Fact<Service>[] = [
  { fact: 'the Service asks for addresses in one way only', check: asksOnce },
  { fact: 'the addresses it asks for can be read', check: wishCanBeRead },
  { fact: 'the addresses it asks for are of its families', check: wishHasFamilies },
]

export const requestOf = rememberPerObject((service: Service): Request => {
  const forbidden = firstVerdict(servabilityFacts, service)
  const unreadable = forbidden === undefined ? firstVerdict(wishFacts, service) : undefined
  const pool = annotationOf(service, 'address-pool')
  const [firstOfSpec = 'IPv4'] = service.ipFamilies
  const own = forbidden === undefined ? familiesOf(service) : []
  return {
    families: own,
    firstFamily: own.includes(firstOfSpec) ? firstOfSpec : (own[0] ?? 'IPv4'),
    ...(pool === undefined || pool === '' ? {} : { pool }),
    addresses: unreadable === undefined && forbidden === undefined ? wishedAddresses(service) : [],
    ...(forbidden === undefined ? {} : { forbidden }),
    ...(unreadable === undefined ? {} : { unreadable }),
  }
})

/** A text as an address, or nothing. */
export function named(text: string): Named | undefined {
  const address = parseAddress(text)
  return address === undefined ? undefined : withText(address)
}

export function withText({ family, value }: Address): Named {
  return { family, value, text: formatAddress({ family, value }), hint: Number(BigInt.asUintN(52, value)) }
}

// The API server chose or checked the cluster IPs; only their families matter here.
const familiesOf = rememberPerObject((service: Service): readonly Family[] => {
  const isIPv6 = service.clusterIPs.map((text) => text.includes(':'))
  return families.filter((family) => isIPv6.includes(family === 'IPv6'))
})

function hasClusterIP(service: Service): Verdict | undefined {
  if (service.clusterIPs.length > 0) return undefined
  return { reason: 'NoClusterIPs', message: 'the Service has no cluster IP' }
}

function familiesCanBeTold(service: Service): Verdict | undefined {
  if (service.clusterIPs.length === familiesOf(service).length) return undefined
  const message = `spec.clusterIPs is ${service.clusterIPs.join(', ')}; it should be one address, or one of each family`
  return { reason: 'UnreadableClusterIPs', message }
}

function hasClusterIPsForPolicy(service: Service): Verdict | undefined {
  if (service.ipFamilyPolicy !== 'RequireDualStack' || service.clusterIPs.length > 1) return undefined
  const message = `ipFamilyPolicy is RequireDualStack, and ${service.clusterIPs.join(', ')} is the only cluster IP`
  return { reason: 'NotEnoughClusterIPs', message }
}

function asksOnce(service: Service): Verdict | undefined {
  const annotated = annotationOf(service, 'loadBalancerIPs') ?? ''
  if (annotated === '' || service.loadBalancerIP === undefined) return undefined
  const message = `the annotation metallb.io/loadBalancerIPs asks for ${annotated} and spec.loadBalancerIP for ${service.loadBalancerIP}`
  return { reason: 'RequestedTwice', message }
}

function wishCanBeRead(service: Service): Verdict | undefined {
  const wish = wishOf(service)
  const unreadable = wish.texts.find((text) => parseAddress(text) === undefined)
  const found = wishedAddresses(service).map(({ family }) => family)
  const problem = unreadable === undefined ? countProblem(found) : `${quote(unreadable)} is not an IP address`
  if (problem === undefined) return undefined
  return {
    reason: 'UnreadableRequest',
    message: `${wish.field} is ${quote(wish.texts.join(','))}: ${problem}`,
  }
}

function countProblem(found: readonly Family[]): string | undefined {
  if (found.length > 2) return 'more than two addresses'
  return found.length === 2 && found[0] === found[1] ? `two ${found[0]} addresses` : undefined
}

function wishHasFamilies(service: Service): Verdict | undefined {
  const wished = wishedAddresses(service)
  const wants = familiesOf(service)
  if (wished.length === 0) return undefined
  if (
    wished.length === wants.length &&
    wants.every((family) => wished.some((address) => address.family === family))
  )
    return undefined
  const asked = wished.map(({ text }) => text).join(', ')
  const message = `${asked} is asked for, and the cluster IPs of the Service are ${wants.join(' and ')}`
  return { reason: 'WrongFamily', message }
}

function wishedAddresses(service: Service): readonly Named[] {
  const found = wishOf(service).texts.flatMap((text) => named(text) ?? [])
  return found.toSorted((a, b) => families.indexOf(a.family) - families.indexOf(b.family))
}

function wishOf(service: Service): { readonly field: string; readonly texts: readonly string[] } {
  const annotated = annotationOf(service, 'loadBalancerIPs') ?? ''
  if (annotated !== '')
    return {
      field: 'the annotation metallb.io/loadBalancerIPs',
      texts: annotated.split(',').map((text) => text.trim()),
    }
  const single = service.loadBalancerIP
  return { field: 'spec.loadBalancerIP', texts: single === undefined ? [] : [single] }
}
