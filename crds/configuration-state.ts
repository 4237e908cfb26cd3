// ConfigurationState (metallb.io/v1beta1): what a process thinks of the configuration. Written by each for itself.
import type { Definition } from './definition.ts'
import { ageColumn, column, oneVersion } from './definition.ts'
import type { Condition, Parsed, Resource } from './kind.ts'
import { metallbKind } from './kind.ts'
import type { Place } from './read.ts'
import {
  at,
  partAt,
  present,
  readConditions,
  readIdentity,
  readItems,
  readOneOf,
  readString,
  topOf,
} from './read.ts'
import type { Properties } from './schema.ts'
import { conditions, list, object, root, text } from './schema.ts'

export type ConfigurationState = {
  readonly name: string // 'controller', or 'speaker-' and the name of the node
  readonly namespace: string
  readonly createdAt?: string // RFC 3339; of this life of it: it goes with the Pod of its speaker
  readonly result: 'Valid' | 'Invalid' | 'Unknown'
  readonly errorSummary: string
  readonly conditions: readonly Condition[]
  readonly sessions: readonly SessionState[] // of a speaker
  readonly addressesInUse?: readonly AddressInUse[] // of a speaker; absent: none
}

/** One BGP session of a node. What it passes through while it is being opened is not told: it would be a write a step. */
export type SessionState = {
  readonly peer: string // name of the BGPPeer
  readonly state: 'Established' | 'Connecting' | 'Refused' // Refused: not opened at all, for the reason given
  readonly reason: string
  readonly message: string
  readonly bfd?: string // Up, Down, Init or AdminDown; absent without BFD
}

/** An address of a pool that another machine of the network uses, as a speaker found when a Service had newly got it. */
export type AddressInUse = {
  readonly address: string
  readonly mac: string // of the machine that answers for it
  readonly interfaceName: string // of the node, on which it answers
  readonly lastSeen: string // RFC 3339; its last answer
}

/** A speaker tells of no more. */
export const mostAddressesInUse = 64

export const configurationStateKind = metallbKind('ConfigurationState', 'configurationstates')

/** Labels that say whose it is. */
export const configurationStateLabels = {
  componentType: 'metallb.io/component-type', // controller or speaker
  nodeName: 'metallb.io/node-name', // of a speaker
} as const

const results = ['Valid', 'Invalid', 'Unknown'] as const
const sessionStates = ['Established', 'Connecting', 'Refused'] as const

export function parseConfigurationState(resource: Resource): Parsed<ConfigurationState> {
  const top = topOf(resource)
  const { name, namespace, createdAt } = readIdentity(top)
  const status = partAt(top, 'status')
  const inUse = readItems(at(status, 'addressesInUse')).map(readAddressInUse)
  const value = {
    name,
    namespace,
    ...(createdAt === '' ? {} : { createdAt }),
    result: readOneOf(at(status, 'result'), results) ?? ('Unknown' as const),
    errorSummary: readString(at(status, 'errorSummary')) ?? '',
    conditions: readConditions(at(status, 'conditions'), () => true),
    sessions: readItems(at(status, 'sessions')).map(readSession),
    ...(inUse.length === 0 ? {} : { addressesInUse: inUse }),
  }
  return { value, objections: top.objections }
}

function readSession(place: Place): SessionState {
  return {
    peer: readString(at(place, 'peer')) ?? '',
    state: readOneOf(at(place, 'state'), sessionStates) ?? 'Connecting',
    reason: readString(at(place, 'reason')) ?? '',
    message: readString(at(place, 'message')) ?? '',
    ...present('bfd', readString(at(place, 'bfd'))),
  }
}

export function readAddressInUse(place: Place): AddressInUse {
  return {
    address: readString(at(place, 'address')) ?? '',
    mac: readString(at(place, 'mac')) ?? '',
    interfaceName: readString(at(place, 'interface')) ?? '',
    lastSeen: readString(at(place, 'lastSeen')) ?? '',
  }
}

export const addressInUseProperties: Properties = {
  address: text('The address.'),
  mac: text('The MAC address of the machine that answers for it.'),
  interface: text('The interface of the node on which it answers.'),
  lastSeen: text(
    'When it answered last. It is asked again every five minutes; 15 minutes later this counts no more.',
    {
      format: 'date-time',
    },
  ),
}

const addressInUseSchema = object(
  'An address of a pool that another machine of the local network uses.',
  addressInUseProperties,
  { required: ['address', 'mac', 'lastSeen'] },
)

const sessionSchema = object(
  'One BGP session of the node.',
  {
    peer: text('Name of the BGPPeer.'),
    state: text(
      'Established; Connecting, while it is being opened; or Refused, if it is not opened at all.',
      {
        enum: sessionStates,
      },
    ),
    reason: text('Why, as one word for programs; docs/reasons.md explains each.'),
    message: text('Why, in a sentence for people.'),
    bfd: text('State of the BFD session with the peer, if there is one: Up, Init, Down or AdminDown.'),
  },
  { required: ['peer', 'state'] },
)

export const configurationStateDefinition: Definition = oneVersion(configurationStateKind, {
  shortName: 'mlbstate',
  columns: [
    column('Result', '.status.result', { description: 'Valid, Invalid or Unknown' }),
    column('ErrorSummary', '.status.errorSummary', { description: 'What is wrong' }),
    ageColumn,
  ],
  schema: root(
    'What one process thinks of the configuration. The label metallb.io/component-type says whether it is the ' +
      'controller or a speaker, metallb.io/node-name on which node a speaker runs.',
    {
      status: object('What it found.', {
        result: text('Whether all of the configuration can be used: Valid, Invalid or Unknown.', {
          enum: results,
        }),
        errorSummary: text('What is wrong, one thing a line; empty if nothing is.'),
        conditions: conditions('What is so of each part of the configuration that this process reads.'),
        sessions: list('The BGP sessions of the node of a speaker, one a BGPPeer.', sessionSchema, {
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['peer'],
        }),
        addressesInUse: list(
          'Addresses of pools that another machine uses, as the speaker found when a Service had newly got them. ' +
            'They are given to no Service until they are free.',
          addressInUseSchema,
          {
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['address'],
          },
        ),
      }),
    },
  ),
})
