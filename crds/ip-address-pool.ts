// IPAddressPool (metallb.io/v1beta1): the addresses that Services may get.
import type { PoolRange } from './address-list.ts'
import { readAddressList, readExclusions } from './address-list.ts'
import type { Definition } from './definition.ts'
import { column, oneVersion, userColumns, wide } from './definition.ts'
import { parseDuration } from './duration.ts'
import type { Identity, Parsed, Resource } from './kind.ts'
import { metallbKind } from './kind.ts'
import { poolFindingsProperties } from './pool-findings.ts'
import type { Place } from './read.ts'
import {
  at,
  objectTo,
  partAt,
  present,
  readBoolean,
  readDistinctNames,
  readIdentity,
  readInteger,
  readLabels,
  readOneOf,
  readString,
  requiredPartAt,
  topOf,
} from './read.ts'
import { flag, list, object, plainText, root, selectors, text, userStatus, whole } from './schema.ts'
import type { Selector } from './selector.ts'
import { readSelectors } from './selector.ts'

/** As the planner sees it. */
export type IPAddressPool = Identity & {
  readonly labels: Readonly<Record<string, string>>
  readonly ranges: readonly PoolRange[] // in the order written, good entries only
  readonly excluded?: readonly PoolRange[] // absent: none; they may overlap
  readonly autoAssign: boolean
  readonly avoidBuggyIPs: boolean
  readonly paused?: boolean // true, or absent
  readonly quota?: PoolQuota
  readonly reuseAfterMs?: number // how long an address rests that a Service gave back; absent: not at all
  readonly duplicateAddressCheck?: DuplicateAddressCheck // absent: as the speakers are set
  readonly serviceAllocation?: ServiceAllocation
}

/** Is a newly assigned address in use by another machine of the local network? */
export const duplicateAddressChecks = ['Quick', 'Full', 'Off'] as const
export type DuplicateAddressCheck = (typeof duplicateAddressChecks)[number]

export type PoolQuota = { readonly perNamespace: number } // addresses of each family

export type ServiceAllocation = {
  readonly priority: number // lower is tried first; 0 = last
  readonly namespaces: readonly string[]
  readonly namespaceSelectors: readonly Selector[]
  readonly serviceSelectors: readonly Selector[]
}

export const ipAddressPoolKind = metallbKind('IPAddressPool', 'ipaddresspools')

const quotaBounds = { minimum: 1, maximum: 2 ** 31 - 1 } as const

/** A flawed pool yields its good ranges; a flawed selector of it selects nothing. */
export function parseIPAddressPool(resource: Resource): Parsed<IPAddressPool> {
  const top = topOf(resource)
  const spec = requiredPartAt(top, 'spec')
  const allocation = partAt(spec, 'serviceAllocation')
  const excluded = readExclusions(at(spec, 'excludeAddresses'))
  const perNamespace = readInteger(at(partAt(spec, 'quota'), 'perNamespace'), quotaBounds)
  const value = {
    ...readIdentity(top),
    labels: readLabels(top),
    ranges: readAddressList(at(spec, 'addresses')),
    ...(excluded.length === 0 ? {} : { excluded }),
    autoAssign: readBoolean(at(spec, 'autoAssign')) ?? true,
    avoidBuggyIPs: readBoolean(at(spec, 'avoidBuggyIPs')) ?? false,
    ...(readBoolean(at(spec, 'paused')) === true ? { paused: true } : {}),
    ...present('duplicateAddressCheck', readOneOf(at(spec, 'duplicateAddressCheck'), duplicateAddressChecks)),
    ...(perNamespace === undefined ? {} : { quota: { perNamespace } }),
    ...present('reuseAfterMs', readReuseAfter(at(spec, 'reuseAfter'))),
    ...(allocation.raw === undefined ? {} : { serviceAllocation: readAllocation(allocation) }),
  }
  return { value, objections: top.objections }
}

const longestRestMs = 365 * 24 * 3_600_000

function readReuseAfter(place: Place): number | undefined {
  const written = readString(place)
  if (written === undefined) return undefined
  const ms = parseDuration(written)
  if (ms !== undefined && ms >= 0 && ms <= longestRestMs) return ms === 0 ? undefined : ms
  objectTo(place, 'must be a duration from 0s to 8760h, such as 10m or 24h')
  return undefined
}

function readAllocation(place: Place): ServiceAllocation {
  return {
    priority: readInteger(at(place, 'priority')) ?? 0,
    namespaces: readDistinctNames(at(place, 'namespaces')),
    namespaceSelectors: readSelectors(at(place, 'namespaceSelectors')),
    serviceSelectors: readSelectors(at(place, 'serviceSelectors')),
  }
}

