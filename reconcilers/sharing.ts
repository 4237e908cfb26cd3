// When two Services may have the same address (metallb.md §3.5): both say so with the same key, traffic of both
// reaches the same nodes, and no port is wanted twice.
import type { Service } from '../crds/core.ts'
import { annotationOf } from './annotations.ts'
import { rememberPerObject } from './once.ts'
import { quote } from './text.ts'
import type { Fact, Verdict } from './verdict.ts'
import { firstVerdict } from './verdict.ts'

/** A Service that wants an address, and one that has it. */
export type Sharing = { readonly newcomer: Service; readonly holder: Service; readonly address: string }

const sharingFacts: readonly Fact<Sharing>[] = [
  { fact: 'both Services allow sharing', check: bothAllowSharing },
  { fact: 'both Services have the same sharing key', check: sharingKeysAgree },
  { fact: 'traffic of both Services reaches the same nodes', check: backendsAgree },
  { fact: 'no port is wanted by both', check: portsDiffer },
]

/** What stands against it that both have the address. */
export function sharingVerdict(sharing: Sharing): Verdict | undefined {
  return firstVerdict(sharingFacts, sharing)
}

/** The free text of metallb.io/allow-shared-ip; empty: the Service does not share. */
export function sharingKeyOf(service: Service): string {
  return annotationOf(service, 'allow-shared-ip') ?? ''
}

function bothAllowSharing({ newcomer, holder, address }: Sharing): Verdict | undefined {
  for (const service of [holder, newcomer]) {
    if (sharingKeyOf(service) !== '') continue
    const who = service === holder ? holder.key : `this Service`
    const message = `${address} is the address of Service ${holder.key}, and ${who} does not allow sharing (metallb.io/allow-shared-ip)`
    return { reason: 'AddressInUse', message }
  }
  return undefined
}

function sharingKeysAgree({ newcomer, holder, address }: Sharing): Verdict | undefined {
  const [mine, theirs] = [sharingKeyOf(newcomer), sharingKeyOf(holder)]
  if (mine === theirs) return undefined
  const message = `${address} is the address of Service ${holder.key} with the sharing key ${quote(theirs)}, not ${quote(mine)}`
  return { reason: 'SharingKeysDiffer', message }
}

// With the policy Local only nodes with an endpoint may have the address, so the endpoints have to be the same ones.
function backendsAgree({ newcomer, holder, address }: Sharing): Verdict | undefined {
  if (backendOf(newcomer) === backendOf(holder)) return undefined
  const message = `${address} is the address of Service ${holder.key}, whose externalTrafficPolicy is ${holder.externalTrafficPolicy}; both must have Cluster, or both Local with equal selectors`
  return { reason: 'SharingBackendsDiffer', message }
}

const backendOf = rememberPerObject((service: Service): string => {
  if (service.externalTrafficPolicy === 'Cluster') return 'Cluster'
  return `Local ${JSON.stringify(Object.entries(service.selector).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`
})

function portsDiffer({ newcomer, holder, address }: Sharing): Verdict | undefined {
  const theirs = portsOf(holder)
  const taken = [...portsOf(newcomer)].find((port) => theirs.has(port))
  if (taken === undefined) return undefined
  return { reason: 'SharedPortInUse', message: `${taken} on ${address} is a port of Service ${holder.key}` }
}

const portsOf = rememberPerObject(
  (service: Service): ReadonlySet<string> =>
    new Set(service.ports.map(({ protocol, port }) => `${protocol}/${port}`)),
)
