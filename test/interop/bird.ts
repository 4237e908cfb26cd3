// BIRD 2 as a router of the stories.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tailOf } from '../support/process.ts'
import { removeFolder } from '../support/temporary.ts'
import { until } from '../support/until.ts'
import { end } from './place.ts'
import type { Daemon, Place } from './place.ts'
import { familyOfPrefix } from './router.ts'
import type { Router, RouterWish, RouteView } from './router.ts'

/** It tells its version on stderr. */
export function birdVersion(): string {
  const { stderr } = spawnSync('bird', ['--version'], { encoding: 'utf8' })
  return `BIRD ${/\d[\d.]*/.exec(stderr)?.[0] ?? ''}`.trim()
}

const tables = { IPv4: 'master4', IPv6: 'master6' } as const

export async function startBird(place: Place, wish: RouterWish): Promise<Router> {
  const folder = place.makeFolder('bird')
  const [file, socket, log] = [join(folder, 'bird.conf'), join(folder, 'control'), join(folder, 'log')]
  writeFileSync(file, configOf(wish))
  const ask = (command: string): Promise<string> => place.run('birdc', ['-s', socket, command])
  const start = async (options: readonly string[]): Promise<Daemon> => {
    const args = ['-f', '-c', file, '-s', socket, ...options]
    const daemon = await place.start({ command: 'bird', args, logFile: log })
    await until('BIRD answers', () => ask('show status'), { timeoutMs: 60_000 }).catch((error: unknown) => {
      throw new Error(`BIRD: ${tailOf(log)}`, { cause: error })
    })
    return daemon
  }
  let daemon = await start([])
  return {
    name: birdVersion(),
    session: async () => {
      const said = await ask('show protocols all herald')
      return {
        isEstablished: /BGP state:\s+Established/.test(said),
        lastError: /Last error:\s+(.*)/.exec(said)?.[1] ?? '',
      }
    },
    prefixes: async (family) => {
      const said = await ask(`show route table ${tables[family]} protocol herald`)
      return [...said.matchAll(/^(\S+\/\d+)\s/gm)].map(([, prefix = '']) => prefix)
    },
    route: async (prefix) =>
      routeOf(
        await ask(`show route for ${prefix} all table ${tables[familyOfPrefix(prefix)]} protocol herald`),
      ),
    freeze: () => daemon.kill('SIGSTOP'),
    thaw: () => daemon.kill('SIGCONT'),
    restart: async () => {
      const isGraceful = wish.gracefulRestartS !== undefined
      await ask(isGraceful ? 'graceful restart' : 'down')
      await daemon.exited
      daemon = await start(isGraceful ? ['-R'] : [])
    },
    refresh: async () => {
      await ask('reload in herald')
    },
    shutdown: async (text) => {
      await ask(`disable herald "${text}"`)
    },
    stop: async () => {
      await end(daemon)
      removeFolder(folder)
    },
  }
}

function configOf(wish: RouterWish): string {
  const { local, asNumber, identifier, herald, families, holdTimeS, connects, announces = [] } = wish
  const { password, ttlSecurity = false, gracefulRestartS, prefixLimit, longLivedS } = wish
  const channels = families.map((family) => {
    const limit =
      family === 'IPv4' && prefixLimit !== undefined ? `import limit ${prefixLimit} action restart;` : ''
    const exported = family === 'IPv4' ? 'export where proto = "announced";' : 'export none;'
    return `  ${family.toLowerCase()} { import all; ${exported} ${limit} next hop self; extended next hop on; };`
  })
  return [
    'log stderr all;',
    `router id ${identifier};`,
    'protocol device { }',
    'protocol static announced {',
    '  ipv4;',
    ...announces.map((prefix) => `  route ${prefix} blackhole;`),
    '}',
    'protocol bgp herald {',
    `  local ${local} as ${asNumber};`,
    `  neighbor ${herald.address} as ${herald.asNumber};`,
    `  hold time ${holdTimeS};`,
    '  connect retry time 1;',
    '  connect delay time 1;',
    '  error wait time 1, 2;',
    '  enable extended messages on;',
    connects ? '' : '  passive on;',
    password === undefined ? '' : `  password "${password}";`,
    ttlSecurity ? '  ttl security on;' : '',
    gracefulRestartS === undefined ? '' : `  graceful restart on; graceful restart time ${gracefulRestartS};`,
    longLivedS === undefined ? '' : `  long lived graceful restart on; long lived stale time ${longLivedS};`,
    ...channels,
    '}',
    '',
  ].join('\n')
}

/** What stands behind a name, in the lines of `show route all`. */
function routeOf(said: string): RouteView | undefined {
  const field = (name: string) => new RegExp(`BGP\\.${name}: *(.*)`).exec(said)?.[1]?.trim()
  const nextHop = field('next_hop')
  if (nextHop === undefined) return undefined
  const number = (name: string) => (field(name) === undefined ? undefined : Number(field(name)))
  const localPref = number('local_pref')
  const med = number('med')
  const bandwidth = bandwidthOf(field('ext_community') ?? '')
  return {
    nextHop: nextHop.split(' ')[0] ?? '',
    asPath: field('as_path') ?? '',
    origin: { Incomplete: 'incomplete' }[field('origin') ?? ''] ?? field('origin') ?? '',
    ...(localPref === undefined ? {} : { localPref }),
    ...(med === undefined ? {} : { med }),
    communities: tuples(field('community') ?? ''),
    largeCommunities: tuples(field('large_community') ?? ''),
    ...(bandwidth === undefined ? {} : { bandwidth }),
  }
}

/** '(65001,1) (65001, 2)' */
function tuples(text: string): readonly string[] {
  return [...text.matchAll(/\(([^)]*)\)/g)]
    .map(([, inside = '']) => inside.replaceAll(/,\s*/g, ':'))
    .toSorted()
}

/** '(unknown 0x4004, 65001, 1207182336)': the last number is a float. */
function bandwidthOf(text: string): number | undefined {
  const match = /\(unknown 0x[04]004, \d+, (\d+)\)/.exec(text)
  if (match?.[1] === undefined) return undefined
  const view = new DataView(new ArrayBuffer(4))
  view.setUint32(0, Number(match[1]))
  return view.getFloat32(0)
}
