// The state of one BFD session (RFC 5880 §6.8.1): a plain value; session.ts makes the next one.
import type { BfdConfig } from './config.ts'
import type { BfdState } from './iana.ts'

export type Millis = number

export type BfdSession = {
  readonly config: BfdConfig
  readonly state: BfdState
  readonly reason: string // of the last change of state
  readonly diagnostic: number
  readonly localDiscriminator: number // not 0, unique on this node
  readonly remote: Remote
  readonly advertised: Intervals // what our packets say
  readonly inForce: Intervals // what our timers use; differs while a poll is out (RFC 5880 §6.8.3)
  readonly poll: 'none' | 'out' | 'out, and again' // again: changed once more while the poll was out
  readonly sequence: number // of the next authenticated packet
  readonly seed: number // of the jitter; any number
  readonly sendAt: Millis | undefined
  readonly detectAt: Millis | undefined // no packet by then: the detection time has expired
  readonly forgetAt: Millis | undefined // the peer's sequence number is forgotten then (RFC 5880 §6.8.1)
  readonly closeAt: Millis | undefined // stopping: AdminDown is told until then (RFC 5880 §6.8.16)
}

export type Intervals = { readonly desiredMinTxUs: number; readonly requiredMinRxUs: number }

export type Remote = {
  readonly state: BfdState
  readonly discriminator: number // 0 = not known
  readonly requiredMinRxUs: number
  readonly desiredMinTxUs: number
  readonly detectMultiplier: number // 0 = not known
  readonly demand: boolean
  readonly sequence?: number // last authenticated one
  readonly diagnostic: number
}
