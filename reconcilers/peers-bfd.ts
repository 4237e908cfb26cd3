// From a BFDProfile to the BFD session that watches the way to a peer (RFC 5880 §6.8.1; defaults as FRR's, metallb.md §2.6).
import type { BFDProfile } from '../crds/bfd-profile.ts'
import type { BfdConfig } from '../protocols/bfd/config.ts'

const defaults = { intervalMs: 300, detectMultiplier: 3, minimumTtl: 254 } as const

export function bfdConfig(profile: BFDProfile, multihop: boolean): BfdConfig {
  return {
    desiredMinTxUs: (profile.transmitIntervalMs ?? defaults.intervalMs) * 1000,
    requiredMinRxUs: (profile.receiveIntervalMs ?? defaults.intervalMs) * 1000,
    detectMultiplier: profile.detectMultiplier ?? defaults.detectMultiplier,
    passive: profile.passiveMode,
    multihop,
    minimumTtl: profile.minimumTtl ?? defaults.minimumTtl,
  }
}
