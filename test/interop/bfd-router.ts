// Routers that speak BFD and nothing else, each a process in a host's namespace, and their own view of the session.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dig, digText } from '../support/dig.ts'
import { startProcess } from '../support/process.ts'
import type { Running } from '../support/process.ts'
import { untilTrue } from '../support/until.ts'
import type { Host } from '../net/lan.ts'

export type RouterTimers = {
  readonly txMs: number
  readonly rxMs: number
  readonly multiplier: number
  readonly passive?: boolean
}

/** One neighbour of the router. */
export type BfdNeighbour = {
  readonly address: string
  readonly local?: string // needed of a multihop neighbour
  readonly timers: RouterTimers
  readonly authentication?: string // BIRD's words for the type
  readonly key?: string
}

/** What the router says of its session with us. */
export type RouterView = {
  readonly state: string // Up, Down, Init, AdminDown
  readonly transmitMs?: number // what it sends at
  readonly detectionMs?: number // what it waits for
}

export type BfdRouter = {
  readonly name: string
  configure(neighbour: BfdNeighbour): Promise<void>
  view(address: string): Promise<RouterView | undefined>
  /** Takes BFD down by will: it says AdminDown. */
  shutdown(neighbour: BfdNeighbour): Promise<void>
  freeze(): void
  thaw(): void
  stop(): Promise<void>
}

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

function ownFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `herald-bfd-${name}-${process.pid}-`))
}

export async function startBirdBfd(host: Host): Promise<BfdRouter> {
  const folder = ownFolder('bird')
  const [file, socket] = [join(folder, 'bird.conf'), join(folder, 'control')]
  const ask = (command: string) => run('birdc', ['-s', socket, command])
  writeFileSync(file, birdConfig(host, undefined))
  const daemon = startProcess({
    command: 'bird',
    args: ['-f', '-c', file, '-s', socket],
    namespace: host.namespace,
    logFile: join(folder, 'bird.log'),
  })
  await untilTrue('BIRD answers', () => ask('show status') !== '', { timeoutMs: 60_000 })
  return {
    name: run('bird', ['--version']).trim() || 'BIRD',
    configure: async (neighbour) => {
      // A session that stands keeps the authentication that it was made with: it is taken away first.
      for (const wish of [undefined, neighbour]) {
        writeFileSync(file, birdConfig(host, wish))
        ask('configure')
      }
      ask('enable all')
    },
    view: async (address) => birdView(ask('show bfd sessions'), address),
    shutdown: async () => {
      ask('disable bfd1')
    },
    ...frozenBy([daemon]),
    stop: async () => {
      daemon.kill('SIGKILL')
      await daemon.exited
      rmSync(folder, { recursive: true })
    },
  }
}

function birdConfig(host: Host, neighbour: BfdNeighbour | undefined): string {
  const head = [
    'log stderr all;',
    `router id 192.0.2.${Number.parseInt(host.mac.slice(-2), 16)};`,
    'protocol device { }',
  ]
  if (neighbour === undefined) return [...head, ''].join('\n')
  const { address, local, timers, authentication, key } = neighbour
  const options = [
    `min tx interval ${timers.txMs} ms;`,
    `min rx interval ${timers.rxMs} ms;`,
    `multiplier ${timers.multiplier};`,
    timers.passive === true ? 'passive on;' : '',
    authentication === undefined ? '' : `authentication ${authentication}; password "${key}" { id 7; };`,
  ].join(' ')
  const session = local === undefined ? `dev "${host.device}"` : `local ${local} multihop on`
  return [
    ...head,
    'protocol bfd bfd1 {',
    `  interface "${host.device}" { ${options} };`,
    `  multihop { ${options} };`,
    `  neighbor ${address} ${session};`,
    '}',
    '',
  ].join('\n')
}

// 192.0.2.10                eth0       Up         12:15:01.123    0.450    1.350
function birdView(table: string, address: string): RouterView | undefined {
  const row = table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(([first]) => first === address)
  if (row === undefined) return undefined
  const [, , state = '', , interval = '', timeout = ''] = row
  return {
    state,
    transmitMs: Math.round(Number(interval) * 1000),
    detectionMs: Math.round(Number(timeout) * 1000),
  }
}

