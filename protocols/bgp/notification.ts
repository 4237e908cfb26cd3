// NOTIFICATION, RFC 4271 §4.5; shutdown text RFC 9003, hard reset RFC 8538 §3.
//
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   | Error code    | Error subcode |   Data (variable)             |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
import { concatBytes, formatHex, readerOf, readRest, readUint8 } from '../net/bytes.ts'
import { hexBytes } from './community.ts'
import { asFault } from './fault.ts'
import type { BgpError } from './fault.ts'
import { printable } from './printable.ts'
import {
  CeaseSubcode,
  ErrorCode,
  FsmSubcode,
  HeaderSubcode,
  nameOf,
  OpenSubcode,
  RouteRefreshSubcode,
  UpdateSubcode,
} from './iana.ts'

export type Notification = {
  readonly type: 'notification'
  readonly code: number
  readonly subcode: number
  readonly data: string // hexadecimal
}

/** Nothing in it is an error but its being cut off: to a NOTIFICATION there is no answer (RFC 4271 §6.4). */
export function decodeNotification(body: Uint8Array): Notification {
  const reader = readerOf(body, 'RFC 4271 §4.5')
  return asFault('message length', body, () => ({
    type: 'notification',
    code: readUint8(reader, 'error code'),
    subcode: readUint8(reader, 'error subcode'),
    data: formatHex(readRest(reader)),
  }))
}

export function encodeNotification({ code, subcode, data }: Notification): Uint8Array {
  return concatBytes(Uint8Array.of(code, subcode), hexBytes(data))
}

/** Room that the header and the two codes leave in a message of 4,096 octets. */
const maximumData = 4096 - 21

/** The answer to an error: its code and its data, cut to what a message holds. */
export function notificationOf(error: BgpError): Notification {
  const { code, subcode, data } = error
  return { type: 'notification', code, subcode, data: formatHex(data.subarray(0, maximumData)) }
}

/** Cease; the text goes with administrative shutdown and reset, RFC 9003 §2: at most 255 octets of UTF-8. */
export function ceaseNotification(subcode: number, text?: string): Notification {
  const carriesText =
    subcode === CeaseSubcode.administrativeShutdown || subcode === CeaseSubcode.administrativeReset
  const bytes = text === undefined || !carriesText ? undefined : shortUtf8(text)
  const data = bytes === undefined ? '' : formatHex(Uint8Array.of(bytes.length, ...bytes))
  return { type: 'notification', code: ErrorCode.cease, subcode, data }
}

/** Cut between characters, not within one. */
function shortUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(255)
  const { written } = new TextEncoder().encodeInto(text, bytes)
  return bytes.subarray(0, written)
}

/** A hard reset wraps the cause: between speakers of RFC 8538 it ends what a graceful restart would keep. */
export function hardReset({ code, subcode, data }: Notification): Notification {
  const wrapped = formatHex(Uint8Array.of(code, subcode)) + data
  return { type: 'notification', code: ErrorCode.cease, subcode: CeaseSubcode.hardReset, data: wrapped }
}

/** The cause within a hard reset; nothing when it is none, or carries none. */
export function hardResetCause({ code, subcode, data }: Notification): Notification | undefined {
  if (code !== ErrorCode.cease || subcode !== CeaseSubcode.hardReset || data.length < 4) return undefined
  const [innerCode = 0, innerSubcode = 0] = hexBytes(data.slice(0, 4))
  return { type: 'notification', code: innerCode, subcode: innerSubcode, data: data.slice(4) }
}

/**
 * What the operator of the other side wrote, RFC 9003 §2; nothing when there is no text, or its length
 * crosses the message. Foreign text: control characters and broken UTF-8 are replaced.
 */
export function shutdownText({ code, subcode, data }: Notification): string | undefined {
  const carriesText =
    code === ErrorCode.cease &&
    (subcode === CeaseSubcode.administrativeShutdown || subcode === CeaseSubcode.administrativeReset)
  const bytes = hexBytes(data)
  const length = bytes[0] ?? 0
  if (!carriesText || length === 0 || length > bytes.length - 1) return undefined
  const text = new TextDecoder('utf-8').decode(bytes.subarray(1, 1 + length))
  return printable(text)
}

const subcodeTables: Readonly<Record<number, Readonly<Record<string, number>>>> = {
  [ErrorCode.messageHeader]: HeaderSubcode,
  [ErrorCode.open]: OpenSubcode,
  [ErrorCode.update]: UpdateSubcode,
  [ErrorCode.finiteStateMachine]: FsmSubcode,
  [ErrorCode.cease]: CeaseSubcode,
  [ErrorCode.routeRefresh]: RouteRefreshSubcode,
}

/**
 * 'Cease/2 administrative shutdown "back at noon"', for reasons and logs. Of what a hard reset wraps one level is
 * shown: nothing forbids a peer to nest them thousands deep.
 */
export function formatNotification(notification: Notification): string {
  const cause = hardResetCause(notification)
  const own = formatPlain(notification)
  return cause === undefined ? own : `${own} (${formatPlain(cause)})`
}

function formatPlain(notification: Notification): string {
  const { code, subcode } = notification
  const text = shutdownText(notification)
  const label = `${capitalise(words(nameOf(ErrorCode, code)))}/${subcode}`
  const detail = words(nameOf(subcodeTables[code] ?? {}, subcode))
  const parts = [
    label,
    detail === String(subcode) ? undefined : detail,
    text === undefined ? undefined : JSON.stringify(text),
  ]
  return parts.filter((part) => part !== undefined).join(' ')
}

/** 'badBgpIdentifier' as 'bad BGP identifier'. */
function words(name: string): string {
  const plain = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return plain.replace(/\b(bgp|bfd|as)\b/g, (word) => word.toUpperCase())
}

function capitalise(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
