// ExaBGP as a router of the stories. It keeps no table of what it hears: it tells a program of ours each message as JSON,
// and the table is what that adds up to. The same program hands it our commands.
import { execFileSync } from 'node:child_process'
import { createWriteStream, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dig, digList, digText, isRecord } from '../support/dig.ts'
import { tailOf } from '../support/process.ts'
import { removeFolder } from '../support/temporary.ts'
import { untilTrue } from '../support/until.ts'
import { end } from './place.ts'
import type { Daemon, Place } from './place.ts'
import { familyOfPrefix } from './router.ts'
import type { Router, RouterWish, RouteView } from './router.ts'

export const exaBgpVersion = (): string => {
  const said = execFileSync('exabgp', ['--version'], { encoding: 'utf8' })
  return `ExaBGP ${/\d[\d.]*/.exec(said)?.[0] ?? ''}`.trim()
}

/** Commands come by a pipe that we keep open; what ExaBGP says goes to a file. */
const program = 'echo "$$" > "$3"; cat "$1" & exec cat >> "$2"'

/** With underscores: a shell on the way drops names with dots. */
const quiet = {
  exabgp_daemon_drop: 'false',
  exabgp_daemon_user: 'root',
  exabgp_api_ack: 'false',
  exabgp_api_cli: 'false',
  exabgp_log_level: 'INFO',
}

export async function startExaBgp(place: Place, wish: RouterWish): Promise<Router> {
  const folder = place.makeFolder('exabgp')
  const at = (name: string): string => join(folder, name)
  execFileSync('mkfifo', [at('commands')])
  writeFileSync(at('program'), program)
  writeFileSync(at('exabgp.conf'), configOf(wish, folder))
  const commands = createWriteStream(at('commands'), { flags: 'r+' })
  const start = async (): Promise<Daemon> => {
    writeFileSync(at('said'), '')
    writeFileSync(at('ready'), '')
    const daemon = await place.start({
      command: 'exabgp',
      args: [at('exabgp.conf')],
      logFile: at('log'),
      env: quiet,
      directory: folder,
    })
    const answers = () => existsSync(at('ready')) && readFileSync(at('ready'), 'utf8') !== ''
    await untilTrue('ExaBGP has started its program', answers, { timeoutMs: 30_000 }).catch(
      (error: unknown) => {
        throw new Error(`ExaBGP: ${tailOf(at('log'))}`, { cause: error })
      },
    )
    return daemon
  }
  let daemon = await start()
  let [sum, position] = [newHeard(), 0]
  const heard = (): Heard => {
    const said = readFileSync(at('said'))
    // A line that is only half written is not yet heard.
    const end = said.lastIndexOf('\n') + 1
    for (const line of said.toString('utf8', position, end).split('\n')) if (line !== '') take(sum, line)
    position = end
    return sum
  }
  return {
    name: exaBgpVersion(),
    session: async () => ({ isEstablished: heard().isUp, lastError: heard().lastError }),
    prefixes: async (family) =>
      [...heard().routes.keys()].filter((prefix) => familyOfPrefix(prefix) === family),
    route: async (prefix) => heard().routes.get(prefix),
    freeze: () => daemon.kill('SIGSTOP'),
    thaw: () => daemon.kill('SIGCONT'),
    restart: async () => {
      await end(daemon)
      sum = newHeard()
      position = 0
      daemon = await start()
    },
    refresh: async () => {
      for (const family of wish.families)
        commands.write(
          `neighbor ${wish.herald.address} announce route-refresh ${family.toLowerCase()} unicast\n`,
        )
    },
    shutdown: () => Promise.reject(new Error('ExaBGP sends no text')),
    stop: async () => {
      await end(daemon)
      commands.destroy()
      removeFolder(folder)
    },
  }
}

