// A capture in the eyes of tshark and in ours (`herald decode`): the UPDATEs of each direction of each connection, with
// what both can say of one.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { decodeLines } from '../../operator/cli/decode.ts'
import type { Update } from '../../protocols/bgp/update.ts'
import { dig, digList, digText, isRecord } from '../support/dig.ts'

/** By direction, '192.0.2.1 1024 > 192.0.2.2 179': each UPDATE in words, in order. */
export type Directions = ReadonlyMap<string, readonly string[]>

export type TsharkView = { readonly directions: Directions; readonly malformed: readonly string[] }

type Facts = {
  readonly withdraws: readonly string[]
  readonly announces: readonly string[]
  readonly nextHops: readonly string[]
  readonly asPath: readonly string[]
  readonly communities: readonly string[]
  readonly origin: string
  readonly med: string
  readonly localPref: string
}

function inWords(facts: Facts): string {
  const { withdraws, announces, nextHops, asPath, communities, origin, med, localPref } = facts
  return [
    `withdraws ${withdraws.toSorted().join(' ')}`,
    `announces ${announces.toSorted().join(' ')}`,
    `next hop ${nextHops.toSorted().join(' ')}`,
    `AS path ${asPath.join(' ')}`,
    `communities ${communities.toSorted().join(' ')}`,
    `origin ${origin}, MED ${med}, LOCAL_PREF ${localPref}`,
  ].join('; ')
}

function appended(directions: Map<string, string[]>, direction: string, word: string): void {
  const words = directions.get(direction)
  if (words === undefined) directions.set(direction, [word])
  else words.push(word)
}

export type OurView = { readonly directions: Directions; readonly longPorts: ReadonlySet<number> }

/** tshark 4.0 does not know messages above 4,096 octets (RFC 8654): the connections that may have one are named. */
const manyPrefixes = 700
const bgpPort = 179

export function ourView(file: string): OurView {
  const directions = new Map<string, string[]>()
  const longPorts = new Set<number>()
  for (const { source, destination, detail, protocol, error, number } of decodeLines(readFileSync(file))) {
    if (error !== undefined) throw new Error(`herald decode, packet ${number}: ${error.message}`)
    if (protocol !== 'BGP') continue
    const direction = `${source.address} ${source.port} > ${destination.address} ${destination.port}`
    for (const message of digList(detail, 'messages')) {
      if (!isUpdate(message)) continue
      const { withdrawn, nlri } = message
      if (withdrawn.length + nlri.length > manyPrefixes || mpPrefixes(message) > manyPrefixes)
        longPorts.add((source.port === bgpPort ? destination.port : source.port) ?? 0)
      appended(directions, direction, inWords(ourFacts(message)))
    }
  }
  return { directions, longPorts }
}

function isUpdate(message: unknown): message is Update {
  return dig(message, 'type') === 'update'
}

function mpPrefixes({ attributes }: Update): number {
  return digList(attributes.mpReach, 'prefixes').length + digList(attributes.mpUnreach, 'prefixes').length
}

function ourFacts({ withdrawn, nlri, attributes }: Update): Facts {
  const { mpReach, mpUnreach, nextHop, asPath = [], communities = [], origin = '' } = attributes
  const texts = (what: unknown, name: string) => digList(what, name).map(String)
  return {
    withdraws: [...withdrawn, ...texts(mpUnreach, 'prefixes')],
    announces: [...nlri, ...texts(mpReach, 'prefixes')],
    nextHops: [...(nextHop === undefined ? [] : [nextHop]), ...texts(mpReach, 'nextHops')],
    asPath: asPath.flatMap(({ asNumbers }) => asNumbers.map(String)),
    communities,
    origin,
    med: String(attributes.multiExitDisc ?? ''),
    localPref: String(attributes.localPref ?? ''),
  }
}

