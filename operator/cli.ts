// herald, the command: what is so in a cluster and why, and what stands in a capture. It decides nothing.
import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { printCapture } from './cli/decode-text.ts'
import { lookAt } from './cli/cluster.ts'
import type { Look } from './cli/cluster.ts'
import { formatExplanation, isWell } from './cli/explain.ts'
import { formatStatus, statusReport } from './cli/status.ts'
import { authFrom } from './credentials.ts'
import { ApiError } from './kube/api-error.ts'
import { createClient } from './kube/client.ts'
import { main } from './main.ts'
import { explainService } from '../reconcilers/explain.ts'

type Output = 'text' | 'json'

type ClusterOptions = {
  readonly kubeconfig?: string
  readonly context?: string
  readonly namespace: string
  readonly lbClass?: string
  readonly ignoreExcludeLb?: boolean
  readonly leaseMissed: string
  readonly output: Output
}

/** Exit codes, so that scripts can ask: 0 all is well, 1 the thing asked about is not, 2 it could not be told. */
const exit = { well: 0, notSo: 1, unknown: 2 } as const

async function run(): Promise<number> {
  let code: number = exit.well
  const program = new Command('herald')
    .description('Says who has which address, who announces it, and why not.')
    .exitOverride()

  onCluster(program.command('status'))
    .description('pools, Services and speakers')
    .action(async (options: ClusterOptions) => {
      const report = statusReport(await look(options))
      print(options.output === 'json' ? JSON.stringify(report, undefined, 2) : formatStatus(report))
    })

  onCluster(program.command('explain'))
    .description('every check of one object, with its verdict')
    .argument('<kind>', 'service')
    .argument('<name>', 'NAMESPACE/NAME')
    .action(async (kind: string, name: string, options: ClusterOptions) => {
      if (!['service', 'services', 'svc'].includes(kind))
        throw new Mistake(`${kind} cannot be explained, only a service`)
      if (!/^[^/]+\/[^/]+$/.test(name))
        throw new Mistake(`${name} is no name of a service: write NAMESPACE/NAME`)
      const { snapshot, reports } = await look(options)
      const explanation = explainService(snapshot, name, reports)
      if (explanation === undefined) throw new Mistake(`there is no Service ${name}`)
      print(
        options.output === 'json'
          ? JSON.stringify(explanation, undefined, 2)
          : formatExplanation(explanation),
      )
      code = isWell(explanation) ? exit.well : exit.notSo
    })

  program
    .command('decode')
    .description('one line a packet of a capture file, by our own codecs')
    .argument('<file>', 'pcap or pcapng')
    .addOption(outputOption())
    .action((file: string, { output }: { readonly output: Output }) => {
      for (const line of printCapture(readCaptureFile(file), output)) print(line)
    })

  try {
    await program.parseAsync()
  } catch (error) {
    const message = inWords(error)
    if (message === undefined) throw error
    process.stderr.write(`error: ${message}\n`)
    return exit.unknown
  }
  return code
}

/** What the user, or the cluster, got wrong: one line, no stack. */
class Mistake extends Error {}

function inWords(error: unknown): string | undefined {
  if (error instanceof Mistake) return error.message
  if (!(error instanceof ApiError)) return undefined
  return error.status === 0 ? `the API server does not answer: ${error.message}` : error.message
}

function onCluster(command: Command): Command {
  return command
    .option('--kubeconfig <file>', "without it KUBECONFIG, ~/.kube/config, or the Pod's service account")
    .option('--context <name>', 'of the kubeconfig')
    .option('-n, --namespace <name>', 'namespace of Herald', 'metallb-system')
    .option('--lb-class <class>', 'as the processes were started with')
    .option('--ignore-exclude-lb', 'as the speakers were started with')
    .option('--lease-missed <number>', 'as the speakers were started with', '4')
    .addOption(outputOption())
}

function outputOption(): Option {
  return new Option('-o, --output <form>', 'how it is printed').choices(['text', 'json']).default('text')
}

async function look(options: ClusterOptions): Promise<Look> {
  const { kubeconfig, context, namespace, lbClass, ignoreExcludeLb = false, leaseMissed } = options
  const missed = Number(leaseMissed)
  if (!Number.isInteger(missed) || missed < 1)
    throw new Mistake(`--lease-missed is "${leaseMissed}": must be a whole number`)
  const where = {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  }
  const client = createClient({ auth: authFrom(where), userAgent: 'herald-cli' })
  const settings = {
    ignoreExcludeLabel: ignoreExcludeLb,
    ...(lbClass === undefined ? {} : { loadBalancerClass: lbClass }),
  }
  try {
    return await lookAt({ client, namespace, settings, missed, wallMs: Date.now() })
  } finally {
    await client.close()
  }
}

function readCaptureFile(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new Mistake(error instanceof Error ? error.message : String(error))
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

void main(run)
