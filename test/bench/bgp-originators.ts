// The originators of the bgp bench behind one type: Herald's engine, GoBGP and ExaBGP, each as its users run it.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createWriteStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { residentMb } from '../../hack/lab/herald.ts'
import type { PeerConfig } from '../../protocols/bgp/config.ts'
import type { Host } from '../net/lan.ts'
import { commandLine, startProcess, tailOf } from '../support/process.ts'
import type { Running } from '../support/process.ts'
import { makeTemporaryFolder, removeFolder } from '../support/temporary.ts'
import { pause, untilTrue } from '../support/until.ts'
import type { Answer, Wish } from './bgp-inside.ts'
import type { Ends } from './bgp-receiver.ts'
import { changeAt, inTime, prefixAt, sameCommunity, wallClock } from './bgp-prefixes.ts'
import type { Change, ChangePlan } from './bgp-prefixes.ts'
import { openGoBgpApi } from './gobgp-api.ts'

export type Scene = {
  readonly host: Host
  readonly ends: readonly Ends[] // one a session
  readonly as: { readonly ours: number; readonly theirs: number }
  readonly held: number // prefixes that it has before any session opens
}

export type Originator = {
  readonly idleMb: number // resident, with its peers and without a prefix
  readonly residentMb: () => Promise<number>
  /** So many prefixes and no others; gives when it was asked to, wall clock. */
  readonly announce: (count: number) => Promise<number>
  readonly withdraw: (count: number) => Promise<number> // all that it has
  readonly change: (plan: ChangePlan) => Promise<readonly number[]> // when each was asked for
  readonly stop: () => Promise<void>
}

export type OriginatorKind = {
  readonly name: string // 'GoBGP 3.10.0'
  readonly isDialled: boolean // else it dials
  readonly start: (scene: Scene) => Promise<Originator>
}

export function originators(): readonly OriginatorKind[] {
  return [
    { name: 'Herald', isDialled: false, start: startHerald },
    { name: versionOf('gobgpd', 'GoBGP'), isDialled: true, start: startGoBgp },
    { name: versionOf('exabgp', 'ExaBGP'), isDialled: false, start: startExaBgp },
  ]
}

function versionOf(command: string, name: string): string {
  const { stdout, error } = spawnSync(command, ['--version'], { encoding: 'utf8' })
  if (error !== undefined) throw new Error(`${command} does not run`, { cause: error })
  return `${name} ${/\d+(\.\d+)+/.exec(stdout)?.[0] ?? ''}`
}

const settleMs = 1500

async function settled(pid: number): Promise<number> {
  await pause(settleMs)
  return residentMb(pid)
}

async function startHerald(scene: Scene): Promise<Originator> {
  const script = new URL('./bgp-inside.ts', import.meta.url).pathname
  const what = { command: process.execPath, args: [script], namespace: scene.host.namespace }
  const [command = 'setpriv', ...args] = commandLine(what)
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const tell = async (wish: Wish): Promise<readonly number[]> => {
    child.stdin.write(`${JSON.stringify(wish)}\n`)
    const line = await lines.next()
    if (line.done === true) throw new Error('the engine of Herald ended')
    const answer: Answer = JSON.parse(line.value)
    return answer.at
  }
  const hold = async (count: number) => (await tell({ type: 'hold', count }))[0] ?? Number.NaN
  const pid = child.pid ?? -1
  await tell({ type: 'peers', peers: heraldPeers(scene) })
  const idleMb = await settled(pid)
  await hold(scene.held)
  return {
    idleMb,
    residentMb: () => residentMb(pid),
    announce: hold,
    withdraw: () => hold(0),
    change: (plan) => tell({ type: 'change', plan }),
    stop: async () => {
      const exited = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await exited
    },
  }
}

function heraldPeers({ ends, as }: Scene): readonly PeerConfig[] {
  return ends.map(({ ours, theirs }, index) => ({
    name: `r${index + 1}`,
    endpoint: {
      remote: { address: theirs, port: 179 },
      sourceAddress: ours,
      transport: 'Kernel',
      ttl: { type: 'hops', hops: 1 },
      listen: false,
    },
    session: {
      localAs: as.ours,
      peerAs: as.theirs,
      identifier: ends[0]?.ours ?? '',
      families: ['IPv4'],
      holdTimeS: 90,
      passive: false,
      connectRetryMs: 1000,
      delayOpenMs: 0,
      idleHold: { firstMs: 500, longestMs: 2000 },
    },
  }))
}

async function ended(daemon: Running, folder: string): Promise<void> {
  daemon.kill('SIGKILL')
  await daemon.exited
  removeFolder(folder)
}

