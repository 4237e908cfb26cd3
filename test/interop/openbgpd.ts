// OpenBGPD as a router of the stories: bgpd without the kernel's route table, asked and told by bgpctl.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dig, digList, digText } from '../support/dig.ts'
import { tailOf } from '../support/process.ts'
import { removeFolder } from '../support/temporary.ts'
import { until } from '../support/until.ts'
import { end } from './place.ts'
import type { Daemon, Place } from './place.ts'
import type { Router, RouterWish, RouteView } from './router.ts'

const program = '/usr/sbin/bgpd'
const jail = '/run/openbgpd' // of its unprivileged processes; its package leaves it to systemd to make it

export const openBgpdVersion = (): string => {
  const said = execFileSync('sh', ['-c', `${program} -V 2>&1`], { encoding: 'utf8' })
  return `OpenBGPD ${/\d[\d.]*/.exec(said)?.[0] ?? ''}`.trim()
}

export async function startOpenBgpd(place: Place, wish: RouterWish): Promise<Router> {
  if (!place.isContainer) mkdirSync(jail, { recursive: true, mode: 0o755 }) // its image has it
  const folder = place.makeFolder('openbgpd')
  const [file, socket, log] = [join(folder, 'bgpd.conf'), join(folder, 'control'), join(folder, 'log')]
  writeFileSync(file, configOf(wish, socket), { mode: 0o600 })
  const bgpctl = (...words: readonly string[]): Promise<string> =>
    place.run('bgpctl', ['-s', socket, ...words])
  const neighbour = wish.herald.address
  const neighbourSays = async (): Promise<unknown> => {
    return dig(JSON.parse(await bgpctl('-j', 'show', 'neighbor', neighbour)), 'neighbors', 0)
  }
  const start = async (): Promise<Daemon> => {
    const daemon = await place.start({ command: program, args: ['-d', '-f', file], logFile: log })
    const answers = async () => ((await neighbourSays()) === undefined ? undefined : true)
    await until('OpenBGPD answers', answers, { timeoutMs: 30_000 }).catch((error: unknown) => {
      throw new Error(`OpenBGPD: ${tailOf(log)}`, { cause: error })
    })
    return daemon
  }
  let daemon = await start()
  const routes = async (...what: readonly string[]): Promise<readonly unknown[]> =>
    digList(JSON.parse(await bgpctl('-j', 'show', 'rib', ...what)), 'rib')
  const isOurs = (route: unknown): boolean => digText(route, 'neighbor', 'remote_addr') === neighbour
  return {
    name: openBgpdVersion(),
    session: async () => {
      const said = await neighbourSays()
      const errors = ['last_error_sent', 'last_error_received', 'last_shutdown_reason']
      return {
        isEstablished: digText(said, 'state') === 'Established',
        lastError: errors
          .map((name) => digText(said, name) ?? '')
          .join(' ')
          .trim(),
      }
    },
    prefixes: async (family) =>
      (await routes(family.toLowerCase(), 'neighbor', neighbour)).map(
        (each) => digText(each, 'prefix') ?? '',
      ),
    route: async (prefix) => routeOf((await routes('detail', prefix)).find(isOurs)),
    freeze: () => daemon.killAll('SIGSTOP'), // it is four processes
    thaw: () => daemon.killAll('SIGCONT'),
    restart: async () => {
      daemon.kill('SIGTERM')
      await daemon.exited
      daemon = await start()
    },
    refresh: async () => {
      await bgpctl('neighbor', neighbour, 'refresh')
    },
    shutdown: async (text) => {
      await bgpctl('neighbor', neighbour, 'down', text)
    },
    stop: async () => {
      await end(daemon)
      removeFolder(folder)
    },
  }
}

function configOf(wish: RouterWish, socket: string): string {
  const { asNumber, identifier, local, herald, families, holdTimeS, connects, announces = [] } = wish
  const { password, ttlSecurity = false, gracefulRestartS, prefixLimit } = wish
  return [
    `AS ${asNumber}`,
    `router-id ${identifier}`,
    `listen on ${local}`,
    `socket "${socket}"`,
    'fib-update no',
    'nexthop qualify via default',
    ...announces.map((prefix) => `network ${prefix}`),
    `neighbor ${herald.address} {`,
    `  remote-as ${herald.asNumber}`,
    `  local-address ${local}`,
    `  holdtime ${holdTimeS}`,
    ...(connects ? [] : ['  passive']),
    ...(['IPv4', 'IPv6'] as const).map(
      (family) => `  announce ${family} ${families.includes(family) ? 'unicast' : 'none'}`,
    ),
    `  announce restart ${gracefulRestartS === undefined ? 'no' : 'yes'}`,
    ...(password === undefined ? [] : [`  tcp md5sig password ${password}`]),
    ...(ttlSecurity ? ['  ttl-security yes'] : []),
    ...(prefixLimit === undefined ? [] : [`  max-prefix ${prefixLimit} restart 1`]),
    '}',
    'allow from any',
    'allow to any',
    '',
  ].join('\n')
}

const wellKnown: Readonly<Record<string, string>> = { GRACEFUL_SHUTDOWN: '65535:0', NO_EXPORT: '65535:65281' }

function routeOf(route: unknown): RouteView | undefined {
  if (route === undefined) return undefined
  const number = (name: string) => {
    const value = dig(route, name)
    return typeof value === 'number' ? value : undefined
  }
  const list = (name: string): readonly string[] =>
    digList(route, name)
      .map((each) => wellKnown[String(each)] ?? String(each))
      .toSorted()
  const [localPref, med] = [number('localpref'), number('metric')]
  const origin = digText(route, 'origin') ?? ''
  return {
    nextHop: digText(route, 'exit_nexthop') ?? '',
    asPath: digText(route, 'aspath') ?? '',
    origin: origin === 'incomplete' ? origin : origin.toUpperCase(),
    ...(localPref === undefined ? {} : { localPref }),
    ...(med === undefined ? {} : { med }),
    communities: list('communities'),
    largeCommunities: list('large_communities'),
  }
}
