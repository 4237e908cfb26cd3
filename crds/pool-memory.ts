// PoolMemory (metallb.io/v1beta1): what is remembered of the addresses of one pool that Services gave back. Herald's own
// kind, written by the controller; it bears the name of its pool.
import { formatAddress, parseAddress } from '../protocols/net/address.ts'
import type { Definition } from './definition.ts'
import { ageColumn, column, oneVersion } from './definition.ts'
import type { Parsed, Resource } from './kind.ts'
import { metallbKind } from './kind.ts'
import type { Place } from './read.ts'
import { at, objectTo, partAt, readIdentity, readItems, readString, topOf } from './read.ts'
import { list, object, root, text } from './schema.ts'

export type PoolMemory = {
  readonly name: string // of the pool
  readonly namespace: string
  readonly released: readonly Release[]
}

/** A Service gave the address back. */
export type Release = {
  readonly address: string // canonical
  readonly service: string // 'namespace/name'
  readonly releasedAt: number // wall clock, ms, whole seconds
}

export const poolMemoryKind = metallbKind('PoolMemory', 'poolmemories')

/** An entry that cannot be read is left out and objected to; the others count. */
export function parsePoolMemory(resource: Resource): Parsed<PoolMemory> {
  const top = topOf(resource)
  const { name, namespace } = readIdentity(top)
  const released = readItems(at(partAt(top, 'status'), 'released')).flatMap(readRelease)
  return { value: { name, namespace, released }, objections: top.objections }
}

function readRelease(place: Place): readonly Release[] {
  const written = readString(at(place, 'address')) ?? ''
  const service = readString(at(place, 'service')) ?? ''
  const moment = readString(at(place, 'releasedAt')) ?? ''
  const address = parseAddress(written)
  const releasedAt = /^\d{4}-\d\d-\d\dT/.test(moment) ? Date.parse(moment) : Number.NaN
  const isReadable = address !== undefined && /^[^/]+\/[^/]+$/.test(service) && Number.isFinite(releasedAt)
  if (isReadable) return [{ address: formatAddress(address), service, releasedAt }]
  objectTo(
    place,
    'must have an IP address, a Service as namespace/name, and the time of its release (RFC 3339)',
  )
  return []
}

const releaseSchema = object(
  'One address that one Service gave back.',
  {
    address: text('The address.'),
    service: text('The Service that had it, as namespace/name; under this name it gets the address back.'),
    releasedAt: text('When it gave the address back.', { format: 'date-time' }),
  },
  { required: ['address', 'service', 'releasedAt'] },
)

export const poolMemoryDefinition: Definition = oneVersion(poolMemoryKind, {
  shortName: 'poolmem',
  columns: [
    column('Last Address', '.status.released[0].address', { description: 'What was given back last' }),
    column('Of Service', '.status.released[0].service', { description: 'Who had it' }),
    column('Released', '.status.released[0].releasedAt', {
      type: 'date',
      description: 'Since when it is free',
    }),
    ageColumn,
  ],
  schema: root(
    'Addresses of the pool of the same name that Services gave back: a Service of the same name gets its address ' +
      'back while it is free, and with spec.reuseAfter of the pool nobody else does before its time. An entry counts ' +
      'for seven days, or for spec.reuseAfter if that is longer. A Service with the annotation ' +
      'metallb.io/remember-address: "false" takes no address back. Written by the controller; who deletes the object, ' +
      'or an entry of it, makes the controller forget.',
    {
      status: object('What is remembered.', {
        released: list(
          'The latest release first; at most 4,096 entries and 448 kB, the oldest are dropped. An entry whose ' +
            'Service has its address again, or whose time is over, goes with a later write.',
          releaseSchema,
          { 'x-kubernetes-list-type': 'atomic' },
        ),
      }),
    },
  ),
})
