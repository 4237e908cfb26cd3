// BIRD in the lab: one process in the router's namespace, configured for sessions with all nodes.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startProcess } from '../../test/support/process.ts'
import { untilTrue } from '../../test/support/until.ts'
import { namespaceName, nodesAs, routers } from './names.ts'
import { bfdTimers, kernelSpreadsOver, nodeNeighbours, nodesWithAddresses } from './router.ts'
import type { Router } from './router.ts'
import { run } from './shell.ts'

const { asNumber, near } = routers.bird

export async function startBird(id: string, folder: string): Promise<Router> {
  const own = join(folder, 'bird')
  mkdirSync(own)
  const configFile = join(own, 'bird.conf')
  const socket = join(own, 'control')
  writeFileSync(configFile, configuration())
  const logFile = join(own, 'bird.log')
  const daemon = startProcess({
    command: 'bird',
    args: ['-f', '-c', configFile, '-s', socket],
    namespace: namespaceName(id, 'bird'),
    logFile,
  })
  const ask = (command: string) => run('birdc', ['-s', socket, command])
  const answers = async (): Promise<boolean> => (await ask('show status').catch(() => '')) !== ''
  await untilTrue('BIRD answers', answers, { timeoutMs: 60_000 })
  return {
    name: 'bird',
    ask,
    sessions: async () => sessionsIn(await ask('show protocols')),
    heardFrom: async (prefix) => nodesWithAddresses(nextHopsIn(await ask(pathsTo(prefix)))),
    spreadsOver: (prefix) => kernelSpreadsOver(id, 'bird', prefix),
    daemons: [{ ...daemon, logFile }],
    questions: ['show protocols', 'show route all'],
    freeze: () => daemon.kill('SIGSTOP'),
    thaw: () => daemon.kill('SIGCONT'),
    stop: async () => {
      daemon.kill('SIGKILL')
      await daemon.exited
    },
  }
}

function configuration(): string {
  const { intervalMs, detectMultiplier } = bfdTimers
  const interval = `${intervalMs} ms`
  return [
    'log stderr all;',
    `router id ${near.IPv4};`,
    'protocol device { }',
    'protocol direct { ipv4; ipv6; }',
    ...['ipv4', 'ipv6'].map(
      (family) =>
        `protocol kernel kernel_${family} { merge paths on limit 8; ${family} { import none; export where source = RTS_BGP; }; }`,
    ),
    `protocol bfd { interface "*" { min rx interval ${interval}; min tx interval ${interval}; idle tx interval ${interval}; multiplier ${detectMultiplier}; }; }`,
    ...nodeNeighbours.map(({ node, family, address }) =>
      [
        `protocol bgp ${protocolName(node, family)} {`,
        `  local ${near[family]} as ${asNumber};`,
        `  neighbor ${address} as ${nodesAs};`,
        '  passive on;',
        '  bfd on;',
        '  error wait time 1, 5;', // by default it refuses a peer for a minute and more after a failure
        `  ${family.toLowerCase()} { import all; export none; };`,
        '}',
      ].join('\n'),
    ),
    '',
  ].join('\n')
}

function protocolName(node: string, family: string): string {
  return `${node.replace('-', '_')}_${family}`
}

// node_a_IPv4 BGP        ---        up     11:52:00.000  Established
function sessionsIn(protocols: string): ReadonlyMap<string, string> {
  const rows = protocols.split('\n').map((row) => row.trim().split(/\s+/))
  return new Map(
    nodeNeighbours.map(({ node, family, address }) => {
      const row = rows.find(([name]) => name === protocolName(node, family))
      return [address, row?.[5] ?? 'Idle']
    }),
  )
}

// Asked for a prefix by name, birdc fails when there is none.
function pathsTo(prefix: string): string {
  return `show route table ${prefix.includes(':') ? 'master6' : 'master4'} where net = ${prefix} all`
}

// via 10.10.0.11 on eth0 [node_a_IPv4 …] and, of every path, BGP.next_hop: 10.10.0.11
function nextHopsIn(routes: string): readonly string[] {
  return [...routes.matchAll(/BGP\.next_hop: (\S+)/g)].map(([, address = '']) => address)
}
