// What can be wrong with a BGP message: NOTIFICATION code and subcode (RFC 4271 §6) and what becomes of the
// message (RFC 7606 §2). One table; whoever finds the fault only names it.
import { DecodeError } from '../net/bytes.ts'
import { ErrorCode, HeaderSubcode, OpenSubcode, RouteRefreshSubcode, UpdateSubcode } from './iana.ts'

/**
 * RFC 7606 §2, strongest first. `afi-safi-disable` is not among them: the RFC leaves it to choice wherever
 * it allows it, and a session that stays up half-deaf is harder to explain than one that says why it fell.
 */
export const verdicts = ['session-reset', 'treat-as-withdraw', 'attribute-discard'] as const
export type Verdict = (typeof verdicts)[number]

type Fault = {
  readonly code: number
  readonly subcode: number
  readonly verdict: Verdict
  readonly rfc: string
}

function header(subcode: number, rfc: string): Fault {
  return { code: ErrorCode.messageHeader, subcode, verdict: 'session-reset', rfc }
}

function open(subcode: number, rfc: string): Fault {
  return { code: ErrorCode.open, subcode, verdict: 'session-reset', rfc }
}

function reset(subcode: number, rfc: string): Fault {
  return { code: ErrorCode.update, subcode, verdict: 'session-reset', rfc }
}

function withdraw(subcode: number, rfc: string): Fault {
  return { code: ErrorCode.update, subcode, verdict: 'treat-as-withdraw', rfc }
}

function discard(subcode: number, rfc: string): Fault {
  return { code: ErrorCode.update, subcode, verdict: 'attribute-discard', rfc }
}

const length = UpdateSubcode.attributeLengthError
const optional = UpdateSubcode.optionalAttributeError