async function startGoBgp(scene: Scene): Promise<Originator> {
  const folder = makeTemporaryFolder('bench-gobgp')
  const [config, log, socket] = [join(folder, 'gobgpd.toml'), join(folder, 'log'), join(folder, 'api')]
  writeFileSync(config, goBgpConfig(scene))
  const daemon = startProcess({
    command: 'gobgpd',
    args: ['-f', config, '--api-hosts', `unix://${socket}`, '--pprof-disable', '-l', 'warn'],
    namespace: scene.host.namespace,
    logFile: log,
  })
  const ask = (...args: readonly string[]) => run('gobgp', ['--target', `unix://${socket}`, ...args])
  const total = () => Number(/Destination: (\d+)/.exec(ask('global', 'rib', 'summary'))?.[1] ?? Number.NaN)
  await untilTrue('GoBGP answers', () => total() === 0, { timeoutMs: 20_000 }).catch((error: unknown) => {
    throw new Error(`GoBGP: ${tailOf(log)}`, { cause: error })
  })
  const idleMb = await settled(daemon.pid)
  const api = openGoBgpApi(socket, { nextHop: scene.ends[0]?.ours ?? '', community: sameCommunity })
  const say = (changes: readonly Change[]): number => {
    const at = wallClock()()
    api.send(changes)
    return at
  }
  say(changesOf('announce', scene.held))
  await untilTrue('GoBGP has its routes', () => total() === scene.held, { timeoutMs: 60_000 })
  return {
    idleMb,
    residentMb: () => residentMb(daemon.pid),
    announce: async (count) => say(changesOf('announce', count)),
    withdraw: async (count) => say(changesOf('withdraw', count)),
    change: (plan) => inTime(plan, (index) => api.send([changeAt(index, plan.window)])),
    stop: async () => {
      api.close()
      await ended(daemon, folder)
    },
  }
}

function changesOf(kind: Change['kind'], count: number): readonly Change[] {
  return Array.from({ length: count }, (_, index) => ({ kind, prefix: prefixAt(index) }))
}

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

function goBgpConfig({ ends, as }: Scene): string {
  const neighbours = ends.flatMap(({ ours, theirs }) => [
    '[[neighbors]]',
    '  [neighbors.config]',
    `    neighbor-address = "${theirs}"`,
    `    peer-as = ${as.theirs}`,
    '  [neighbors.transport.config]',
    '    passive-mode = true',
    `    local-address = "${ours}"`,
    '  [neighbors.timers.config]',
    '    hold-time = 90',
    '    idle-hold-time-after-reset = 1',
  ])
  const listens = ends.map(({ ours }) => `"${ours}"`).join(', ')
  const own = [`  as = ${as.ours}`, `  router-id = "${ends[0]?.ours}"`, `  local-address-list = [${listens}]`]
  return ['[global.config]', ...own, ...neighbours, ''].join('\n')
}

/** What it holds from the start stands in its configuration; what changes comes through its API, a line each. */
async function startExaBgp(scene: Scene): Promise<Originator> {
  const folder = makeTemporaryFolder('bench-exabgp')
  const pipe = join(folder, 'commands')
  execFileSync('mkfifo', [pipe])
  const empty = startExaBgpWith(exaBgpConfig({ ...scene, held: 0 }), { scene, folder })
  const idleMb = await settled(empty.pid)
  empty.kill('SIGKILL')
  await empty.exited
  const daemon = startExaBgpWith(exaBgpConfig(scene, pipe), { scene, folder })
  const feed = createWriteStream(pipe, { flags: 'r+' }) // a pipe that has a reader is opened at once
  const say = (changes: readonly Change[]): number => {
    const at = wallClock()()
    feed.write(changes.map(exaBgpLine).join(''))
    return at
  }
  return {
    idleMb,
    residentMb: () => residentMb(daemon.pid),
    announce: async (count) => say(changesOf('announce', count)),
    withdraw: async (count) => say(changesOf('withdraw', count)),
    change: (plan) => inTime(plan, (index) => feed.write(exaBgpLine(changeAt(index, plan.window)))),
    stop: async () => {
      feed.destroy()
      await ended(daemon, folder)
    },
  }
}

function exaBgpLine({ kind, prefix }: Change): string {
  return `${kind} route ${exaBgpRoute(prefix)}\n`
}

function startExaBgpWith(
  text: string,
  { scene, folder }: { readonly scene: Scene; readonly folder: string },
): Running {
  const config = join(folder, 'exabgp.conf')
  writeFileSync(config, text)
  const env = {
    'exabgp.daemon.drop': 'false',
    'exabgp.api.ack': 'false',
    'exabgp.api.cli': 'false',
    'exabgp.log.level': 'WARNING',
  }
  const logFile = join(folder, 'log')
  return startProcess({
    command: 'exabgp',
    args: [config],
    namespace: scene.host.namespace,
    logFile,
    env,
    directory: folder,
  })
}

/** Without a pipe it has no API. What reads the pipe is a child of ExaBGP's, and ends with the pipe's writer. */
function exaBgpConfig({ ends, as, held }: Scene, pipe?: string): string {
  const routes = Array.from({ length: held }, (_, number) => `    route ${exaBgpRoute(prefixAt(number))};`)
  const feed = pipe === undefined ? [] : [`process feed { run /bin/cat ${pipe}; encoder text; }`]
  const neighbours = ends.flatMap(({ ours, theirs }) => [
    `neighbor ${theirs} {`,
    `  router-id ${ends[0]?.ours};`,
    `  local-address ${ours};`,
    `  local-as ${as.ours};`,
    `  peer-as ${as.theirs};`,
    '  hold-time 90;',
    '  family { ipv4 unicast; }',
    ...(pipe === undefined ? [] : ['  api { processes [ feed ]; }']),
    '  static {',
    ...routes,
    '  }',
    '}',
  ])
  return [...feed, ...neighbours, ''].join('\n')
}

function exaBgpRoute(prefix: string): string {
  return `${prefix} next-hop self community [${sameCommunity}]`
}
