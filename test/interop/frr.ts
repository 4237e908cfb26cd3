// FRR as a router of the stories: zebra and bgpd, without the scripts that its package starts them by.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dig, digText } from '../support/dig.ts'
import { tailOf } from '../support/process.ts'
import { removeFolder } from '../support/temporary.ts'
import { until, untilTrue } from '../support/until.ts'
import { end } from './place.ts'
import type { Daemon, Place } from './place.ts'
import { familyOfPrefix } from './router.ts'
import type { Router, RouterWish, RouteView } from './router.ts'

const programs = '/usr/lib/frr'
// A daemon that changes its user is no longer killed with its parent: it stays root, which has to be in FRR's group.
const underOwnGroups = 'mount --bind "$1" /etc/group && shift && exec "$@"'

export const frrVersion = (): string => {
  const said = execFileSync(join(programs, 'bgpd'), ['--version'], { encoding: 'utf8' })
  return `FRR ${/\d[\d.]*/.exec(said)?.[0] ?? ''}`.trim()
}

export async function startFrr(place: Place, wish: RouterWish): Promise<Router> {
  const folder = place.makeFolder('frr')
  const [group, file] = [join(folder, 'group'), join(folder, 'bgpd.conf')]
  writeFileSync(group, readFileSync('/etc/group', 'utf8').replace(/^(frrvty:.*:)(.*)$/m, '$1$2,root'))
  writeFileSync(file, configOf(wish))
  const logOf = (daemon: string) => join(folder, `${daemon}.log`)
  const start = (daemon: string, flags: readonly string[]): Promise<Daemon> => {
    const paths = ['--vty_socket', folder, '--socket', join(folder, 'zserv.api')]
    const quiet = ['--pid_file', join(folder, `${daemon}.pid`), '--log', 'stdout', '--vty_port', '0']
    const user = ['--user', 'root', '--group', 'root']
    const program = join(programs, daemon)
    const args = [...paths, ...quiet, ...user, ...flags]
    const logFile = logOf(daemon)
    if (place.isContainer) return place.start({ command: program, args, logFile }) // its root is in that group
    const mounted = ['--mount', 'sh', '-c', underOwnGroups, 'frr', group, program, ...args]
    return place.start({ command: 'unshare', args: mounted, logFile })
  }
  const shell = (...commands: readonly string[]): Promise<string> => {
    const words = commands.flatMap((command) => ['-c', command])
    return place.run('vtysh', ['--vty_socket', folder, '--config_dir', folder, ...words])
  }
  const json = async (command: string): Promise<unknown> => JSON.parse(await shell(`${command} json`))
  const startBgpd = async (): Promise<Daemon> => {
    const bgpd = await start('bgpd', ['--config_file', file])
    await until('FRR answers', () => json('show bgp summary'), { timeoutMs: 60_000 }).catch(
      (error: unknown) => {
        throw new Error(`FRR: ${tailOf(logOf('bgpd'))}`, { cause: error })
      },
    )
    // Before, it knows no interfaces, and drops IPv6 routes with a link-local next hop for as long as the session lasts.
    await untilTrue('bgpd has found zebra', async () =>
      /^bgp /m.test(await shell('show zebra client summary')),
    )
    return bgpd
  }
  const zebra = await start('zebra', ['--config_file', '/dev/null'])
  await until('zebra answers', () => shell('show version'), { timeoutMs: 60_000 })
  let bgpd = await startBgpd()
  const neighbour = wish.interface ?? wish.herald.address
  // A neighbour that was found on an interface is named by the address that it has there.
  const isOurs = (peer = '') => (wish.interface === undefined ? peer === neighbour : peer.startsWith('fe80:'))
  return {
    name: frrVersion(),
    session: async () => {
      const said = dig(await json(`show bgp neighbors ${neighbour}`), neighbour)
      return {
        isEstablished: digText(said, 'bgpState') === 'Established',
        lastError:
          `${digText(said, 'lastNotificationReason') ?? ''} ${digText(said, 'lastShutdownDescription') ?? ''}`.trim(),
      }
    },
    prefixes: async (family) => {
      const routes = dig(await json(`show bgp ${family.toLowerCase()} unicast`), 'routes')
      if (typeof routes !== 'object' || routes === null) return []
      return Object.entries(routes).flatMap(([prefix, paths]: readonly [string, unknown]) =>
        Array.isArray(paths) && paths.some((path: unknown) => isOurs(digText(path, 'peerId')))
          ? [prefix]
          : [],
      )
    },
    route: async (prefix) =>
      routeOf(await json(`show bgp ${familyOfPrefix(prefix).toLowerCase()} unicast ${prefix}`)),
    freeze: () => bgpd.kill('SIGSTOP'),
    thaw: () => bgpd.kill('SIGCONT'),
    restart: async () => {
      // Killed outright it says nothing, as one that restarts gracefully; asked to, it says Cease.
      bgpd.kill(wish.gracefulRestartS === undefined ? 'SIGTERM' : 'SIGKILL')
      await bgpd.exited
      bgpd = await startBgpd()
    },
    refresh: async () => {
      await shell(`clear bgp ${neighbour} in`)
    },
    shutdown: async (text) => {
      await shell(
        'configure',
        `router bgp ${wish.asNumber}`,
        `neighbor ${neighbour} shutdown message ${text}`,
      )
    },
    stop: async () => {
      for (const daemon of [bgpd, zebra]) await end(daemon)
      removeFolder(folder)
    },
  }
}

