// Runs the benches, each a program of its own under test/bench, and writes what they measured to docs/benchmarks.md.
// `npm run bench -- plan restart` runs the named ones. Ends with 1 when a bench could not observe what it measures; a
// figure that misses its goal is told, and is no failure.
import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Figure } from '../test/bench/figure.ts'
import { readFigure } from '../test/bench/figure.ts'
import { labOfBenches } from '../test/bench/on-lab.ts'
import { commandLine } from '../test/support/process.ts'
import type { Machine, Run } from './bench-document.ts'
import { benchDocument, figureLine } from './bench-document.ts'
import { kubernetesVersion } from './control-plane/where.mjs'
import { takeDown } from './lab/state.ts'

type Bench = { readonly name: string; readonly what: string; readonly limitMinutes: number }

const root = resolve(import.meta.dirname, '..')
const document = join(root, 'docs', 'benchmarks.md')

const benches: readonly Bench[] = [
  { name: 'plan', what: 'how long a plan takes, pure', limitMinutes: 6 },
  { name: 'speaker-pass', what: 'what one change costs a whole speaker', limitMinutes: 4 },
  { name: 'l2-answers', what: 'answers to ARP, on real frames', limitMinutes: 3 },
  { name: 'bfd', what: 'false alarms and detection time of BFD', limitMinutes: 15 },
  { name: 'bgp', what: 'routes to a BIRD router, beside GoBGP and ExaBGP', limitMinutes: 8 },
  { name: 'processes', what: 'start-up and memory of controller and speaker', limitMinutes: 6 },
  { name: 'allocation', what: 'thousands of Services come and go', limitMinutes: 8 },
  { name: 'allocation-large', what: '10,000 Services, and a full pool with 1,000 waiting', limitMinutes: 15 },
  { name: 'status-writes', what: 'the controller beside the API server’s own rate', limitMinutes: 6 },
  { name: 'restart', what: 'the controller starts again among 3,000 Services', limitMinutes: 6 },
  { name: 'leases', what: 'what the liveness of speakers costs', limitMinutes: 2 },
  { name: 'lan-services', what: 'from a new Service to its first answer on the LAN', limitMinutes: 4 },
  { name: 'lan-bgp', what: 'from a new Service to its route at FRR and BIRD', limitMinutes: 5 },
  { name: 'lan-failover', what: 'what a client notices when the owner goes', limitMinutes: 6 },
]

/** The bench under way; asked to end when this process is. */
let current: ChildProcess | undefined
let interrupted = false

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !benches.some((bench) => bench.name === name))
  if (unknown.length > 0) {
    console.error(
      `no bench named ${unknown.join(', ')}; there are ${benches.map(({ name }) => name).join(', ')}`,
    )
    return 2
  }
  const runs: Run[] = []
  const failed: string[] = []
  for (const bench of benches.filter(({ name }) => names.length === 0 || names.includes(name))) {
    if (interrupted) break
    console.log(`${bench.name}: ${bench.what}`)
    const outcome = await runBench(bench)
    if (typeof outcome === 'string') {
      failed.push(bench.name)
      console.log(`  ${bench.name} failed: ${outcome}`)
    } else runs.push(outcome)
  }
  if (runs.length > 0) writeDocument(runs)
  console.log(`${runs.length} benches measured${failed.length > 0 ? `, failed: ${failed.join(', ')}` : ''}`)
  return failed.length > 0 || interrupted ? 1 : 0
}

/** A text says why there are no figures. */
async function runBench({ name, what, limitMinutes }: Bench): Promise<Run | string> {
  const busy = `load ${loadavg()[0]?.toFixed(1)} on ${cpus().length} cores before`
  const startedAt = Date.now()
  const figures: Figure[] = []
  const [command = 'setpriv', ...args] = commandLine({
    command: process.execPath,
    args: [join(root, 'test', 'bench', `${name}.ts`)],
  })
  // In a session of its own: Ctrl-C reaches this process, which asks it to end and tidy up.
  const child = spawn(command, args, { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
  current = child
  createInterface({ input: child.stdout }).on('line', (line) => {
    const figure = readFigure(line)
    figures.push(figure)
    console.log(`  ${figureLine(figure)}`)
  })
  const objection = await endOf(child, limitMinutes)
  if (objection !== undefined) {
    await takeDown(labOfBenches)
    return objection
  }
  const took = `${Math.round((Date.now() - startedAt) / 1_000)} s`
  const when = `${new Date(startedAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return { bench: name, what, figures, circumstances: [`commit ${commit()}`, when, took, busy] }
}

function endOf(child: ChildProcess, limitMinutes: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let late = false
    const timers = [
      setTimeout(() => {
        late = true
        child.kill('SIGTERM')
      }, limitMinutes * 60_000),
      setTimeout(() => child.kill('SIGKILL'), limitMinutes * 60_000 + 20_000),
    ]
    const end = (objection: string | undefined): void => {
      for (const timer of timers) clearTimeout(timer)
      resolve(objection)
    }
    child.on('error', (error) => end(error.message))
    child.on('close', (code, signal) => {
      if (late) end(`stopped: its limit is ${limitMinutes} minutes`)
      else end(code === 0 ? undefined : `it ended with ${signal ?? code}`)
    })
  })
}

function writeDocument(runs: readonly Run[]): void {
  const before = existsSync(document) ? readFileSync(document, 'utf8') : ''
  const names = benches.map(({ name }) => name)
  writeFileSync(document, benchDocument(before, { benches: names, runs, machine: machine() }))
  console.log(`figures written to docs/benchmarks.md`)
}

function machine(): Machine {
  const [cpu] = cpus()
  return {
    cores: `${cpus().length} (${cpu?.model ?? 'unknown'})`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: `Linux ${release()}`,
    Node: process.version,
    Kubernetes: kubernetesVersion(),
    etcd: /etcd Version: (\S+)/.exec(said('etcd', ['--version']))?.[1] ?? 'none',
  }
}

function commit(): string {
  return said('git', ['-C', root, 'describe', '--always', '--dirty=, changed since']).trim() || 'unknown'
}

/** '' when there is no such program. */
function said(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return ''
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    interrupted = true
    current?.kill('SIGTERM')
  })
process.exitCode = await main(process.argv.slice(2))