export function tsharkView(file: string, withoutPorts: ReadonlySet<number>): TsharkView {
  const others = [...withoutPorts].map((port) => ` && !(tcp.port == ${port})`).join('')
  const directions = new Map<string, string[]>()
  const malformed: string[] = []
  for (const packet of tsharkPackets(file, `(bgp.type == 2 || _ws.malformed)${others}`)) {
    const layers = dig(packet, '_source', 'layers')
    if (dig(layers, '_ws.malformed') !== undefined)
      malformed.push(`frame ${digText(layers, 'frame', 'frame.number')}`)
    for (const message of listOf(dig(layers, 'bgp')))
      if (digText(message, 'bgp.type') === '2')
        appended(directions, directionOf(layers), inWords(tsharkFacts(message)))
  }
  return { directions, malformed }
}

function tsharkPackets(file: string, filter: string): readonly unknown[] {
  const order = ['-o', 'tcp.reassemble_out_of_order:TRUE']
  const args = ['-n', '-r', file, ...order, '-Y', filter, '-T', 'json', '--no-duplicate-keys']
  const text = execFileSync('tshark', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 29,
  })
  return digList(JSON.parse(text))
}

function directionOf(layers: unknown): string {
  const address = (end: string) =>
    digText(layers, 'ip', `ip.${end}`) ?? digText(layers, 'ipv6', `ipv6.${end}`) ?? ''
  const port = (end: string) => digText(layers, 'tcp', `tcp.${end}port`) ?? ''
  return `${address('src')} ${port('src')} > ${address('dst')} ${port('dst')}`
}

/** One is no list in its JSON. */
function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

const originNames = ['igp', 'egp', 'incomplete']
const attribute = 'bgp.update.path_attribute'

function tsharkFacts(message: unknown): Facts {
  const found = new Map<string, string[]>()
  collect(message, found)
  const all = (...names: readonly string[]) => names.flatMap((name) => found.get(name) ?? [])
  const one = (name: string) => found.get(name)?.[0] ?? ''
  const origin = one(`${attribute}.origin`)
  const nextHop = `${attribute}.mp_reach_nlri.next_hop`
  return {
    withdraws: all(
      'bgp.withdrawn_prefix',
      'bgp.mp_unreach_nlri_ipv4_prefix',
      'bgp.mp_unreach_nlri_ipv6_prefix',
    ),
    announces: all('bgp.nlri_prefix', 'bgp.mp_reach_nlri_ipv4_prefix', 'bgp.mp_reach_nlri_ipv6_prefix'),
    nextHops: all(
      `${attribute}.next_hop`,
      `${nextHop}.ipv4`,
      `${nextHop}.ipv6`,
      `${nextHop}.ipv6.link_local`,
    ),
    asPath: all(`${attribute}.as_path_segment.as4`, `${attribute}.as_path_segment.as2`),
    communities: all('community'),
    origin: origin === '' ? '' : (originNames[Number(origin)] ?? origin),
    med: one(`${attribute}.multi_exit_disc`),
    localPref: one(`${attribute}.local_pref`),
  }
}

/** All that has a value, by its name, in order; a prefix with its length, a community as its two halves. */
function collect(node: unknown, found: Map<string, string[]>): void {
  if (Array.isArray(node)) return node.forEach((each: unknown) => collect(each, found))
  if (!isRecord(node)) return
  const length = digText(node, 'bgp.prefix_length')
  const asNumber = digText(node, `${attribute}.community_as`)
  if (asNumber !== undefined)
    appended(found, 'community', `${asNumber}:${digText(node, `${attribute}.community_value`)}`)
  for (const [name, value] of Object.entries(node)) {
    for (const text of listOf(value).filter((each) => typeof each === 'string')) {
      if (name === `${attribute}.community_wellknown`) appended(found, 'community', halves(text))
      else appended(found, name, name.endsWith('_prefix') ? `${text}/${length}` : text)
    }
    collect(value, found)
  }
}

function halves(text: string): string {
  const value = Number(text)
  return `${Math.floor(value / 0x10000)}:${value % 0x10000}`
}