export const faults = {
  marker: header(HeaderSubcode.connectionNotSynchronized, 'RFC 4271 §6.1'),
  'message length': header(HeaderSubcode.badMessageLength, 'RFC 4271 §6.1'),
  'message type': header(HeaderSubcode.badMessageType, 'RFC 4271 §6.1'),

  version: open(OpenSubcode.unsupportedVersionNumber, 'RFC 4271 §6.2'),
  'my AS': open(OpenSubcode.badPeerAs, 'RFC 4271 §6.2'),
  'AS zero': open(OpenSubcode.badPeerAs, 'RFC 7607 §2'),
  'four-octet AS': open(OpenSubcode.badPeerAs, 'RFC 6793 §4.2.1'),
  'hold time': open(OpenSubcode.unacceptableHoldTime, 'RFC 4271 §6.2'),
  identifier: open(OpenSubcode.badBgpIdentifier, 'RFC 6286 §2.2'),
  'optional parameters': open(OpenSubcode.unspecific, 'RFC 4271 §6.2'),
  'extended optional parameters': open(OpenSubcode.unspecific, 'RFC 9072 §2'),
  'optional parameter type': open(OpenSubcode.unsupportedOptionalParameter, 'RFC 4271 §6.2'),
  capability: open(OpenSubcode.unspecific, 'RFC 5492 §4'),
  'required capability': open(OpenSubcode.unsupportedCapability, 'RFC 5492 §5'),
  role: open(OpenSubcode.roleMismatch, 'RFC 9234 §4.2'),

  'withdrawn routes length': reset(UpdateSubcode.malformedAttributeList, 'RFC 4271 §6.3'),
  'path attributes length': reset(UpdateSubcode.malformedAttributeList, 'RFC 4271 §6.3'),
  'withdrawn routes': reset(UpdateSubcode.invalidNetworkField, 'RFC 7606 §5.3'),
  NLRI: reset(UpdateSubcode.invalidNetworkField, 'RFC 7606 §5.3'),
  'path attribute': withdraw(UpdateSubcode.malformedAttributeList, 'RFC 7606 §4'),
  'repeated MP attribute': reset(UpdateSubcode.malformedAttributeList, 'RFC 7606 §3 g'),
  'repeated attribute': discard(UpdateSubcode.malformedAttributeList, 'RFC 7606 §3 g'),
  'well-known attribute': reset(UpdateSubcode.unrecognizedWellKnownAttribute, 'RFC 4271 §6.3'),
  'mandatory attribute': withdraw(UpdateSubcode.missingWellKnownAttribute, 'RFC 7606 §3 d'),
  'attribute flags': withdraw(UpdateSubcode.attributeFlagsError, 'RFC 7606 §3 c'),
  'MP attribute flags': reset(UpdateSubcode.attributeFlagsError, 'RFC 7606 §5.3'),
  'internal attribute': discard(optional, 'RFC 7606 §7.5'),
  'family not agreed': discard(optional, 'RFC 4760 §8'),

  'ORIGIN length': withdraw(length, 'RFC 7606 §7.1'),
  'ORIGIN value': withdraw(UpdateSubcode.invalidOrigin, 'RFC 7606 §7.1'),
  AS_PATH: withdraw(UpdateSubcode.malformedAsPath, 'RFC 7606 §7.2'),
  AS_SET: withdraw(UpdateSubcode.malformedAsPath, 'RFC 9774 §3'),
  'confederation segment': withdraw(UpdateSubcode.malformedAsPath, 'RFC 5065 §5'),
  'NEXT_HOP length': withdraw(length, 'RFC 7606 §7.3'),
  'NEXT_HOP value': withdraw(UpdateSubcode.invalidNextHop, 'RFC 4271 §6.3'),
  MULTI_EXIT_DISC: withdraw(length, 'RFC 7606 §7.4'),
  LOCAL_PREF: withdraw(length, 'RFC 7606 §7.5'),
  ATOMIC_AGGREGATE: discard(length, 'RFC 7606 §7.6'),
  AGGREGATOR: discard(length, 'RFC 7606 §7.7'),
  COMMUNITIES: withdraw(optional, 'RFC 7606 §7.8'),
  ORIGINATOR_ID: withdraw(optional, 'RFC 7606 §7.9'),
  CLUSTER_LIST: withdraw(optional, 'RFC 7606 §7.10'),
  MP_REACH_NLRI: reset(optional, 'RFC 7606 §7.11'),
  MP_UNREACH_NLRI: reset(optional, 'RFC 7606 §7.12'),
  'MP NLRI': reset(optional, 'RFC 7606 §5.3'),
  'EXTENDED COMMUNITIES': withdraw(optional, 'RFC 7606 §7.14'),
  'IPv6 EXTENDED COMMUNITIES': withdraw(optional, 'RFC 7606 §7.15'),
  AS4_PATH: discard(optional, 'RFC 6793 §6'),
  AS4_AGGREGATOR: discard(optional, 'RFC 6793 §6'),
  'AS4 attribute from a four-octet speaker': discard(optional, 'RFC 6793 §6'),
  TUNNEL_ENCAPSULATION: withdraw(optional, 'RFC 9012 §13'),
  AIGP: discard(optional, 'RFC 7311 §3.2'),
  LARGE_COMMUNITIES: withdraw(optional, 'RFC 8092 §6'),
  ONLY_TO_CUSTOMER: withdraw(optional, 'RFC 9234 §5'),
  PREFIX_SID: discard(optional, 'RFC 8669 §6'),

  'refresh length': {
    code: ErrorCode.routeRefresh,
    subcode: RouteRefreshSubcode.invalidMessageLength,
    verdict: 'session-reset',
    rfc: 'RFC 7313 §5',
  },
} as const satisfies Readonly<Record<string, Fault>>

export type FaultName = keyof typeof faults

/** Bytes that break BGP. `data` is what the NOTIFICATION carries: never more than was received. */
export class BgpError extends DecodeError {
  override readonly name = 'BgpError'
  readonly code: number
  readonly subcode: number
  readonly verdict: Verdict
  readonly data: Uint8Array
  readonly fault: FaultName
  readonly problem: string

  constructor(fault: FaultName, problem: string, data: Uint8Array = new Uint8Array(0)) {
    const { code, subcode, verdict, rfc } = faults[fault]
    super(fault, problem, rfc)
    this.fault = fault
    this.problem = problem
    this.code = code
    this.subcode = subcode
    this.verdict = verdict
    this.data = data
  }
}

/** The strongest verdict of several faults; nothing when there is none. */
export function strongestVerdict(errors: readonly { readonly verdict: Verdict }[]): Verdict | undefined {
  return verdicts.find((verdict) => errors.some((error) => error.verdict === verdict))
}

/** The same error, with the bytes that it is about. */
export function withData(error: BgpError, data: Uint8Array): BgpError {
  return new BgpError(error.fault, error.problem, data)
}

/** Runs a decoder of one part: where its bytes end too early, the part is at fault. Everything else passes. */
export function asFault<T>(fault: FaultName, data: Uint8Array, decode: () => T): T {
  try {
    return decode()
  } catch (error) {
    if (error instanceof BgpError || !(error instanceof DecodeError)) throw error
    throw new BgpError(fault, error.message, data)
  }
}
