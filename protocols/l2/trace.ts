// Events and effects of layer 2 as lines of a trace, and events back from them: the format of the engine's journal
// and of test/traces/l2. Links go by their names.
//
//   @0 configured generation=1 interval=0 192.0.2.10@all 2001:db8::10@eth0,eth1 exclude=["^lo$"]
//   @0 interfaces eth0#2 02:00:00:00:00:01 ethernet,up,running,broadcast,open 192.0.2.1/24 fe80::1/64~ ; …
//   @0 wake
//     announce eth0 192.0.2.10 first: arp request from …
import { checkKinds } from './claim.ts'
import type { L2Config } from './claim.ts'
import { formatFrame, parseFrame } from './frame-text.ts'
import type { Link, LinkAddress } from './link.ts'
import type { Effect, Event } from './session.ts'

export type NameOf = (index: number) => string
export type IndexOf = (name: string) => number | undefined

export function formatEvent(event: Event, nameOf: NameOf): string {
  switch (event.type) {
    case 'configured':
      return formatConfig(event.config)
    case 'interfaces':
      return `interfaces ${event.links.map(formatLink).join(' ; ')}`.trimEnd()
    case 'frame':
      return `frame ${nameOf(event.link)} at=${event.capturedAt} ${event.isLate ? 'late ' : ''}${formatFrame(event.frame)}`
    case 'announced':
      return `announced ${nameOf(event.link)} at=${event.at} ${event.addresses.join(' ')}`
    case 'announce-anew':
      return `announce-anew ${event.addresses.join(' ')}`.trimEnd()
    case 'wake':
      return 'wake'
    case 'yield':
      return `yield deadline=${formatMillis(event.deadline)} ${event.addresses.join(' ')}`.trimEnd()
  }
}

export function formatEffect(effect: Effect, nameOf: NameOf): string {
  switch (effect.type) {
    case 'answer':
      return `answer ${nameOf(effect.link)} ${effect.address}: ${formatFrame(effect.frame)}`
    case 'announce': {
      const first = effect.first ? ' first' : ''
      return `announce ${nameOf(effect.link)} ${effect.address}${first}: ${formatFrame(effect.frame)}`
    }
    case 'probe':
      return `probe ${nameOf(effect.link)} ${effect.address}: ${formatFrame(effect.frame)}`
    case 'wake-at':
      return `wake-at ${formatMillis(effect.at)}`
    case 'join':
    case 'leave':
      return `${effect.type} ${nameOf(effect.link)} ${effect.group}`
    case 'ignore':
      return effect.address === undefined
        ? `ignore ${effect.reason}`
        : `ignore ${effect.reason} ${effect.address}`
    case 'yielded':
      return `yielded ${effect.address} to ${effect.to ?? 'nobody'}`
    case 'report':
      return `report ${effect.why}`
  }
}

/** To the microsecond, without needless zeros. */
export function formatMillis(millis: number): string {
  return String(Number(millis.toFixed(3)))
}

/** Undefined for text that is no event; whoever reads a file knows the line. */
export function parseEvent(text: string, indexOf: IndexOf): Event | undefined {
  const [word = '', ...rest] = text.trim().split(/\s+/)
  switch (word) {
    case 'configured':
      return parseConfig(text)
    case 'interfaces':
      return parseInterfaces(text.trim().slice('interfaces'.length))
    case 'frame':
      return parseFrameEvent(rest, indexOf)
    case 'announced': {
      const link = indexOf(rest[0] ?? '')
      const at = numberAfter('at=', rest[1])
      return link === undefined || at === undefined
        ? undefined
        : { type: 'announced', link, at, addresses: rest.slice(2) }
    }
    case 'announce-anew':
      return { type: 'announce-anew', addresses: rest }
    case 'wake':
      return { type: 'wake' }
    case 'yield': {
      const deadline = numberAfter('deadline=', rest[0])
      return deadline === undefined ? undefined : { type: 'yield', deadline, addresses: rest.slice(1) }
    }
    default:
      return undefined
  }
}

function numberAfter(prefix: string, word: string | undefined): number | undefined {
  if (word?.startsWith(prefix) !== true) return undefined
  const value = Number(word.slice(prefix.length))
  return Number.isFinite(value) ? value : undefined
}

function parseFrameEvent(words: readonly string[], indexOf: IndexOf): Event | undefined {
  const link = indexOf(words[0] ?? '')
  const capturedAt = numberAfter('at=', words[1])
  const isLate = words[2] === 'late'
  const frame = parseFrame(words.slice(isLate ? 3 : 2).join(' '))
  if (link === undefined || capturedAt === undefined || frame === undefined) return undefined
  return { type: 'frame', link, capturedAt, ...(isLate ? { isLate } : {}), frame }
}