function configOf(wish: RouterWish, folder: string): string {
  const { asNumber, identifier, local, herald, families, holdTimeS, connects, announces = [] } = wish
  const { password, ttlSecurity = false, gracefulRestartS } = wish
  const names = families.map((family) => `${family.toLowerCase()} unicast;`).join(' ')
  const capabilities = [
    'route-refresh enable;',
    'nexthop enable;',
    gracefulRestartS === undefined ? '' : `graceful-restart ${gracefulRestartS};`,
  ]
  const command = ['program', 'commands', 'said', 'ready'].map((name) => join(folder, name)).join(' ')
  return [
    `process herald { run /bin/sh ${command}; encoder json; }`,
    `neighbor ${herald.address} {`,
    `  router-id ${identifier};`,
    `  local-address ${local};`,
    `  local-as ${asNumber};`,
    `  peer-as ${herald.asNumber};`,
    `  hold-time ${holdTimeS};`,
    connects ? '' : '  passive true;\n  listen 179;',
    password === undefined ? '' : `  md5-password "${password}";`,
    ttlSecurity ? '  incoming-ttl 255;\n  outgoing-ttl 255;' : '',
    `  family { ${names} }`,
    `  capability { ${capabilities.join(' ')} }`,
    '  nexthop { ipv4 unicast ipv6; }',
    '  api {',
    '    processes [ herald ];',
    '    neighbor-changes;',
    '    receive { parsed; update; notification; }',
    '    send { parsed; notification; }',
    '  }',
    '  static {',
    ...announces.map((prefix) => `    route ${prefix} next-hop self;`),
    '  }',
    '}',
    '',
  ].join('\n')
}

type Heard = {
  isUp: boolean
  lastError: string
  readonly routes: Map<string, RouteView>
}

const newHeard = (): Heard => ({ isUp: false, lastError: '', routes: new Map() })

function take(heard: Heard, line: string): void {
  // What a NOTIFICATION says goes into it as it is.
  const neighbour = dig(JSON.parse(line.replaceAll(/\p{Cc}/gu, ' ')), 'neighbor')
  const state = digText(neighbour, 'state')
  if (state === 'up') heard.isUp = true
  if (state === 'down') {
    heard.isUp = false
    heard.routes.clear()
    heard.lastError = digText(neighbour, 'reason') ?? ''
  }
  takeUpdate(heard, dig(neighbour, 'message', 'update'), line)
}

function takeUpdate({ routes }: Heard, update: unknown, line: string): void {
  for (const prefixes of valuesOf(dig(update, 'withdraw')))
    for (const prefix of prefixesIn(prefixes)) routes.delete(prefix)
  for (const byNextHop of valuesOf(dig(update, 'announce')))
    for (const [nextHop, prefixes] of Object.entries(isRecord(byNextHop) ? byNextHop : {}).toReversed()) {
      // Of two next hops (RFC 2545) the global one comes first.
      const route = routeOf(nextHop, dig(update, 'attribute'), line)
      for (const prefix of prefixesIn(prefixes)) routes.set(prefix, route)
    }
}

function prefixesIn(list: unknown): readonly string[] {
  return digList(list).map((each) => digText(each, 'nlri') ?? '')
}

function valuesOf(record: unknown): readonly unknown[] {
  return isRecord(record) ? Object.values(record) : []
}

function routeOf(nextHop: string, attributes: unknown, line: string): RouteView {
  const number = (name: string) => {
    const value = dig(attributes, name)
    return typeof value === 'number' ? value : undefined
  }
  const tuples = (name: string) =>
    digList(attributes, name)
      .map((each) => digList(each).join(':'))
      .toSorted()
  const [localPref, med, bandwidth] = [number('local-preference'), number('med'), bandwidthIn(line)]
  const origin = digText(attributes, 'origin') ?? ''
  return {
    nextHop,
    asPath: digList(attributes, 'as-path').join(' '),
    origin: origin === 'incomplete' ? origin : origin.toUpperCase(),
    ...(localPref === undefined ? {} : { localPref }),
    ...(med === undefined ? {} : { med }),
    communities: tuples('community'),
    largeCommunities: tuples('large-community'),
    ...(bandwidth === undefined ? {} : { bandwidth }),
  }
}

const linkBandwidth = 0x4004n // type and subtype

/** Eight octets as one number, which JSON of JavaScript cannot hold: read from the text. */
function bandwidthIn(line: string): number | undefined {
  for (const [, digits = '0'] of line.matchAll(/\{ "value": (\d+)/g)) {
    const value = BigInt(digits)
    if (value >> 48n !== linkBandwidth) continue
    const view = new DataView(new ArrayBuffer(8))
    view.setBigUint64(0, value)
    return view.getFloat32(4)
  }
  return undefined
}