const frrPrograms = '/usr/lib/frr'
// A daemon that changes its user is no longer killed with its parent: it stays root, which has to be in FRR's group.
const underOwnGroups = (group: string): readonly string[] => [
  '--mount',
  'sh',
  '-c',
  'mount --bind "$1" /etc/group && shift && exec "$@"',
  'frr',
  group,
]
const asRoot = ['--user', 'root', '--group', 'root']

export async function startFrrBfd(host: Host): Promise<BfdRouter> {
  const folder = ownFolder('frr')
  const group = join(folder, 'group')
  writeFileSync(group, readFileSync('/etc/group', 'utf8').replace(/^(frrvty:.*:)(.*)$/m, '$1$2,root'))
  const paths = (daemon: string): readonly string[] => {
    const sockets = ['--vty_socket', folder, '--socket', join(folder, 'zserv.api'), '--vty_port', '0']
    const files = [
      '--config_file',
      '/dev/null',
      '--pid_file',
      join(folder, `${daemon}.pid`),
      '--log',
      'stdout',
    ]
    return [...sockets, ...files]
  }
  const start = (daemon: string, flags: readonly string[]): Running =>
    startProcess({
      command: 'unshare',
      args: [...underOwnGroups(group), join(frrPrograms, daemon), ...paths(daemon), ...asRoot, ...flags],
      namespace: host.namespace,
      logFile: join(folder, `${daemon}.log`),
    })
  const daemons = [start('zebra', []), start('bfdd', ['--bfdctl', join(folder, 'bfdd.sock')])]
  const shell = (...commands: readonly string[]) =>
    run('vtysh', [
      '--vty_socket',
      folder,
      '--config_dir',
      folder,
      ...commands.flatMap((command) => ['-c', command]),
    ])
  const peers = (): unknown => JSON.parse(shell('show bfd peers json'))
  await untilTrue('FRR answers', () => Array.isArray(peers()), { timeoutMs: 60_000 })
  return {
    name: `bfdd ${/\d[\d.]+/.exec(run(join(frrPrograms, 'bfdd'), ['--version']))?.[0] ?? ''}`,
    configure: async (neighbour) => {
      shell('configure', 'bfd', ...frrPeer(host, neighbour), ...frrTimers(neighbour.timers), 'no shutdown')
    },
    view: async (address) => frrView(peers(), address),
    shutdown: async (neighbour) => {
      shell('configure', 'bfd', ...frrPeer(host, neighbour), 'shutdown')
    },
    ...frozenBy(daemons),
    stop: async () => {
      for (const daemon of daemons) daemon.kill('SIGKILL')
      await Promise.all(daemons.map(({ exited }) => exited))
      rmSync(folder, { recursive: true })
    },
  }
}

function frrPeer(host: Host, { address, local }: BfdNeighbour): readonly string[] {
  return local === undefined
    ? [`peer ${address} interface ${host.device}`]
    : [`peer ${address} multihop local-address ${local}`, 'minimum-ttl 250']
}

function frrTimers({ txMs, rxMs, multiplier, passive = false }: RouterTimers): readonly string[] {
  return [
    `transmit-interval ${txMs}`,
    `receive-interval ${rxMs}`,
    `detect-multiplier ${multiplier}`,
    passive ? 'passive-mode' : 'no passive-mode',
  ]
}

function frrView(peers: unknown, address: string): RouterView | undefined {
  const peer = (Array.isArray(peers) ? peers : []).find((one: unknown) => digText(one, 'peer') === address)
  if (peer === undefined) return undefined
  const number = (name: string): number => Number(dig(peer, name))
  return {
    state: { up: 'Up', init: 'Init', shutdown: 'AdminDown' }[digText(peer, 'status') ?? ''] ?? 'Down',
    transmitMs: Math.max(number('transmit-interval'), number('remote-receive-interval')),
    detectionMs:
      number('remote-detect-multiplier') *
      Math.max(number('receive-interval'), number('remote-transmit-interval')),
  }
}

function frozenBy(daemons: readonly Running[]): { freeze: () => void; thaw: () => void } {
  return {
    freeze: () => daemons.forEach((daemon) => daemon.kill('SIGSTOP')),
    thaw: () => daemons.forEach((daemon) => daemon.kill('SIGCONT')),
  }
}
