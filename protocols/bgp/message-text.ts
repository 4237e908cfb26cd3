// A message as words and back, for traces and journals: in short words where these say every bit of it, otherwise
// as JSON.
//
//   KEEPALIVE
//   OPEN as=65002 hold=30 id=192.0.2.2                    IPv4 and IPv6 unicast, route refresh, four-octet AS
//   OPEN as=65002 hold=30 id=192.0.2.2 restart=120 families=IPv4     R or N behind the time: 120RN
//   NOTIFICATION 6/2 0568656c6c6f
//   UPDATE -198.51.100.0/24 +203.0.113.0/24               attributes: ORIGIN igp, AS_PATH 65002, NEXT_HOP 192.0.2.2
//   UPDATE end-of-rib IPv6
//   ROUTE-REFRESH 1/1
import type { Family } from '../net/address.ts'
import { asTrans } from './iana.ts'
import type { Message } from './message.ts'
import { unicast } from './nlri.ts'
import type { Open } from './open.ts'
import { openAs } from './open.ts'
import type { Update } from './update.ts'
import { endOfRib, endOfRibUpdate } from './update.ts'

export function formatMessage(message: Message): string {
  const words = wordsFor(message)
  const isExact = JSON.stringify(parseMessage(words)) === JSON.stringify(message)
  return isExact ? words : JSON.stringify(message)
}

function wordsFor(message: Message): string {
  switch (message.type) {
    case 'keepalive':
      return 'KEEPALIVE'
    case 'open':
      return openWords(message)
    case 'notification':
      return `NOTIFICATION ${message.code}/${message.subcode} ${message.data}`.trimEnd()
    case 'route-refresh':
      return `ROUTE-REFRESH ${message.afi}/${message.safi}`
    case 'update':
      return updateWords(message)
  }
}

/** Of an OPEN with more capabilities than the words say it is the short form. */
export function openWords(open: Open): string {
  const families = open.capabilities.filter(({ name }) => name === 'multiprotocol').length
  const restart = open.capabilities.find((capability) => capability.name === 'graceful-restart')
  const flags = `${restart?.restarting === true ? 'R' : ''}${restart?.notification === true ? 'N' : ''}`
  return [
    `OPEN as=${openAs(open)} hold=${open.holdTimeS} id=${open.identifier}`,
    ...(restart === undefined ? [] : [`restart=${restart.restartTimeS}${flags}`]),
    ...(families === 2 ? [] : ['families=IPv4']),
  ].join(' ')
}

function updateWords(update: Update): string {
  const family = endOfRib(update)
  if (family !== undefined) return `UPDATE end-of-rib ${family}`
  const withdrawn = update.withdrawn.map((prefix) => `-${prefix}`)
  return ['UPDATE', ...withdrawn, ...update.nlri.map((prefix) => `+${prefix}`)].join(' ')
}

/** Undefined for text that is no message. */
export function parseMessage(text: string): Message | undefined {
  const [word = '', ...rest] = text.trim().split(/\s+/)
  switch (word) {
    case 'KEEPALIVE':
      return { type: 'keepalive' }
    case 'OPEN':
      return parseOpen(rest)
    case 'NOTIFICATION': {
      const [code = NaN, subcode = NaN] = (rest[0] ?? '').split('/').map(Number)
      return { type: 'notification', code, subcode, data: rest[1] ?? '' }
    }
    case 'ROUTE-REFRESH': {
      const [afi = NaN, safi = NaN] = (rest[0] ?? '').split('/').map(Number)
      return { type: 'route-refresh', afi, subtype: 0, safi }
    }
    case 'UPDATE':
      return parseUpdate(rest)
    default:
      return parseJson(text)
  }
}

function parseOpen(words: readonly string[]): Open {
  const said = new Map(words.map((word) => splitOnce(word)))
  const asNumber = Number(said.get('as'))
  const families: Family[] = said.get('families') === 'IPv4' ? ['IPv4'] : ['IPv4', 'IPv6']
  const restart = /^(\d+)(R?)(N?)$/.exec(said.get('restart') ?? '')
  const kept = families.map((family) => ({ ...unicast[family], forwardingPreserved: true }))
  return {
    type: 'open',
    asNumber: asNumber > 0xffff ? asTrans : asNumber,
    holdTimeS: Number(said.get('hold')),
    identifier: said.get('id') ?? '',
    capabilities: [
      ...families.map((family) => ({ name: 'multiprotocol', ...unicast[family] }) as const),
      { name: 'route-refresh' },
      { name: 'four-octet-as', asNumber },
      ...(restart === null
        ? []
        : [
            {
              name: 'graceful-restart',
              restarting: restart[2] === 'R',
              notification: restart[3] === 'N',
              restartTimeS: Number(restart[1]),
              families: kept,
            } as const,
          ]),
    ],
  }
}

function splitOnce(word: string): readonly [string, string] {
  const at = word.indexOf('=')
  return [word.slice(0, at), word.slice(at + 1)]
}

const plainAttributes = {
  origin: 'igp',
  asPath: [{ type: 'sequence', asNumbers: [65002] }],
  nextHop: '192.0.2.2',
} as const

function parseUpdate(words: readonly string[]): Update {
  if (words[0] === 'end-of-rib') return endOfRibUpdate(words[1] === 'IPv6' ? 'IPv6' : 'IPv4')
  const behind = (sign: string) => words.filter((word) => word.startsWith(sign)).map((word) => word.slice(1))
  const nlri = behind('+')
  return {
    type: 'update',
    withdrawn: behind('-'),
    attributes: nlri.length === 0 ? {} : plainAttributes,
    nlri,
  }
}

/** What a journal of ours wrote. */
function parseJson(text: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isMessage(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}
