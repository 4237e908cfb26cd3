// From a BFDProfile to the BFD session that watches the way to a peer (RFC 5880 §6.8.1; defaults as FRR's, metallb.md §2.6).
import type { BFDProfile } from '../crds/bfd-profile.ts'
import type { BfdConfig } from '../protocols/bfd/config.ts'

export const defaultIntervalMs = 300
const defaultMultiplier = 3
const defaultMinimumTtl = 254

export function bfdConfig(profile: BFDProfile, multihop: boolean): BfdConfig {
  return {
    desiredMinTxUs: (profile.transmitIntervalMs ?? defaultIntervalMs) * 1000,
    requiredMinRxUs: (profile.receiveIntervalMs ?? defaultIntervalMs) * 1000,
    detectMultiplier: profile.detectMultiplier ?? defaultMultiplier,
    passive: profile.passiveMode,
    multihop,
    minimumTtl: profile.minimumTtl ?? defaultMinimumTtl,
  }
}