function configOf(wish: RouterWish): string {
  const { asNumber, identifier, herald, families, holdTimeS, connects, announces = [] } = wish
  const { local, password, ttlSecurity = false, gracefulRestartS, prefixLimit, longLivedS } = wish
  const neighbour = `neighbor ${wish.interface ?? herald.address}`
  const channels = families.flatMap((family) => [
    ` address-family ${family.toLowerCase()} unicast`,
    `  ${neighbour} activate`,
    ...(family === 'IPv4' && prefixLimit !== undefined
      ? [`  ${neighbour} maximum-prefix ${prefixLimit}`]
      : []),
    ...(family === 'IPv4' ? announces.map((prefix) => `  network ${prefix}`) : []),
    ' exit-address-family',
  ])
  return [
    'frr defaults traditional',
    `router bgp ${asNumber}`,
    ` bgp router-id ${identifier}`,
    ' no bgp ebgp-requires-policy',
    ' no bgp default ipv4-unicast',
    ' no bgp network import-check',
    ...(gracefulRestartS === undefined
      ? []
      : [
          ' bgp graceful-restart',
          ' bgp graceful-restart preserve-fw-state',
          ` bgp graceful-restart restart-time ${gracefulRestartS}`,
        ]),
    ...(longLivedS === undefined ? [] : [` bgp long-lived-graceful-restart stale-time ${longLivedS}`]),
    ...(wish.interface === undefined
      ? [` ${neighbour} remote-as ${herald.asNumber}`, ` ${neighbour} update-source ${local}`]
      : [` ${neighbour} interface remote-as external`]),
    ` ${neighbour} timers ${Math.floor(holdTimeS / 3)} ${holdTimeS}`,
    ` ${neighbour} timers connect 1`,
    ` ${neighbour} capability extended-nexthop`,
    ...(connects ? [] : [` ${neighbour} passive`]),
    ...(password === undefined ? [] : [` ${neighbour} password ${password}`]),
    ...(ttlSecurity ? [` ${neighbour} ttl-security hops 1`] : []),
    ...channels,
    '',
  ].join('\n')
}

function routeOf(said: unknown): RouteView | undefined {
  const paths = dig(said, 'paths')
  const path: unknown = Array.isArray(paths) ? paths[0] : undefined
  if (path === undefined) return undefined
  const number = (name: string) => {
    const value = dig(path, name)
    return typeof value === 'number' ? value : undefined
  }
  const nextHops = dig(path, 'nexthops')
  const first: unknown = Array.isArray(nextHops) ? nextHops[0] : undefined
  const localPref = number('locPrf')
  const med = number('metric')
  const bandwidth = bandwidthOf(digText(dig(path, 'extendedCommunity'), 'string') ?? '')
  return {
    nextHop: digText(first, 'ip') ?? '',
    asPath: (digText(dig(path, 'aspath'), 'string') ?? '').replace('Local', ''),
    origin: digText(path, 'origin') ?? '',
    ...(localPref === undefined ? {} : { localPref }),
    ...(med === undefined ? {} : { med }),
    communities: words(digText(dig(path, 'community'), 'string')),
    largeCommunities: words(digText(dig(path, 'largeCommunity'), 'string')),
    ...(bandwidth === undefined ? {} : { bandwidth }),
  }
}

const wellKnown: Readonly<Record<string, string>> = {
  'graceful-shutdown': '65535:0',
  'llgr-stale': '65535:6',
  'no-export': '65535:65281',
}

function words(text = ''): readonly string[] {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      const name = word.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase()
      return wellKnown[name] ?? word
    })
    .toSorted()
}

/** 'LB:65001:20000000 (160.000 Mbps)' */
function bandwidthOf(text: string): number | undefined {
  const match = /LB:\d+:(\d+)/.exec(text)
  return match === null ? undefined : Number(match[1])
}
