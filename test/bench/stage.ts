// Where the figures of the control plane are measured: an API server with its etcd, the shipped manifests, a pool, and
// nothing else, in a network namespace of its own that goes when the program ends. One interface for the speaker.
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { applyManifests } from '../../hack/lab/cluster.ts'
import { startController, startSpeaker } from '../../hack/lab/herald.ts'
import type { HeraldProcess } from '../../hack/lab/herald.ts'
import { makeImage } from '../../hack/lab/image.ts'
import { lan, nodeAddresses } from '../../hack/lab/names.ts'
import { createPool } from '../../hack/lab/objects.ts'
import { ip } from '../../hack/lab/shell.ts'
import type { Api } from '../support/api.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { startControlPlane } from '../support/control-plane.ts'
import { commandLine } from '../support/process.ts'
import { removeFolder } from '../support/temporary.ts'
import type { Audit } from './audit.ts'
import { say } from './figure.ts'

export type Stage = {
  readonly plane: ControlPlane
  readonly api: Api
  readonly controller: () => Promise<HeraldProcess> // spawned; it may not be ready yet
  readonly speaker: () => Promise<HeraldProcess> // of node-a
}

const mark = 'HERALD_BENCH_INSIDE'

/** `perform` runs in this very program, started a second time inside the namespace. */
export async function onStage(
  file: string,
  perform: (stage: Stage) => Promise<void>,
  audit?: Audit,
): Promise<void> {
  if (process.env[mark] === undefined) process.exitCode = await runInside(file)
  else await withStage(perform, audit?.flags() ?? [])
}

function runInside(file: string): Promise<number> {
  const [command = 'setpriv', ...args] = commandLine({
    command: 'unshare',
    args: ['--net', process.execPath, file, ...process.argv.slice(2)],
  })
  const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, [mark]: '1' } })
  process.once('SIGTERM', () => child.kill())
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
}

async function withStage(
  perform: (stage: Stage) => Promise<void>,
  extraApiServerFlags: readonly string[],
): Promise<void> {
  await makeLink()
  const image = makeImage()
  say('a control plane: etcd and kube-apiserver')
  const plane = await startControlPlane({ extraApiServerFlags })
  const started: HeraldProcess[] = []
  const keep = async (starting: Promise<HeraldProcess>): Promise<HeraldProcess> => {
    const process = await starting
    started.push(process)
    return process
  }
  const stop = async (): Promise<void> => {
    for (const process of started) process.kill('SIGKILL')
    await plane.stop()
    removeFolder(image.folder)
  }
  process.once('SIGTERM', () => void stop().finally(() => process.exit(1)))
  try {
    const logFolder = join(plane.folder, 'herald')
    mkdirSync(logFolder)
    await applyManifests(plane)
    await createPool(plane.api)
    const place = { plane, image, logFolder }
    await perform({
      plane,
      api: plane.api,
      controller: () => keep(startController(place, 1)),
      speaker: () => keep(startSpeaker(place, 'node-a')),
    })
  } finally {
    await stop()
  }
}

/** eth0 is a node's interface; what hangs at its other end does not matter. */
async function makeLink(): Promise<void> {
  const { IPv4, IPv6 } = nodeAddresses('node-a')
  const { prefixLength } = lan
  await ip([
    'link set lo up',
    'link add eth0 type veth peer name far',
    'link set far up',
    'link set eth0 up',
    `address add ${IPv4}/${prefixLength.IPv4} dev eth0`,
    `address add ${IPv6}/${prefixLength.IPv6} dev eth0 nodad`,
  ])
}
