// `npm run lab`: brings the lab up, tells its story, stays until Ctrl-C. With --once it ends after the story, with --json
// its last line on standard output is what was measured. `npm run lab -- down` takes a lab down.
import { join } from 'node:path'
import { tellBgpStory } from './bgp-story.ts'
import { startLab } from './lab.ts'
import type { Lab } from './lab.ts'
import { runOnOwnCluster } from './own-cluster.ts'
import { claimLab, releaseLab, takeDown, writeEnvironment } from './state.ts'
import { tellStory } from './story.ts'
import { tellTo } from './telling.ts'
import type { Telling } from './telling.ts'
import { namespaceName } from './names.ts'

/** Another name is another lab, beside the first. */
const id = process.env['HERALD_LAB'] || 'lab'
const command = id === 'lab' ? 'npm run lab' : `HERALD_LAB=${id} npm run lab`

const usage = `npm run lab                     the lab, live; stays up until Ctrl-C
npm run lab -- --once           ends after the story
npm run lab -- --once --json    and its last line is one JSON object of what was measured
npm run lab -- --bgp           with two routers, FRR and BIRD, and a client behind them; goes with the others
npm run lab -- down             takes a lab down, by name, also one whose process was killed
HERALD_LAB=NAME npm run lab     a second one beside it, of that name; goes with all of these
HERALD_KUBECONFIG=FILE npm run lab    controller and speaker against a cluster of yours instead`

type Options = { readonly once: boolean; readonly json: boolean; readonly bgp: boolean }

async function main(args: readonly string[]): Promise<number> {
  const unknown = args.filter((arg) => !['--once', '--json', '--bgp', '--help', 'up', 'down'].includes(arg))
  if (unknown.length > 0 || args.includes('--help')) {
    console.log(usage)
    return unknown.length > 0 ? 2 : 0
  }
  if (!/^[a-z0-9]{1,20}$/.test(id)) throw new Error(`HERALD_LAB=${id}: must be a word of a-z and 0-9`)
  const options = {
    once: args.includes('--once'),
    json: args.includes('--json'),
    bgp: args.includes('--bgp'),
  }
  const tell = tellTo(options.json ? process.stderr : process.stdout)
  if (args.includes('down')) return down(tell)
  const own = process.env['HERALD_KUBECONFIG']
  return own ? runOnOwnCluster(own, tell) : up(options, tell)
}

async function down(tell: Telling): Promise<number> {
  const was = await takeDown(id)
  tell.line(was ? 'the lab is down: processes, namespaces and folders are gone' : 'no lab is up')
  return 0
}

async function up(options: Options, tell: Telling): Promise<number> {
  claimLab(id)
  const interrupted = interruption()
  const lab = startLab({ id, scheduler: !options.once, bgp: options.bgp, say: tell.line })
  try {
    return await Promise.race([liveThrough(lab, options, tell), interrupted])
  } finally {
    tell.heading('taking the lab down')
    await lab.then(
      (started) => started.stop(),
      () => undefined, // it has tidied up itself
    )
    releaseLab(id)
  }
}

async function liveThrough(starting: Promise<Lab>, options: Options, tell: Telling): Promise<number> {
  const lab = await starting
  tell.heading('the lab is up')
  const figures = {
    ...(await tellStory(lab, tell)),
    ...(options.bgp ? await tellBgpStory(lab, tell) : {}),
  }
  if (options.json) console.log(JSON.stringify(figures))
  if (options.once) return 0
  stay(lab, tell)
  return new Promise(() => undefined) // until interrupted
}

function stay(lab: Lab, tell: Telling): void {
  tell.heading('the lab stays up. In another terminal:')
  tell.block(
    [
      `. ${writeEnvironment(lab)}                # kubectl and herald on this cluster`,
      'kubectl get services,ipaddresspools,l2advertisements,servicel2statuses -A',
      'herald status; herald explain service default/web',
      'kubectl create deployment shop --image=lab --replicas=2 --port=8080',
      'kubectl expose deployment shop --type=LoadBalancer --port=80 --target-port=8080',
      `ip netns exec ${namespaceName(id, 'client')} ping -c 1 10.10.0.11   # on the LAN, as the client`,
      ...(lab.bgp === undefined ? [] : routerLines(lab)),
      `ls ${lab.logFolder}   # the logs of all processes`,
      `${command} -- down           # or Ctrl-C here`,
    ].join('\n'),
  )
}

function routerLines(lab: Lab): readonly string[] {
  const sockets = join(lab.logFolder, 'routers')
  return [
    'herald bgp sessions; herald bgp routes; herald bgp explain frr-ipv4',
    `vtysh --vty_socket ${join(sockets, 'frr')} -c 'show bgp summary'`,
    `birdc -s ${join(sockets, 'bird', 'control')} show protocols`,
    `ip netns exec ${namespaceName(id, 'away')} curl http://10.30.0.1/   # as the client behind the routers`,
  ]
}

/** Resolves with the exit code when the lab is asked to end. */
function interruption(): Promise<number> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve(0))
    process.once('SIGTERM', () => resolve(0))
    process.once('SIGHUP', () => resolve(0))
  })
}

// A promise that nobody waits for any more must not keep or break the end.
process.exit(await main(process.argv.slice(2)).catch(tellError))

function tellError(error: unknown): number {
  let one = error
  while (one instanceof Error) {
    console.error(`lab: ${one.message}`)
    one = one.cause
  }
  return 1
}
