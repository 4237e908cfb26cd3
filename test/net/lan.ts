// A LAN of network namespaces for one test file: a bridge, and hosts on it by veth. Names carry the process id, so that
// runs side by side do not meet, and everything is removed by name: by the next run, where this one was killed.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { untilTrue } from '../support/until.ts'

export type Host = {
  readonly name: string
  readonly namespace: string
  readonly device: string // its interface on the LAN
  readonly mac: string
  readonly port: string // the bridge's end of it
}

export type Lan = { readonly namespace: string; readonly hosts: Host[] }

export type LanOptions = { readonly multicastSnooping?: boolean }

let serial = 0

/** Why these tests cannot run here; undefined = they can. */
export function reasonToSkip(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces need Linux'
  return process.getuid?.() === 0 ? undefined : 'network namespaces need root'
}

export function createLan({ multicastSnooping = false }: LanOptions = {}): Lan {
  if (serial === 0) sweepLans()
  serial += 1
  const namespace = `hn${process.pid}-${serial}`
  run('ip', ['netns', 'add', namespace])
  const snooping = ['mcast_snooping', multicastSnooping ? '1' : '0']
  // A querier counts once the time is over that an answer may take: 10 s, unless it is set before it begins.
  const soon = ['mcast_query_response_interval', '10']
  ip(namespace, ['link', 'add', 'br0', 'type', 'bridge', 'forward_delay', '0', ...snooping, ...soon])
  ip(namespace, ['link', 'set', 'br0', 'up'])
  return { namespace, hosts: [] }
}

/** Those of processes that are gone: they would be in the way of one that gets the same number. */
export function sweepLans(): void {
  if (!existsSync('/run/netns')) return // nobody has made any
  for (const namespace of readdirSync('/run/netns')) {
    const owner = /^hn(\d+)-/.exec(namespace)?.[1]
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) remove(namespace)
  }
}

/** Snooping is in force with a querier; the bridge is one once it has an address to ask from. */
export async function startQuerier(lan: Lan): Promise<void> {
  await untilTrue('the bridge has a link-local address', () =>
    / inet6 fe80::\S+ scope link\s*$/m.test(ip(lan.namespace, ['addr', 'show', 'dev', 'br0'])),
  )
  ip(lan.namespace, ['link', 'set', 'br0', 'type', 'bridge', 'mcast_querier', '1'])
}

/**
 * Duplicate address detection is off, so that addresses count at once. The last byte of the addresses 192.0.2.x/24 and
 * 2001:db8::x/64 is `number`. With `ofProcess` the host is a container: its namespace is the one that this process has.
 */
export function addHost(lan: Lan, name: string, number: number, ofProcess?: number): Host {
  const namespace = `${lan.namespace}-${name}`
  const mac = macOf(number)
  const host: Host = { name, namespace, device: 'eth0', mac, port: `p${number}` }
  run('ip', [
    'netns',
    ...(ofProcess === undefined ? ['add', namespace] : ['attach', namespace, `${ofProcess}`]),
  ])
  lan.hosts.push(host)
  if (ofProcess !== undefined) switchIpv6On(namespace)
  sysctl(namespace, 'net.ipv6.conf.default.dad_transmits=0')
  sysctl(namespace, 'net.ipv6.conf.all.dad_transmits=0')
  sysctl(namespace, 'net.ipv6.conf.default.autoconf=0') // a router that advertises gives nobody an address, to dial from
  ip(namespace, ['link', 'set', 'lo', 'up'])
  plug(lan, host)
  return host
}

/** Docker switches it off in a container that has no network of its own. */
function switchIpv6On(namespace: string): void {
  for (const each of ['all', 'default', 'lo']) sysctl(namespace, `net.ipv6.conf.${each}.disable_ipv6=0`)
}

/** Gives the host its interface on the LAN: at first, and again after it was deleted. */
export function plug(lan: Lan, host: Host): void {
  const { namespace, device, port, mac } = host
  const number = Number.parseInt(mac.slice(-2), 16)
  const peer = ['peer', 'name', device, 'address', mac, 'netns', namespace]
  ip(lan.namespace, ['link', 'add', port, 'type', 'veth', ...peer])
  ip(lan.namespace, ['link', 'set', port, 'master', 'br0', 'up'])
  ip(namespace, ['addr', 'add', `192.0.2.${number}/24`, 'dev', device])
  ip(namespace, ['link', 'set', device, 'up'])
  ip(namespace, ['addr', 'add', `2001:db8::${number.toString(16)}/64`, 'dev', device])
}

export function macOf(number: number): string {
  return `02:00:00:00:00:${number.toString(16).padStart(2, '0')}`
}

export function destroyLan(lan: Lan): void {
  for (const { namespace } of [...lan.hosts, lan]) remove(namespace)
}

function remove(namespace: string): void {
  try {
    run('ip', ['netns', 'del', namespace])
  } catch {
    // It was not made: a test failed before. Or another run has swept it meanwhile.
  }
}

/** `ip` in a namespace; what it prints. */
export function ip(namespace: string, args: readonly string[]): string {
  return run('ip', ['-n', namespace, ...args])
}

/** Any command in a namespace; what it prints. Throws when it fails. */
export function inside(namespace: string, command: string, args: readonly string[]): string {
  return run('nsenter', [`--net=/run/netns/${namespace}`, command, ...args])
}

export function sysctl(namespace: string, setting: string): void {
  inside(namespace, 'sysctl', ['-qw', setting])
}

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

export type Neighbour = { readonly mac?: string; readonly state: string }

/** What the kernel of a host has in its neighbour cache. */
export function neighbour(host: Host, address: string): Neighbour | undefined {
  const rows: unknown = JSON.parse(
    ip(host.namespace, ['-j', 'neigh', 'show', address, 'dev', host.device]) || '[]',
  )
  const row: unknown = Array.isArray(rows) ? rows[0] : undefined
  if (typeof row !== 'object' || row === null) return undefined
  const mac = 'lladdr' in row && typeof row.lladdr === 'string' ? row.lladdr : undefined
  const state = 'state' in row && Array.isArray(row.state) ? row.state.join(',') : ''
  return mac === undefined ? { state } : { mac, state }
}

export function setNeighbour(host: Host, address: string, mac: string, state = 'reachable'): void {
  ip(host.namespace, ['neigh', 'replace', address, 'lladdr', mac, 'dev', host.device, 'nud', state])
}
