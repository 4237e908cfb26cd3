// What the reconcilers wish of one BFD session. Plain data: it crosses to the worker thread as it is.
import type { AuthenticationType } from './iana.ts'

export type BfdConfig = {
  readonly desiredMinTxUs: number // transmitInterval of the profile
  readonly requiredMinRxUs: number // receiveInterval of the profile; 0 = send me nothing
  readonly detectMultiplier: number // 1..255
  readonly passive: boolean // wait for the peer's first packet (RFC 5880 §6.1)
  readonly multihop: boolean // RFC 5883
  readonly minimumTtl: number // multihop: packets below are dropped; single hop always 255 (RFC 5881 §5)
  readonly paddedLength?: number // RFC 9764: packets are padded to this many bytes
  readonly authentication?: BfdAuthentication
}

/** 'off-link': multihop unless the peer's address lies in a network of this node's, which the engine knows. */
export type BfdWish = Omit<BfdConfig, 'multihop'> & { readonly multihop: boolean | 'off-link' }

/** RFC 5880 §6.7. The key never appears in a log or a journal. */
export type BfdAuthentication = {
  readonly type: AuthenticationType
  readonly keyId: number // 0..255
  readonly key: string
}
