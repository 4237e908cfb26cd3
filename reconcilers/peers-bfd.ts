// From a BFDProfile to the BFD session that watches the way to a peer (RFC 5880 §6.8.1; defaults as FRR's, metallb.md §2.6).
import type { BFDAuthentication, BFDProfile } from '../crds/bfd-profile.ts'
import type { BfdWish } from '../protocols/bfd/config.ts'

export const defaultIntervalMs = 300
const defaultMultiplier = 3
const defaultMinimumTtl = 254

/** `key` where the profile wants packets authenticated. */
export function bfdConfig(profile: BFDProfile, multihop: BfdWish['multihop'], key?: string): BfdWish {
  const { authentication } = profile
  return {
    desiredMinTxUs: (profile.transmitIntervalMs ?? defaultIntervalMs) * 1000,
    requiredMinRxUs: (profile.receiveIntervalMs ?? defaultIntervalMs) * 1000,
    detectMultiplier: profile.detectMultiplier ?? defaultMultiplier,
    passive: profile.passiveMode,
    multihop,
    minimumTtl: profile.minimumTtl ?? defaultMinimumTtl,
    ...(authentication === undefined || key === undefined
      ? {}
      : { authentication: { type: typeNames[authentication.type], keyId: authentication.keyID, key } }),
  }
}

const typeNames = {
  SimplePassword: 'simplePassword',
  KeyedMD5: 'keyedMd5',
  MeticulousKeyedMD5: 'meticulousKeyedMd5',
  KeyedSHA1: 'keyedSha1',
  MeticulousKeyedSHA1: 'meticulousKeyedSha1',
} as const

/** RFC 5880 §4.2 to §4.4. */
export function longestKey({ type }: BFDAuthentication): number {
  return type === 'KeyedSHA1' || type === 'MeticulousKeyedSHA1' ? 20 : 16
}