function formatConfig(config: L2Config): string {
  const claims = config.claims.map(({ address, interfaces, check, controls }) => {
    const where = interfaces === 'all' ? 'all' : interfaces.join(',')
    const asked = `${check === undefined ? '' : `?${check}`}${controls === undefined ? '' : `!${controls.join(',')}`}`
    return `${address}@${where}${asked}`
  })
  const { nodeMacs = [], proxyMacs = [] } = config
  return [
    `configured generation=${config.generation} interval=${config.gratuitousIntervalMs}`,
    ...(nodeMacs.length === 0 ? [] : [`nodes=${nodeMacs.join(',')}`]),
    ...(proxyMacs.length === 0 ? [] : [`proxies=${proxyMacs.join(',')}`]),
    ...claims,
    `exclude=${JSON.stringify(config.interfacesToExclude)}`,
  ].join(' ')
}

const configLine =
  /^configured generation=(-?\d+) interval=(\d+)(?: nodes=(\S+))?(?: proxies=(\S+))?((?: \S+@\S*)*) exclude=(\[.*\])$/

function parseConfig(text: string): Event | undefined {
  const match = configLine.exec(text.trim())
  if (match === null) return undefined
  const [, generation, interval, nodes, proxies, claims = '', exclude = '[]'] = match
  const patterns: unknown = JSON.parse(exclude)
  const config: L2Config = {
    generation: Number(generation),
    gratuitousIntervalMs: Number(interval),
    ...(nodes === undefined ? {} : { nodeMacs: nodes.split(',') }),
    ...(proxies === undefined ? {} : { proxyMacs: proxies.split(',') }),
    claims: claims
      .split(' ')
      .filter((word) => word !== '')
      .map(parseClaim),
    interfacesToExclude: Array.isArray(patterns) ? patterns.map(String) : [],
  }
  return { type: 'configured', config }
}

function parseClaim(word: string): L2Config['claims'][number] {
  const [address = '', rest = ''] = word.split('@')
  const [asked = '', controls] = rest.split('!')
  const [interfaces = '', kind] = asked.split('?')
  const check = checkKinds.find((each) => each === kind)
  return {
    address,
    ...(check === undefined ? {} : { check }),
    ...(controls === undefined ? {} : { controls: controls.split(',').filter((text) => text !== '') }),
    interfaces: interfaces === 'all' ? 'all' : interfaces.split(',').filter((name) => name !== ''),
  }
}

function formatLink(link: Link): string {
  const words = [
    link.isEthernet && 'ethernet',
    link.up && 'up',
    link.running && 'running',
    link.broadcast && 'broadcast',
    link.noArp && 'noarp',
    link.master !== undefined && `master=${link.master}`,
    link.permanentMac !== undefined && `permanent=${link.permanentMac}`,
    link.arpIgnore !== undefined && `arp-ignore=${link.arpIgnore}`,
    link.capture !== 'closed' && link.capture,
  ].filter((word) => word !== false)
  const addresses = link.addresses.map(
    ({ address, prefixLength, tentative }) => `${address}/${prefixLength}${tentative ? '~' : ''}`,
  )
  return [`${link.name}#${link.index}`, link.mac, words.join(',') || '-', ...addresses].join(' ')
}

function parseInterfaces(text: string): Event | undefined {
  const parts = text
    .split(' ; ')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  const links = parts.map(parseLink).filter((link) => link !== undefined)
  return links.length === parts.length ? { type: 'interfaces', links } : undefined
}

function parseLink(text: string): Link | undefined {
  const [id = '', mac, flags = '', ...addresses] = text.split(/\s+/)
  const match = /^(.+)#(\d+)$/.exec(id)
  if (match?.[1] === undefined || mac === undefined) return undefined
  const words = flags.split(',')
  const valueOf = (name: string) => words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1)
  const master = valueOf('master')
  const permanentMac = valueOf('permanent')
  const arpIgnore = valueOf('arp-ignore')
  return {
    index: Number(match[2]),
    name: match[1],
    mac,
    ...(permanentMac === undefined ? {} : { permanentMac }),
    isEthernet: words.includes('ethernet'),
    up: words.includes('up'),
    running: words.includes('running'),
    broadcast: words.includes('broadcast'),
    noArp: words.includes('noarp'),
    ...(master === undefined ? {} : { master }),
    addresses: addresses.map(parseLinkAddress),
    ...(arpIgnore === undefined ? {} : { arpIgnore: Number(arpIgnore) }),
    capture: words.includes('open') ? 'open' : words.includes('failed') ? 'failed' : 'closed',
  }
}

function parseLinkAddress(word: string): LinkAddress {
  const tentative = word.endsWith('~')
  const [address = '', prefixLength] = word.replace('~', '').split('/')
  return { address, prefixLength: Number(prefixLength), tentative }
}
