// How the BGP vectors are read: whole messages, in the context that the name of the file says; an error is told
// by its NOTIFICATION code, its RFC 7606 verdict and its row in fault.ts.
import type { SessionConfig } from '../../protocols/bgp/config.ts'
import { anyContext } from '../../protocols/bgp/context.ts'
import type { Context } from '../../protocols/bgp/context.ts'
import { BgpError, faults, strongestVerdict } from '../../protocols/bgp/fault.ts'
import type { FaultName } from '../../protocols/bgp/fault.ts'
import { ErrorCode } from '../../protocols/bgp/iana.ts'
import { decodeMessage, encodeMessage } from '../../protocols/bgp/message.ts'
import type { Message } from '../../protocols/bgp/message.ts'
import { checkPeerOpen } from '../../protocols/bgp/negotiate.ts'
import { unicast } from '../../protocols/bgp/nlri.ts'
import type { Codec } from './codec.ts'

/** The speaker that reads the OPENs. */
const reader: SessionConfig = {
  localAs: 65001,
  peerAs: 65002,
  identifier: '192.0.2.1',
  families: ['IPv4', 'IPv6'],
  holdTimeS: 90,
  passive: false,
  connectRetryMs: 5000,
  delayOpenMs: 0,
  role: { role: 'customer', strict: false },
}

function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(faults, name)
}

const faultNames = Object.keys(faults).filter(isFaultName)

function errorText(fault: FaultName): string {
  const { code, subcode, verdict } = faults[fault]
  return `${code}/${subcode} ${verdict} ${fault}`
}

/** Faults that the session survives count here as errors, the strongest one. */
function strict(message: Message): Message {
  if (message.type === 'open') checkPeerOpen(reader, message)
  if (message.type !== 'update' || message.faults === undefined) return message
  const verdict = strongestVerdict(message.faults)
  const [worst] = message.faults.filter((fault) => fault.verdict === verdict)
  throw new BgpError(worst?.fault ?? 'path attribute', worst?.message ?? '')
}

function bgpCodec(context: Context, errors: readonly FaultName[]): Codec {
  return {
    decode: (bytes) => strict(decodeMessage(bytes, context)),
    encodeDecoded: (bytes) => encodeMessage(decodeMessage(bytes, context), context),
    errors: errors.map(errorText),
    errorName: (error) => (error instanceof BgpError ? errorText(error.fault) : error.message),
    prefixesFail: true,
  }
}

/** Those that only an internal, a two-octet, or a session of IPv4 alone can raise. */
const internal: readonly FaultName[] = ['LOCAL_PREF', 'ORIGINATOR_ID', 'CLUSTER_LIST']
const twoOctet: readonly FaultName[] = ['AS4_PATH', 'AS4_AGGREGATOR']
const agreed: readonly FaultName[] = ['family not agreed']

function ofCode(...codes: readonly number[]): FaultName[] {
  const elsewhere = [...internal, ...twoOctet, ...agreed]
  return faultNames.filter((name) => codes.includes(faults[name].code) && !elsewhere.includes(name))
}

const two = { ...anyContext, fourOctetAs: false }

export const bgpCodecs: readonly (readonly [string, Codec])[] = [
  ['bgp-open', bgpCodec(anyContext, ofCode(ErrorCode.messageHeader, ErrorCode.open))],
  ['bgp-open-attack', bgpCodec(anyContext, [])],
  ['bgp-update', bgpCodec(anyContext, ofCode(ErrorCode.update))],
  ['bgp-update-attack', bgpCodec(anyContext, [])],
  ['bgp-update-internal', bgpCodec({ ...anyContext, peer: 'internal' }, internal)],
  ['bgp-update-two-octet', bgpCodec(two, twoOctet)],
  ['bgp-update-two-octet-attack', bgpCodec(two, [])],
  ['bgp-update-ipv4', bgpCodec({ ...anyContext, families: [unicast.IPv4] }, agreed)],
  ['bgp-notification', bgpCodec(anyContext, ofCode(ErrorCode.routeRefresh))],
]
