// What the status of an IPAddressPool says of other machines of the network. Written by the controller, from what speakers
// tell: it outlives a speaker that found something, and a controller that was told.
import { addressInUseProperties, readAddressInUse } from './configuration-state.ts'
import type { AddressInUse } from './configuration-state.ts'
import type { Resource } from './kind.ts'
import type { Place } from './read.ts'
import { at, partAt, readIdentity, readItems, readString, readStrings, topOf } from './read.ts'
import { list, object, plainText, text } from './schema.ts'
import type { Properties } from './schema.ts'

export type PoolFindings = {
  readonly pool: string // its name
  readonly addressesInUse: readonly FoundInUse[]
  readonly answeringMachines: readonly AnsweringMachine[]
}

export type FoundInUse = AddressInUse & { readonly reportedBy: string } // name of the ConfigurationState of the speaker

/** A machine that answers for so many addresses of pools that it is taken for one that answers for all. */
export type AnsweringMachine = {
  readonly mac: string
  readonly addresses: readonly string[] // some of those that it answered for, sorted
  readonly lastSeen: string // RFC 3339; its last answer for one of them
}

/** What cannot be read, as after an edit by hand, is nothing. */
export function parsePoolFindings(resource: Resource): PoolFindings {
  const top = topOf(resource)
  const status = partAt(top, 'status')
  return {
    pool: readIdentity(top).name,
    addressesInUse: readItems(at(status, 'addressesInUse')).map(readFound),
    answeringMachines: readItems(at(status, 'answeringMachines')).flatMap(readMachine),
  }
}

function readFound(place: Place): FoundInUse {
  return { ...readAddressInUse(place), reportedBy: readString(at(place, 'reportedBy')) ?? '' }
}

const macText = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/

function readMachine(place: Place): readonly AnsweringMachine[] {
  const mac = readString(at(place, 'mac'))?.toLowerCase() ?? ''
  const lastSeen = readString(at(place, 'lastSeen')) ?? ''
  if (!macText.test(mac) || Number.isNaN(Date.parse(lastSeen))) return []
  return [{ mac, addresses: readStrings(at(place, 'addresses')), lastSeen }]
}

const foundSchema = object(
  'An address of this pool that another machine of the local network uses.',
  {
    ...addressInUseProperties,
    reportedBy: text('Name of the ConfigurationState of the speaker that found it.'),
  },
  { required: ['address', 'mac', 'lastSeen'] },
)

const machineSchema = object(
  'A machine that answers for several addresses of pools.',
  {
    mac: text('Its MAC address.'),
    addresses: list('Some of the addresses that it answered for.', plainText, {
      'x-kubernetes-list-type': 'atomic',
    }),
    lastSeen: text('When it was found to answer for one of them last; 24 hours later this counts no more.', {
      format: 'date-time',
    }),
  },
  { required: ['mac', 'lastSeen'] },
)

export const poolFindingsProperties: Properties = {
  addressesInUse: list(
    'Addresses that another machine of the local network uses, as speakers found. They are given to no Service until ' +
      'they are free.',
    foundSchema,
    { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['address'] },
  ),
  answeringMachines: list(
    'Machines that answer for so many addresses that they are taken for ones that answer for all, as by proxy ARP, or ' +
      'by kube-proxy in IPVS mode without strictARP: what they answer says nothing.',
    machineSchema,
    { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['mac'] },
  ),
}
