// Events and effects of a BGP session as lines of a trace, and events back from them: the format of the engine's
// journal and of test/traces/bgp.
//
//   @15 received dial-1 OPEN as=65002 hold=30 id=192.0.2.2
//     send dial-1 KEEPALIVE
//     state OpenConfirm: OPEN accepted from AS 65002, hold time 30 s
import type { Family } from '../net/address.ts'
import type { RouteAttributes } from './config.ts'
import type { LocalEnd } from './local-end.ts'
import { formatMessage, parseMessage } from './message-text.ts'
import type { Effect, Event, RibInChange, StopKind } from './session.ts'

export function formatEvent(event: Event): string {
  switch (event.type) {
    case 'start':
      return `start ${event.by}`
    case 'stop':
      return `stop ${event.how}${event.text === undefined ? '' : ` ${JSON.stringify(event.text)}`}`
    case 'configured':
      return `configured ${JSON.stringify(event.config)}`
    case 'routes':
      return formatRoutes(event)
    case 'drain':
      return `drain ${event.on ? 'on' : 'off'}`
    case 'bfd-down':
    case 'turned-away':
      return `${event.type} ${event.why}`
    case 'prefix-limit':
      return `prefix-limit ${event.family} ${event.count} ${event.limit}`
    case 'connected':
    case 'accepted':
    case 'next-hops':
      return `${event.type} ${event.connection} ${formatLocal(event.local)}`
    case 'closed':
      return `closed ${event.connection} ${event.why}`
    case 'received':
      return `received ${event.connection} ${formatMessage(event.message)}`
    case 'violation':
      return `violation ${event.connection} ${JSON.stringify(event.violation)}`
    case 'drained':
      return `drained ${event.connection}`
    case 'routes-known':
    case 'knocked':
    case 'wake':
      return event.type
  }
}

/** 'routes all +192.0.2.10/32 +192.0.2.11/32{"med":5}', 'routes +192.0.2.12/32 -192.0.2.10/32' */
function formatRoutes({ complete, set, unset }: Extract<Event, { readonly type: 'routes' }>): string {
  const added = set.map(({ prefix, attributes }) => {
    const said = JSON.stringify(attributes)
    return `+${prefix}${said === '{}' ? '' : said}`
  })
  const gone = unset.map((prefix) => `-${prefix}`)
  return ['routes', ...(complete ? ['all'] : []), ...added, ...gone].join(' ')
}

function parseRoutes(text: string): Event | undefined {
  const words = text === '' ? [] : text.split(' ')
  const complete = words[0] === 'all'
  const set = words.flatMap((word) => {
    const match = /^\+([^{]+)(\{.*\})?$/.exec(word)
    if (match === null) return []
    const attributes: unknown = JSON.parse(match[2] ?? '{}')
    return isAttributes(attributes) ? [{ prefix: match[1] ?? '', attributes }] : []
  })
  const unset = words.filter((word) => word.startsWith('-')).map((word) => word.slice(1))
  return { type: 'routes', complete, set, unset }
}

/** What a journal of ours wrote, or a trace that was written after it. */
function isAttributes(value: unknown): value is RouteAttributes {
  return typeof value === 'object' && value !== null
}

/** 'local=192.0.2.1 IPv4=192.0.2.1 IPv6=2001:db8::1,fe80::1' */
function formatLocal({ address, nextHops }: LocalEnd): string {
  const hops = Object.entries(nextHops).map(([family, list]) => `${family}=${list.join(',')}`)
  return [`local=${address}`, ...hops].join(' ')
}

export function formatEffect(effect: Effect): string {
  switch (effect.type) {
    case 'dial':
    case 'close':
      return `${effect.type} ${effect.connection}`
    case 'send':
      return `send ${effect.connection} ${effect.text}`
    case 'wake-at':
      return `wake-at ${effect.at}`
    case 'state':
      return `state ${effect.state}: ${effect.reason}`
    case 'note':
      return `note ${effect.text}`
    case 'rib-in':
      return `rib-in ${formatChange(effect.change)}`
  }
}

function formatChange(change: RibInChange): string {
  return change.type === 'update'
    ? formatMessage(change.update)
    : `${change.type} ${change.families.join(' ')}`
}

/** Undefined for text that is no event; whoever reads a file knows the line. */
export function parseEvent(text: string): Event | undefined {
  const trimmed = text.trim()
  const word = trimmed.split(/\s+/, 1)[0] ?? ''
  const rest = trimmed.slice(word.length).trim()
  const id = rest.split(/\s+/, 1)[0] ?? ''
  const tail = rest.slice(id.length).trim()
  switch (word) {
    case 'wake':
    case 'knocked':
    case 'routes-known':
      return { type: word }
    case 'start':
      return { type: 'start', by: rest === 'itself' ? 'itself' : 'operator' }
    case 'stop':
      return parseStop(id, tail)
    case 'drain':
      return { type: 'drain', on: rest === 'on' }
    case 'bfd-down':
    case 'turned-away':
      return { type: word, why: rest }
    case 'prefix-limit':
      return parseLimit(rest)
    case 'connected':
    case 'accepted':
    case 'next-hops':
      return { type: word, connection: id, local: parseLocal(tail) }
    case 'closed':
      return { type: 'closed', connection: id, why: tail }
    case 'drained':
      return { type: 'drained', connection: id }
    case 'routes':
      return parseRoutes(rest)
    case 'received': {
      const message = parseMessage(tail)
      return message === undefined ? undefined : { type: 'received', connection: id, message }
    }
    default:
      return parseJsonEvent(word, rest)
  }
}

const stopKinds: readonly StopKind[] = ['shutdown', 'reconfigured', 'moved', 'deconfigured', 'restart']

function parseStop(word: string, text: string): Event | undefined {
  const how = stopKinds.find((kind) => kind === word)
  if (how === undefined) return undefined
  const said: unknown = text === '' ? undefined : JSON.parse(text)
  return typeof said === 'string' ? { type: 'stop', how, text: said } : { type: 'stop', how }
}

function parseLimit(rest: string): Event {
  const [family, count, limit] = rest.split(' ')
  return { type: 'prefix-limit', family: familyOf(family), count: Number(count), limit: Number(limit) }
}

function familyOf(word: string | undefined): Family {
  return word === 'IPv6' ? 'IPv6' : 'IPv4'
}

function parseLocal(text: string): LocalEnd {
  const [address = '', ...hops] = text.split(/\s+/).map((word) => word.slice(word.indexOf('=') + 1))
  const families = text
    .split(/\s+/)
    .slice(1)
    .map((word) => familyOf(word.split('=')[0]))
  const lists = families.map((family, index): [Family, string[]] => [family, (hops[index] ?? '').split(',')])
  return { address, nextHops: Object.fromEntries(lists) }
}

/** Those whose content is JSON: `configured` and, behind its connection, `violation`. */
function parseJsonEvent(word: string, rest: string): Event | undefined {
  const start = rest.search(/[[{]/)
  if (start < 0) return undefined
  const content: unknown = JSON.parse(rest.slice(start))
  const connection = rest.slice(0, start).trim()
  const event: unknown = {
    configured: { type: 'configured', config: content },
    violation: { type: 'violation', connection, violation: content },
  }[word]
  return isEvent(event) ? event : undefined
}

/** What a journal of ours wrote, or a trace that was written after it. */
function isEvent(value: unknown): value is Event {
  return typeof value === 'object' && value !== null && 'type' in value
}
