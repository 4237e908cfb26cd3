// herald, the command: what is so in a cluster and why, and what stands in a capture. It decides nothing.
// What a command needs is loaded when it is asked for: `--help` and `decode` do without the API server's client.
import { Command, CommanderError, Option } from 'commander'
import { Mistake } from './cli/failure.ts'
import type { ExplainOptions } from './cli/explain-command.ts'
import type { BgpOptions } from './cli/bgp-command.ts'
import type { DecodeOptions } from './cli/decode-command.ts'
import type { PlanOptions } from './cli/plan-command.ts'
import type { StatusOptions } from './cli/status-command.ts'
import type { Terminal } from './cli/terminal.ts'
import { main } from './main.ts'

/** Exit codes, so that scripts can ask. */
const exit = { well: 0, notSo: 1, unknown: 2 } as const

const exitCodes = `
Exit codes:
  0  it is so: the Service is announced, the sessions are established, the capture was read to its end
  1  it is not so, and what was printed says why
  2  it could not be told: a mistake in the command, no answer, or no right to read`

const planExitCodes = `
Exit codes, those of diff:
  0  nothing moves
  1  it could not be told, or an object is wrong and the message says where
  2  some Service moves, gains or loses an address or who announces it`

const terminal: Terminal = { out: process.stdout, err: process.stderr }

async function run(): Promise<number> {
  let code: number = exit.well
  let mistaken: number = exit.unknown
  const tell = (so: boolean): void => {
    code = so ? exit.well : exit.notSo
  }
  const program = programTelling(tell)
  addPlan(program, (codes) => ({ code = code, mistaken = mistaken } = codes))
  try {
    await program.parseAsync()
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode !== 0) return mistaken // it has printed
    if (!(error instanceof Mistake)) throw error
    for (const line of error.message.split('\n')) process.stderr.write(`error: ${line}\n`)
    return mistaken
  }
  return code
}

type Codes = { readonly code?: number; readonly mistaken?: number }

/** Its codes are those of diff, so that a pipeline can ask it; a mistake must not look like a move. */
function addPlan(program: Command, set: (codes: Codes) => void): void {
  const mistaken = 1
  onCluster(program.command('plan'))
    .description('which Services would move, gain or lose an address or an owner if objects were applied')
    .addOption(
      repeated('-f, --filename <file>', 'objects to apply: a file, a folder, or - for what is piped in'),
    )
    .addOption(repeated('--delete <object>', 'KIND/NAME or KIND/NAMESPACE/NAME, as if it were deleted'))
    .addOption(
      repeated('--cluster <file>', 'the cluster as kubectl get -o yaml wrote it; nobody is asked then'),
    )
    .option('--all', 'every row, however many there are')
    .addHelpText('after', planExitCodes)
    .exitOverride((error) => {
      set({ mistaken })
      throw error
    })
    .action(async (options: PlanOptions) => {
      set({ mistaken })
      const { plan } = await import('./cli/plan-command.ts')
      set({ code: await plan(options, terminal) })
    })
}

/** May be given several times. */
function repeated(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, before: readonly string[] | undefined) => [
    ...(before ?? []),
    value,
  ])
}

/** Commands that print what there is, and know no yes or no. */
const tables = [
  ['status', 'processes, pools, advertisements and Services, and what is not well'],
  ['pools', 'what each pool has given and has left, what stands against it, and what helps'],
] as const

function programTelling(tell: (so: boolean) => void): Command {
  const program = new Command('herald')
    .description('Says who has which address, who announces it, and why not.')
    .addHelpText('after', exitCodes)
    .showHelpAfterError('(herald --help says more)')
    .exitOverride()

  for (const [name, about] of tables)
    onCluster(program.command(name))
      .description(about)
      .option('--all', 'every row, however many there are')
      .action(async (options: StatusOptions) => {
        const commands = await import('./cli/status-command.ts')
        await commands[name](options, terminal)
      })

  onCluster(program.command('explain'))
    .description('every check of a Service with its verdict, per pool and per node')
    .argument('<kind>', 'service')
    .argument('<name>', 'NAMESPACE/NAME')
    .action(async (kind: string, name: string, options: ExplainOptions) => {
      const { explain } = await import('./cli/explain-command.ts')
      tell(await explain(kind, name, { options, terminal }))
    })

  addBgp(program, tell)

  program
    .command('decode')
    .description('one line a packet of a capture file, by our own codecs')
    .argument('<file>', 'pcap or pcapng; - reads what is piped in')
    .addOption(outputOption())
    .action(async (file: string, options: DecodeOptions) => {
      const { decode } = await import('./cli/decode-command.ts')
      tell(await decode(file, options, terminal))
    })

  return program
}

function addBgp(program: Command, tell: (so: boolean) => void): void {
  const bgp = program.command('bgp').description('sessions and routes of every node, and why not')

  filtered(bgp.command('sessions'))
    .description('the session of each node with each BGPPeer, as the nodes tell it')
    .action(async (options: BgpOptions) => {
      const { sessions } = await import('./cli/bgp-command.ts')
      tell(await sessions(options, terminal))
    })

  filtered(bgp.command('routes'))
    .description('which node tells which peers of which prefix, with its attributes')
    .action(async (options: BgpOptions) => {
      const { routes } = await import('./cli/bgp-command.ts')
      await routes(options, terminal)
    })

  onCluster(bgp.command('explain'))
    .description('every check of a BGPPeer on every node; of a Service: herald explain service')
    .argument('<peer>', 'name of a BGPPeer')
    .action(async (peer: string, options: BgpOptions) => {
      const { explainPeerOf } = await import('./cli/bgp-command.ts')
      tell(await explainPeerOf(peer, options, terminal))
    })
}

function filtered(command: Command): Command {
  return onCluster(command)
    .option('--all', 'every row, however many there are')
    .option('--node <name>', 'of that node only')
    .option('--peer <name>', 'of that BGPPeer only')
}

function onCluster(command: Command): Command {
  return command
    .option('--kubeconfig <file>', "without it KUBECONFIG, ~/.kube/config, or the Pod's service account")
    .option('--context <name>', 'of the kubeconfig; without it the current one')
    .addOption(
      new Option('-n, --namespace <name>', 'namespace of Herald and its metallb.io objects')
        .env('METALLB_NAMESPACE')
        .default('metallb-system'),
    )
    .option('--lb-class <class>', 'as controller and speakers were started with')
    .option('--ignore-exclude-lb', 'as the speakers were started with')
    .option('--lease-missed <number>', 'as the speakers were started with', '4')
    .addOption(outputOption())
}

function outputOption(): Option {
  return new Option('-o, --output <form>', 'how it is printed').choices(['text', 'json']).default('text')
}

void main(run)
