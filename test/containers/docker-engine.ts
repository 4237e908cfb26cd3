// A Docker engine for the tests: the one that answers on this machine, or else one of our own. Ours has all that it writes
// in a folder that carries our process id, makes no bridge and no firewall rule, and ends with us in whatever way we end.
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startProcess, tailOf } from '../support/process.ts'
import type { Running } from '../support/process.ts'
import { Hopeless, until } from '../support/until.ts'

export type DockerEngine = {
  readonly address: string // as DOCKER_HOST has it
  readonly isOurs: boolean
  readonly version: string
  readonly docker: (...words: readonly string[]) => Promise<string> // of its command line
  readonly stop: () => Promise<void> // of ours only
}

const run = promisify(execFile)
const prefix = 'herald-docker-'
const usual = 'unix:///var/run/docker.sock'

/** Networks are the tests' own: no bridge, nothing forwarded, no rule in any firewall. */
const withoutNetworks = [
  '--bridge=none',
  '--iptables=false',
  '--ip-forward=false',
  '--ip-masq=false',
  '--userland-proxy=false',
]

/** An engine whose containers are processes of this machine; one elsewhere (tcp://) is of no use to us. */
export async function dockerEngine(): Promise<DockerEngine> {
  sweepEngines()
  const named = process.env['DOCKER_HOST']
  for (const address of [named, usual]) {
    if (address === undefined || !existsSync(address.replace(/^unix:\/\//, ''))) continue
    const version = await versionOf(address).catch(() => undefined)
    if (version !== undefined)
      return { address, isOurs: false, version, docker: dockerOf(address), stop: () => Promise.resolve() }
  }
  return startEngine()
}

async function startEngine(): Promise<DockerEngine> {
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`))
  const at = (name: string): string => join(folder, name)
  const address = `unix://${at('docker.sock')}`
  writeFileSync(at('daemon.json'), '{}') // the machine's own is not for us
  const paths = ['--config-file', at('daemon.json'), '--data-root', at('data'), '--exec-root', at('exec')]
  const daemon = startProcess({
    command: 'dockerd',
    args: [...paths, '--pidfile', at('pid'), '-H', address, '--log-level=warn', ...withoutNetworks],
    logFile: at('log'),
    deathSignal: 'TERM', // it takes its containers down, and then itself
  })
  const stop = async (): Promise<void> => {
    await daemon.stop(30_000)
    sweepEngine(folder)
  }
  try {
    const version = await until('the Docker engine answers', () => versionWhile(daemon, address))
    return { address, isOurs: true, version, docker: dockerOf(address), stop }
  } catch (error) {
    const log = tailOf(at('log'), 10)
    await stop()
    throw new Error(whyNot(log), { cause: error })
  }
}

async function versionWhile(daemon: Running, address: string): Promise<string> {
  if (daemon.hasExited()) throw new Hopeless('dockerd has ended')
  return versionOf(address)
}

function whyNot(log: string): string {
  return [
    'The routers of the interop table run in containers; no Docker engine answers, and none of our own would start.',
    'dockerd said last:',
    ...log.split('\n').map((line) => `  ${line}`),
    'It takes root, cgroups and a file system that overlays or copies. Choose one:',
    `  - start the machine's engine (systemctl start docker), which is used when ${usual} answers;`,
    '  - name one by DOCKER_HOST=unix:///path/to/docker.sock, on this machine;',
    '  - HERALD_ROUTERS=processes npm test -- interop: the same stories with the routers as processes in namespaces.',
  ].join('\n')
}

async function versionOf(address: string): Promise<string> {
  return (await dockerOf(address)('version', '--format', '{{.Server.Version}}')).trim()
}

function dockerOf(address: string): DockerEngine['docker'] {
  return async (...words) => {
    const env = { ...process.env, DOCKER_HOST: address }
    return (await run('docker', [...words], { env, maxBuffer: 1 << 26 })).stdout
  }
}

/** What a run has left that was killed together with its engine: its number is in the name of the folder. */
export function sweepEngines(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]
    if (owner === undefined || existsSync(`/proc/${owner}`)) continue
    sweepEngine(join(tmpdir(), name))
  }
}

/** The processes that were started with paths of this folder, what is mounted below it, and itself. */
export function sweepEngine(folder: string): void {
  for (const pid of processesOf(folder)) kill(pid)
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${folder}/`))
  // Two runs may sweep the same: what the other one has unmounted is no error.
  for (const path of mounts.toReversed()) spawnSync('umount', ['--lazy', path])
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

function processesOf(folder: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const words = commandLineOf(pid)
      const isEngine = /\/?(dockerd|containerd|containerd-shim-runc-v2)$/.test(words[0] ?? '')
      return isEngine && words.some((word) => word.includes(`${folder}/`))
    })
}

function commandLineOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return [] // it has ended meanwhile
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}
