// Capabilities of an OPEN as values, RFC 5492 §4 and the RFC beside each code in iana.ts.
import type { AddressFamily } from './context.ts'
import type { Reader } from '../net/bytes.ts'

export type RoleName = 'provider' | 'route-server' | 'route-server-client' | 'customer' | 'peer'

/** What each capability says, by name. */
export type CapabilityFields = {
  readonly multiprotocol: AddressFamily
  readonly 'route-refresh': object
  readonly 'outbound-route-filtering': {
    readonly entries: readonly (AddressFamily & {
      readonly types: readonly { readonly type: number; readonly sendReceive: number }[]
    })[]
  }
  readonly 'extended-next-hop': {
    readonly entries: readonly (AddressFamily & { readonly nextHopAfi: number })[]
  }
  readonly 'extended-message': object
  readonly role: { readonly role: RoleName }
  readonly 'graceful-restart': {
    readonly restarting: boolean // R
    readonly notification: boolean // N, RFC 8538 §2
    readonly restartTimeS: number // 0 to 4095
    readonly families: readonly (AddressFamily & { readonly forwardingPreserved: boolean })[]
  }
  readonly 'four-octet-as': { readonly asNumber: number }
  readonly 'add-path': { readonly entries: readonly (AddressFamily & { readonly sendReceive: number })[] }
  readonly 'enhanced-route-refresh': object
  readonly 'long-lived-graceful-restart': {
    readonly families: readonly (AddressFamily & {
      readonly forwardingPreserved: boolean
      readonly staleTimeS: number // 24 bits
    })[]
  }
  readonly fqdn: { readonly hostname: string; readonly domain: string }
  readonly 'software-version': { readonly version: string }
}

export type CapabilityName = keyof CapabilityFields

export type KnownCapability<Name extends CapabilityName = CapabilityName> = {
  [N in Name]: { readonly name: N } & CapabilityFields[N]
}[Name]

/** A code that we do not know, or one whose content is malformed: kept, and without effect (RFC 5492 §3). */
export type UnknownCapability = { readonly name: 'unknown'; readonly code: number; readonly value: string }

export type Capability = KnownCapability | UnknownCapability

/** All there is to say of a capability. A malformed one is ignored unless `whenMalformed` says otherwise. */
export type CapabilityRow<Fields> = {
  readonly code: number
  readonly whenMalformed: 'ignore' | 'reject'
  readonly decode: (reader: Reader) => Fields // fails as DecodeError; a rest makes it malformed
  readonly encode: (fields: Fields) => Uint8Array
  readonly format: (fields: Fields) => string
}

export type CapabilityTable = { readonly [Name in CapabilityName]: CapabilityRow<CapabilityFields[Name]> }
