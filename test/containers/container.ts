// The container of one router, started by testcontainers from the image that hack/router-images packs. It lives over the
// router's stories: what ends it is that nobody holds its lifeline any more, so that none outlives a run that was killed.
import { execFile, execFileSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers'
import type { EngineContainer, StartedTestContainer } from 'testcontainers'
import { buildRouterImages, routerImage } from '../../hack/router-images/build.mjs'
import type { ImageName } from '../../hack/router-images/build.mjs'
import type { Host } from '../net/lan.ts'
import { dockerEngine } from './docker-engine.ts'
import type { DockerEngine } from './docker-engine.ts'
import { makeTemporaryFolder, removeFolder } from '../support/temporary.ts'
import { until } from '../support/until.ts'
import { maxBuffer } from '../interop/place.ts'
import type { Daemon, Place, Program } from '../interop/place.ts'

export type RouterContainer = {
  readonly pid: number // of its first process: its namespaces are the container's
  readonly placeOn: (host: Host) => Place
  readonly stop: () => Promise<void>
}

/** What a router's package would have of systemd: FRR asks for SYS_ADMIN, and all of them for the network. */
const capabilities = ['NET_ADMIN', 'NET_RAW', 'SYS_ADMIN']

/** Its first process: it reaps what is left of others, and ends when we are gone. */
const firstProcess = (lifeline: string): readonly string[] => [
  '/bin/sh',
  '-c',
  `echo ready; cat ${lifeline} & wait $!`,
]

export type StartContainer = (image: ImageName) => Promise<RouterContainer>

export type Containers = {
  readonly engine: string // in words
  readonly start: StartContainer
  readonly stop: () => Promise<void> // the engine too, if it is ours
}

const run = promisify(execFile)

/** An engine that answers, and the images of these routers. */
export async function openContainers(
  images: readonly ImageName[],
  say: (line: string) => void,
): Promise<Containers> {
  // All of them before any starts: whoever waits for an engine's answer would not hear it meanwhile.
  buildRouterImages(say, images)
  const engine = await dockerEngine()
  await removeStrays(engine)
  const whose = engine.isOurs ? 'of our own, started for this run' : `at ${engine.address}`
  return {
    engine: `Docker ${engine.version} ${whose}`,
    start: (image) => startContainer(engine, image),
    stop: engine.stop,
  }
}

const label = 'herald.run' // the process that it belongs to

/** On an engine that is not ours: what a run has left that was killed. Its lifeline has ended them; they still have a name. */
async function removeStrays({ docker }: DockerEngine): Promise<void> {
  const format = `{{.ID}} {{.Label "${label}"}}`
  const listed = await docker('ps', '--all', '--filter', `label=${label}`, '--format', format)
  for (const line of listed.split('\n').filter((each) => each !== '')) {
    const [id = '', owner = ''] = line.split(' ')
    if (!existsSync(`/proc/${owner}`)) await docker('rm', '--force', '--volumes', id)
  }
}

async function startContainer(engine: DockerEngine, image: ImageName): Promise<RouterContainer> {
  const name = await importedImage(engine, image)
  const folder = makeTemporaryFolder(`container-${image}`)
  const lifeline = join(folder, 'lifeline')
  execFileSync('mkfifo', [lifeline])
  const held = openSync(lifeline, 'r+') // as a reader too, or this would wait for one
  useEngine(engine)
  const started = await new GenericContainer(name)
    .withNetworkMode('none') // the LAN of the tests is plugged in
    .withAddedCapabilities(...capabilities)
    .withBindMounts([{ source: folder, target: folder }])
    .withLabels({ [label]: String(process.pid) })
    .withCommand(firstProcess(lifeline))
    .withWaitStrategy(Wait.forLogMessage('ready'))
    .withStartupTimeout(120_000)
    .start()
  const container = (await getContainerRuntimeClient()).container.getById(started.getId())
  const pid = (await container.inspect()).State.Pid
  return {
    pid,
    placeOn: (host) => placeIn({ container, pid, folder, host }),
    stop: () => stop({ started, held, folder }),
  }
}

/** testcontainers looks for its engine in the environment. Its watcher would be one more image: the lifeline is ours. */
function useEngine({ address }: DockerEngine): void {
  process.env['DOCKER_HOST'] = address
  process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true'
  process.env['TESTCONTAINERS_HOST_OVERRIDE'] = '127.0.0.1' // there is no bridge to ask for an address
}

/** Named by what is in it: an engine that has it already is not given it again. */
async function importedImage({ docker }: DockerEngine, image: ImageName): Promise<string> {
  const packed = routerImage(image)
  if (packed === undefined)
    throw new Error(`the image of ${image} is not packed, or its packages have changed since`)
  const name = `herald-router-${image}:${packed.tag}`
  if ((await docker('images', '--quiet', name)) === '') await docker('import', packed.tar, name)
  return name
}

async function stop(it: {
  readonly started: StartedTestContainer
  readonly held: number
  readonly folder: string
}): Promise<void> {
  await it.started.stop({ timeout: 0 })
  closeSync(it.held)
  removeFolder(it.folder)
}

function placeIn(it: {
  readonly container: EngineContainer
  readonly pid: number
  readonly folder: string
  readonly host: Host
}): Place {
  let folders = 0
  return {
    host: it.host,
    isContainer: true,
    makeFolder: (purpose) => {
      folders += 1
      const folder = join(it.folder, `${purpose}-${folders}`)
      mkdirSync(folder)
      return folder
    },
    start: (program) => startIn(it.container, program),
    // By its namespaces and not by the engine, which takes three times as long for what a story asks again and again.
    run: async (command, args) => {
      const inside = ['--target', String(it.pid), '--mount', '--net', command, ...args]
      return (await run('nsenter', inside, { maxBuffer })).stdout
    },
  }
}

async function startIn(
  container: EngineContainer,
  { command, args, logFile, env = {}, directory }: Program,
): Promise<Daemon> {
  const exec = await container.exec({
    Cmd: ['/bin/sh', '-c', 'log=$1; shift; exec "$@" >> "$log" 2>&1', 'start', logFile, command, ...args],
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ...(directory === undefined ? {} : { WorkingDir: directory }),
    AttachStdout: true,
    AttachStderr: true,
  })
  const stream = await exec.start({ hijack: true, stdin: false })
  let gone = false
  const exited = new Promise<void>((resolve) => {
    stream.once('close', () => {
      gone = true
      resolve()
    })
  })
  stream.on('error', () => undefined) // the container went: it is closed then
  stream.resume()
  // Its number on this machine; the engine knows it a moment after the start.
  const pid = await until(`${command} has a process`, async () => {
    const { Pid, Running } = await exec.inspect()
    if (Pid > 0) return Pid
    return Running ? undefined : 0
  })
  const send = (target: number, signal: NodeJS.Signals): void => {
    if (gone || pid === 0) return
    try {
      process.kill(target, signal)
    } catch {
      // It has ended, and we have not heard of it yet.
    }
  }
  return {
    exited,
    hasExited: () => gone,
    kill: (signal) => send(pid, signal),
    killAll: (signal) => send(-pid, signal),
  }
}
