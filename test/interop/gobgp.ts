// GoBGP as a router of the stories: gobgpd, asked and told by its own command line.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Family } from '../../protocols/net/address.ts'
import { inside } from '../net/lan.ts'
import type { Host } from '../net/lan.ts'
import { dig, digList, digText, isRecord } from '../support/dig.ts'
import { tailOf } from '../support/process.ts'
import { removeFolder } from '../support/temporary.ts'
import { until } from '../support/until.ts'
import { end } from './place.ts'
import type { Daemon, Place } from './place.ts'
import { asDotted, familyOfPrefix } from './router.ts'
import type { Router, RouterWish, RouteView } from './router.ts'

const established = 6 // session_state

export const goBgpVersion = (): string => {
  const said = execFileSync('gobgpd', ['--version'], { encoding: 'utf8' })
  return `GoBGP ${/\d[\d.]*/.exec(said)?.[0] ?? ''}`.trim()
}

export async function startGoBgp(place: Place, wish: RouterWish): Promise<Router> {
  const folder = place.makeFolder('gobgp')
  const [file, log] = [join(folder, 'gobgpd.toml'), join(folder, 'log')]
  writeFileSync(file, configOf(wish))
  let started = 0
  let daemon: Daemon | undefined
  const socket = () => `unix://${join(folder, `api-${started}`)}` // it does not take the place of an old one
  const gobgp = (...words: readonly string[]): Promise<string> =>
    place.run('gobgp', ['--target', socket(), ...words])
  const json = async (...words: readonly string[]): Promise<unknown> =>
    JSON.parse(await gobgp(...words, '-j'))
  const start = async (options: readonly string[]): Promise<Daemon> => {
    const next = async (): Promise<Daemon> => {
      // An address that has just come is refused for a moment, and it ends then.
      if (daemon === undefined || daemon.hasExited()) {
        started += 1
        const args = ['-f', file, '--api-hosts', socket(), '--pprof-disable', ...options]
        daemon = await place.start({ command: 'gobgpd', args, logFile: log })
      }
      await gobgp('neighbor')
      return daemon
    }
    const running = await until('GoBGP answers', next, { timeoutMs: 30_000 }).catch((error: unknown) => {
      throw new Error(`GoBGP: ${tailOf(log)}`, { cause: error })
    })
    return running
  }
  /** It has its routes from its API only, and a session that came before them would hear End-of-RIB too early. */
  const startWithRoutes = async (options: readonly string[]): Promise<Daemon> => {
    const { announces = [] } = wish
    if (announces.length === 0) return start(options)
    closeDoor(place.host)
    const running = await start(options)
    for (const prefix of announces) await gobgp('global', 'rib', 'add', prefix, '-a', 'ipv4')
    openDoor(place.host)
    return running
  }
  let running = await startWithRoutes([])
  const neighbour = wish.herald.address
  const pathsOf = async (family: Family): Promise<readonly (readonly [string, unknown])[]> => {
    const table = await json('global', 'rib', '-a', family.toLowerCase())
    return Object.entries(isRecord(table) ? table : {}).flatMap(([prefix, paths]) =>
      digList(paths)
        .filter((path) => digText(path, 'neighbor-ip') === neighbour)
        .map((path) => [prefix, path] as const),
    )
  }
  return {
    name: goBgpVersion(),
    session: async () => ({
      isEstablished: dig(await json('neighbor', neighbour), 'state', 'session_state') === established,
      lastError: lastErrorIn(tailOf(log, 200)),
    }),
    prefixes: async (family) => (await pathsOf(family)).map(([prefix]) => prefix),
    route: async (prefix) =>
      routeOf((await pathsOf(familyOfPrefix(prefix))).find(([each]) => each === prefix)?.[1]),
    freeze: () => running.kill('SIGSTOP'),
    thaw: () => running.kill('SIGCONT'),
    restart: async () => {
      const isGraceful = wish.gracefulRestartS !== undefined
      // Asked to end it says Cease; one that restarts gracefully says nothing.
      running.kill(isGraceful ? 'SIGKILL' : 'SIGTERM')
      await running.exited
      running = await startWithRoutes(isGraceful ? ['-r'] : [])
    },
    refresh: async () => {
      await gobgp('neighbor', neighbour, 'softresetin')
    },
    shutdown: async (text) => {
      await gobgp('neighbor', neighbour, 'shutdown', '--reason', text)
    },
    stop: async () => {
      await end(running)
      removeFolder(folder)
    },
  }
}

/** Nobody who dials is heard. */
function closeDoor({ namespace }: Host): void {
  const rules = [
    'add table inet door',
    'add chain inet door in { type filter hook input priority 0; }',
    'add rule inet door in tcp dport 179 drop',
  ]
  inside(namespace, 'nft', [rules.join('; ')])
}