const allocationSchema = object('Which Services may use this pool. Without it any Service may.', {
  priority: whole(
    'Among the pools that suit a Service the lowest number is tried first; 0, or nothing, is tried last.',
  ),
  namespaces: list('Names of the namespaces whose Services may use this pool.', plainText),
  namespaceSelectors: selectors(
    'Selects further namespaces by label; a namespace named or selected is allowed.',
  ),
  serviceSelectors: selectors(
    'Selects Services by label; a Service must match one of them, and be in an allowed namespace.',
  ),
})

const specSchema = object(
  'The addresses, and who may have them.',
  {
    addresses: list(
      'CIDRs such as 192.0.2.0/24 and ranges such as 192.0.2.10-192.0.2.20, IPv4 and IPv6 side by side. ' +
        'Every address of them may be given out, the first and the last included. They must not overlap.',
      plainText,
    ),
    excludeAddresses: list(
      'Addresses of this pool that are never given out: CIDRs and ranges, as in spec.addresses, such as ' +
        '192.0.2.1/32 for a router. A Service that has such an address keeps it; its condition says so.',
      plainText,
    ),
    autoAssign: flag(
      'Whether Services get addresses of this pool unasked. If false, only a Service that asks for the pool ' +
        'or for one of its addresses gets one.',
      { default: true },
    ),
    avoidBuggyIPs: flag('Leaves out IPv4 addresses that end in .0 or .255, which some old devices drop.', {
      default: false,
    }),
    paused: flag(
      'If true the pool assigns nothing new; Services keep the addresses that they have, and these stay announced.',
    ),
    quota: object('How much of this pool may be used.', {
      perNamespace: whole(
        'How many IPv4 and how many IPv6 addresses of this pool the Services of one namespace may have; an address ' +
          'that they share counts once. A lower number takes nothing away from those that have more.',
        { format: 'int32', ...quotaBounds },
      ),
    }),
    reuseAfter: text(
      'How long an address that a Service gave back rests before another Service may get it, such as 10m or 24h; the ' +
        'Service that had it may have it back at once. Nothing, or 0s: not at all. What rests stands in the PoolMemory ' +
        'of the same name.',
    ),
    duplicateAddressCheck: text(
      'Whether a speaker asks the local network, by ARP or NDP, if another machine uses an address that a Service has ' +
        'newly got. Quick: for a second, while it announces the address at once. Full: with the times of RFC 5227 ' +
        '(4 to 7 s) and RFC 4862 (1 to 2 s), before it announces it. Off: not at all, and what was found of addresses ' +
        'of this pool is forgotten. Without it the flag --duplicate-address-check of the speaker decides (Quick).',
      { enum: duplicateAddressChecks },
    ),
    serviceAllocation: allocationSchema,
  },
  { required: ['addresses'] },
)

// MetalLB requires the four counters as soon as there is a status. Here they are optional: conditions are written
// before the first count, and by server-side apply of a part, which would fail if the rest were required.
const counter = { format: 'int64' } as const
const statusSchema = object('What became of it.', {
  assignedIPv4: whole('How many IPv4 addresses Services have.', counter),
  assignedIPv6: whole('How many IPv6 addresses Services have.', counter),
  availableIPv4: whole('How many IPv4 addresses are free.', counter),
  availableIPv6: whole(
    'How many IPv6 addresses are free; 9223372036854775807 stands for that many or more.',
    counter,
  ),
  ...poolFindingsProperties,
  ...userStatus,
})

export const ipAddressPoolDefinition: Definition = oneVersion(ipAddressPoolKind, {
  shortName: 'ipap',
  columns: userColumns(
    [
      column('Addresses', '.spec.addresses', { description: 'What the pool holds' }),
      column('Assigned', '.status.assignedIPv4', {
        type: 'integer',
        description: 'IPv4 addresses that Services have',
      }),
      column('Free', '.status.availableIPv4', { type: 'integer', description: 'IPv4 addresses left' }),
      column('Assigned IPv6', '.status.assignedIPv6', {
        type: 'integer',
        description: 'IPv6 addresses that Services have',
      }),
      wide(
        column('Free IPv6', '.status.availableIPv6', {
          type: 'integer',
          description: 'IPv6 addresses left',
        }),
      ),
    ],
    [
      column('Auto Assign', '.spec.autoAssign', { type: 'boolean', description: 'Given out unasked' }),
      column('Avoid Buggy IPs', '.spec.avoidBuggyIPs', {
        type: 'boolean',
        description: 'Without .0 and .255',
      }),
      column('Paused', '.spec.paused', { type: 'boolean', description: 'Assigns nothing new' }),
    ],
  ),
  schema: root(
    'A pool of addresses for Services of type LoadBalancer.',
    { spec: specSchema, status: statusSchema },
    ['spec'],
  ),
})
