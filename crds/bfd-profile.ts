// BFDProfile (metallb.io/v1beta1): how sessions of BFD (RFC 5880) watch the way to a peer.
import type { Definition } from './definition.ts'
import { column, oneVersion, userColumns } from './definition.ts'
import type { Identity, Parsed, Resource } from './kind.ts'
import { metallbKind } from './kind.ts'
import type { Bounds, Place } from './read.ts'
import {
  at,
  objectTo,
  partAt,
  present,
  readBoolean,
  readIdentity,
  readInteger,
  readOneOf,
  readString,
  topOf,
} from './read.ts'
import { flag, object, outcome, root, text, whole } from './schema.ts'

/** As the planner sees it. What is absent was not said; what it is then is decided where sessions are made. */
export type BFDProfile = Identity & {
  readonly receiveIntervalMs?: number
  readonly transmitIntervalMs?: number
  readonly detectMultiplier?: number
  readonly echoIntervalMs?: number
  readonly echoMode: boolean
  readonly passiveMode: boolean
  readonly minimumTtl?: number
  readonly authentication?: BFDAuthentication
}

/** RFC 5880 §6.7. */
export type BFDAuthentication = {
  readonly type: (typeof authenticationTypes)[number]
  readonly keyID: number
  readonly passwordSecret: string // name of a Secret in our own namespace, of type kubernetes.io/basic-auth
}

const authenticationTypes = [
  'SimplePassword',
  'KeyedMD5',
  'MeticulousKeyedMD5',
  'KeyedSHA1',
  'MeticulousKeyedSHA1',
] as const

export const bfdProfileKind = metallbKind('BFDProfile', 'bfdprofiles')

const interval: Bounds = { minimum: 10, maximum: 60_000 }
const multiplier: Bounds = { minimum: 2, maximum: 255 }
const ttl: Bounds = { minimum: 1, maximum: 254 }
const keyIDs: Bounds = { minimum: 0, maximum: 255 }

export function parseBFDProfile(resource: Resource): Parsed<BFDProfile> {
  const top = topOf(resource)
  const spec = partAt(top, 'spec')
  const value = {
    ...readIdentity(top),
    ...present('receiveIntervalMs', readInteger(at(spec, 'receiveInterval'), interval)),
    ...present('transmitIntervalMs', readInteger(at(spec, 'transmitInterval'), interval)),
    ...present('detectMultiplier', readInteger(at(spec, 'detectMultiplier'), multiplier)),
    ...present('echoIntervalMs', readInteger(at(spec, 'echoInterval'), interval)),
    echoMode: readBoolean(at(spec, 'echoMode')) ?? false,
    passiveMode: readBoolean(at(spec, 'passiveMode')) ?? false,
    ...present('minimumTtl', readInteger(at(spec, 'minimumTtl'), ttl)),
    ...present('authentication', readAuthentication(partAt(spec, 'authentication'))),
  }
  return { value, objections: top.objections }
}

function readAuthentication(place: Place): BFDAuthentication | undefined {
  if (place.raw === undefined) return undefined
  const type = readOneOf(at(place, 'type'), authenticationTypes)
  const keyID = readInteger(at(place, 'keyID'), keyIDs) ?? 0
  const secret = partAt(place, 'passwordSecret')
  const passwordSecret = readString(at(secret, 'name')) ?? ''
  if (at(place, 'type').raw === undefined)
    objectTo(at(place, 'type'), `is required: one of ${authenticationTypes.join(', ')}`)
  if (passwordSecret === '') objectTo(at(secret, 'name'), 'is required: the Secret that holds the key')
  return type === undefined || passwordSecret === '' ? undefined : { type, keyID, passwordSecret }
}

const specSchema = object('How the sessions are kept.', {
  receiveInterval: whole(
    'The shortest time between control packets that this side can take, in milliseconds.',
    {
      format: 'int32',
      ...interval,
    },
  ),
  transmitInterval: whole(
    'The shortest time between control packets that this side sends, in milliseconds.',
    {
      format: 'int32',
      ...interval,
    },
  ),
  detectMultiplier: whole('After how many control packets missed the peer counts as down.', {
    format: 'int32',
    ...multiplier,
  }),
  echoInterval: whole('The shortest time between echo packets, in milliseconds.', {
    format: 'int32',
    ...interval,
  }),
  echoMode: flag('Whether echo packets are used, on peers that are one hop away.'),
  passiveMode: flag('Whether this side waits for the first control packet of the peer before it sends any.'),
  minimumTtl: whole(
    'The least TTL a control packet of a peer several hops away may arrive with; 254 if it is not said. ' +
      'A router may send with less: BIRD does with 64. Then the session never comes up, and the BGPPeer says so.',
    {
      format: 'int32',
      ...ttl,
    },
  ),
  authentication: object('How packets prove that they are the peer’s; without it they do not.', {
    type: text('The kind of proof (RFC 5880 §6.7). The meticulous kinds let no packet count twice.', {
      enum: authenticationTypes,
    }),
    keyID: whole('Number of the key, the same on both sides; 0 if it is not said.', {
      format: 'int32',
      ...keyIDs,
    }),
    passwordSecret: object(
      'The Secret that holds the key: of type kubernetes.io/basic-auth, under the key password, at most 16 octets ' +
        'long, 20 for SHA1.',
      { name: text('Name of the Secret, in the namespace of this object.') },
      { 'x-kubernetes-map-type': 'atomic' },
    ),
  }),
})

export const bfdProfileDefinition: Definition = oneVersion(bfdProfileKind, {
  shortName: 'bfdprof',
  columns: userColumns(
    [
      column('Transmit Interval', '.spec.transmitInterval', {
        type: 'integer',
        description: 'ms, at least',
      }),
      column('Receive Interval', '.spec.receiveInterval', { type: 'integer', description: 'ms, at least' }),
      column('Multiplier', '.spec.detectMultiplier', {
        type: 'integer',
        description: 'Packets missed until down',
      }),
      column('Passive Mode', '.spec.passiveMode', {
        type: 'boolean',
        description: 'Waits for the first packet of the peer',
      }),
    ],
    [column('Echo Mode', '.spec.echoMode', { type: 'boolean', description: 'Uses echo packets' })],
  ),
  schema: root('Settings of BFD sessions, for BGPPeers that name this profile.', {
    spec: specSchema,
    status: outcome,
  }),
})
