// FRR in the lab: zebra, bgpd and bfdd in the router's namespace, configured for sessions with all nodes.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dig, digList, digText } from '../../test/support/dig.ts'
import { startProcess } from '../../test/support/process.ts'
import { untilTrue } from '../../test/support/until.ts'
import { namespaceName, nodesAs, routers } from './names.ts'
import { bfdTimers, kernelSpreadsOver, nodeNeighbours, nodesWithAddresses } from './router.ts'
import type { Daemon, Router } from './router.ts'
import { run } from './shell.ts'

const programs = '/usr/lib/frr'
const { asNumber, near } = routers.frr

export async function startFrr(id: string, folder: string): Promise<Router> {
  const own = join(folder, 'frr')
  mkdirSync(own)
  writeFileSync(join(own, 'frr.conf'), configuration())
  writeFileSync(join(own, 'group'), groups())
  const ask = (command: string) => run('vtysh', ['--vty_socket', own, '--config_dir', own, '-c', command])
  const zebra = startDaemon({ id, own, daemon: 'zebra' })
  await untilTrue('zebra answers', async () => (await ask(clientsOfZebra)) !== '')
  const bfdd = startDaemon({ id, own, daemon: 'bfdd', flags: ['--bfdctl', join(own, 'bfdd.sock')] })
  const bgpd = startDaemon({ id, own, daemon: 'bgpd' })
  const daemons = [zebra, bfdd, bgpd]
  await untilTrue('bgpd answers', async () => (await ask('show bgp summary json')) !== '')
  await untilTrue('bgpd has found zebra', async () => /^bgp /m.test(await ask(clientsOfZebra)))
  await run('vtysh', ['--vty_socket', own, '--config_dir', own, '-f', join(own, 'frr.conf')])
  return {
    name: 'frr',
    ask,
    sessions: async () => sessionsIn(JSON.parse(await ask('show bgp summary json'))),
    heardFrom: async (prefix) => {
      const family = prefix.includes(':') ? 'ipv6' : 'ipv4'
      return nodesWithAddresses(
        nextHopsIn(JSON.parse(await ask(`show bgp ${family} unicast ${prefix} json`))),
      )
    },
    spreadsOver: (prefix) => kernelSpreadsOver(id, 'frr', prefix),
    daemons,
    questions: [
      'show bgp summary',
      'show bgp all',
      'show bgp nexthop detail',
      'show ip route',
      'show ipv6 route',
    ],
    freeze: () => daemons.forEach((daemon) => daemon.kill('SIGSTOP')),
    thaw: () => daemons.forEach((daemon) => daemon.kill('SIGCONT')),
    stop: async () => {
      for (const daemon of daemons) daemon.kill('SIGKILL')
      await Promise.all(daemons.map(({ exited }) => exited))
    },
  }
}

/**
 * Without zebra bgpd knows no interfaces, and takes sessions all the same: for as long as such a session lasts it drops
 * every IPv6 route that has a link-local next hop. When it finds no zebra at first, it looks again after 10 s.
 */
const clientsOfZebra = 'show zebra client summary'

// A daemon that changes its user is no longer killed with its parent: it stays root, which has to be in FRR's group.
const underOwnGroups = 'mount --bind "$1" /etc/group && shift && exec "$@"'

const asRoot = ['--user', 'root', '--group', 'root']

function groups(): string {
  return readFileSync('/etc/group', 'utf8').replace(/^(frrvty:.*:)(.*)$/m, '$1$2,root')
}

type Wish = {
  readonly id: string
  readonly own: string // the folder
  readonly daemon: string
  readonly flags?: readonly string[]
}

function startDaemon({ id, own, daemon, flags = [] }: Wish): Daemon {
  const paths = ['--vty_socket', own, '--socket', join(own, 'zserv.api'), '--config_file', '/dev/null']
  const rest = ['--pid_file', join(own, `${daemon}.pid`), '--log', 'stdout', '--vty_port', '0']
  const inside = [join(own, 'group'), join(programs, daemon), ...paths, ...rest, ...asRoot, ...flags]
  const logFile = join(own, `${daemon}.log`)
  const running = startProcess({
    command: 'unshare',
    args: ['--mount', 'sh', '-c', underOwnGroups, 'frr', ...inside],
    namespace: namespaceName(id, 'frr'),
    logFile,
  })
  return { ...running, name: daemon, logFile }
}

function configuration(): string {
  const { intervalMs, detectMultiplier } = bfdTimers
  return [
    'log timestamp precision 3',
    'bfd',
    ' profile lab',
    `  receive-interval ${intervalMs}`,
    `  transmit-interval ${intervalMs}`,
    `  detect-multiplier ${detectMultiplier}`,
    ' exit',
    'exit',
    `router bgp ${asNumber}`,
    ` bgp router-id ${near.IPv4}`,
    ' no bgp ebgp-requires-policy',
    ' no bgp default ipv4-unicast',
    ' bgp bestpath as-path multipath-relax',
    ...nodeNeighbours.flatMap(({ address }) => [
      ` neighbor ${address} remote-as ${nodesAs}`,
      ` neighbor ${address} passive`,
      ` neighbor ${address} bfd profile lab`,
    ]),
    ...(['IPv4', 'IPv6'] as const).flatMap((family) => [
      ` address-family ${family.toLowerCase()} unicast`,
      '  maximum-paths 8',
      ...nodeNeighbours
        .filter((neighbour) => neighbour.family === family)
        .map(({ address }) => `  neighbor ${address} activate`),
      ' exit-address-family',
    ]),
    'exit',
    '',
  ].join('\n')
}

function sessionsIn(summary: unknown): ReadonlyMap<string, string> {
  const families = ['ipv4Unicast', 'ipv6Unicast'].map((family) => dig(summary, family, 'peers'))
  const peers = families.flatMap((family) => Object.entries(typeof family === 'object' ? (family ?? {}) : {}))
  return new Map(peers.map(([address, peer]) => [address, digText(peer, 'state') ?? 'Idle']))
}

// A global next hop and, by IPv6, a link-local one.
function nextHopsIn(route: unknown): readonly string[] {
  return digList(route, 'paths').flatMap((path) =>
    digList(path, 'nexthops').flatMap((hop) => digText(hop, 'ip') ?? []),
  )
}