function openDoor({ namespace }: Host): void {
  inside(namespace, 'nft', ['delete', 'table', 'inet', 'door'])
}

function configOf(wish: RouterWish): string {
  const { asNumber, identifier, local, herald, families, holdTimeS, connects } = wish
  const { password, ttlSecurity = false, gracefulRestartS, prefixLimit, longLivedS } = wish
  const restarts = gracefulRestartS !== undefined || longLivedS !== undefined
  const channels = families.flatMap((family) => [
    '  [[neighbors.afi-safis]]',
    '    [neighbors.afi-safis.config]',
    `      afi-safi-name = "${family.toLowerCase()}-unicast"`,
    ...(restarts ? ['    [neighbors.afi-safis.mp-graceful-restart.config]', '      enabled = true'] : []),
    ...(longLivedS === undefined
      ? []
      : [
          '    [neighbors.afi-safis.long-lived-graceful-restart.config]',
          '      enabled = true',
          `      restart-time = ${longLivedS}`,
        ]),
    ...(family === 'IPv4' && prefixLimit !== undefined
      ? ['    [neighbors.afi-safis.prefix-limit.config]', `      max-prefixes = ${prefixLimit}`]
      : []),
  ])
  return [
    '[global.config]',
    `  as = ${asNumber}`,
    `  router-id = "${identifier}"`,
    `  local-address-list = ["${local}"]`,
    '[[neighbors]]',
    '  [neighbors.config]',
    `    neighbor-address = "${herald.address}"`,
    `    peer-as = ${herald.asNumber}`,
    ...(password === undefined ? [] : [`    auth-password = "${password}"`]),
    '  [neighbors.transport.config]',
    `    passive-mode = ${!connects}`,
    `    local-address = "${local}"`,
    '  [neighbors.timers.config]',
    `    hold-time = ${holdTimeS}`,
    `    keepalive-interval = ${Math.floor(holdTimeS / 3)}`,
    '    connect-retry = 1',
    '    idle-hold-time-after-reset = 1',
    ...(ttlSecurity ? ['  [neighbors.ttl-security.config]', '    enabled = true', '    ttl-min = 255'] : []),
    ...(restarts
      ? [
          '  [neighbors.graceful-restart.config]',
          '    enabled = true',
          `    restart-time = ${gracefulRestartS ?? 1}`,
          ...(longLivedS === undefined ? [] : ['    long-lived-enabled = true']),
        ]
      : []),
    ...channels,
    '',
  ].join('\n')
}

const attributeTypes = {
  origin: 1,
  asPath: 2,
  nextHop: 3,
  med: 4,
  localPref: 5,
  communities: 8,
  reach: 14,
  extended: 16,
  large: 32,
} as const
const origins = ['IGP', 'EGP', 'incomplete']
const linkBandwidth = 4 // the subtype

function routeOf(path: unknown): RouteView | undefined {
  const attributes = digList(path, 'attrs')
  if (path === undefined) return undefined
  const of = (type: keyof typeof attributeTypes): unknown =>
    attributes.find((each) => dig(each, 'type') === attributeTypes[type])
  const numberOf = (type: keyof typeof attributeTypes, name: string) => {
    const value = dig(of(type), name)
    return typeof value === 'number' ? value : undefined
  }
  const bandwidth = digList(of('extended'), 'value').find((each) => dig(each, 'subtype') === linkBandwidth)
  const [localPref, med] = [numberOf('localPref', 'value'), numberOf('med', 'metric')]
  return {
    nextHop: digText(of('reach'), 'nexthop') ?? digText(of('nextHop'), 'nexthop') ?? '',
    asPath: digList(of('asPath'), 'as_paths')
      .flatMap((segment) => digList(segment, 'asns'))
      .join(' '),
    origin: origins[numberOf('origin', 'value') ?? 0] ?? '', // 0 is left out
    ...(localPref === undefined ? {} : { localPref }),
    ...(med === undefined ? {} : { med }),
    communities: digList(of('communities'), 'communities').map(asDotted).toSorted(),
    largeCommunities: digList(of('large'), 'value')
      .map((each) => ['ASN', 'LocalData1', 'LocalData2'].map((name) => String(dig(each, name))).join(':'))
      .toSorted(),
    ...(bandwidth === undefined ? {} : { bandwidth: Number(dig(bandwidth, 'bandwidth')) }),
    ...(dig(path, 'stale') === true ? { isStale: true } : {}),
  }
}

/** Its view of the neighbour has no word for it: the log has. */
function lastErrorIn(log: string): string {
  return /"Reason":"((?:notification|hold)[^"]*)"/.exec(log.split('\n').toReversed().join('\n'))?.[1] ?? ''
}
