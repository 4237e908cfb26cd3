// The lab: a cluster on a LAN with Herald on it and a client beside it, and the verbs by which tests and figures
// do to it what happens to real ones.
import type { Api } from '../../test/support/api.ts'
import type { ControlPlane } from '../../test/support/control-plane.ts'
import { tailOf } from '../../test/support/process.ts'
import { removeFolder } from '../../test/support/temporary.ts'
import { Hopeless, untilTrue } from '../../test/support/until.ts'
import type { Cluster, ClusterOptions } from './cluster.ts'
import { startCluster } from './cluster.ts'
import type { HeraldPlace, HeraldProcess } from './herald.ts'
import { startController, startSpeaker } from './herald.ts'
import { makeImage } from './image.ts'
import { namespaceName, nodeNames } from './names.ts'
import type { NodeName } from './names.ts'
import { cutApi, macOf, mendApi, setCable, setForwarding, setLink, setMac } from './network.ts'
import { makeBackNetwork } from './back-network.ts'
import type { Client } from './probe/client.ts'
import { startClient } from './probe/client.ts'
import type { Routers } from './routers.ts'
import { startRouters } from './routers.ts'

export type Lab = {
  readonly id: string
  readonly plane: ControlPlane
  readonly api: Api
  readonly kubectl: ControlPlane['kubectl']
  readonly client: Client
  readonly bgp: LabBgp | undefined // with the option
  readonly logFolder: string
  /** Throws Hopeless when a process has ended that nobody stopped: what one waits for will never be so. */
  readonly stillThere: () => void
  readonly speaker: (node: NodeName) => HeraldProcess | undefined // that runs now
  readonly controller: (number?: number) => HeraldProcess | undefined
  readonly startSpeaker: (node: NodeName, flags?: readonly string[]) => Promise<void> // ready when it resolves
  readonly killSpeaker: (node: NodeName) => Promise<void> // SIGKILL
  readonly stopSpeaker: (node: NodeName) => Promise<void> // SIGTERM, and waits for its end
  readonly startController: (number?: number, flags?: readonly string[]) => Promise<void>
  readonly killController: (number?: number) => Promise<void>
  readonly stopController: (number?: number) => Promise<void>
  readonly powerOff: (node: NodeName) => Promise<void> // every process of the node is killed, its cable dead
  readonly powerOn: (node: NodeName) => Promise<void>
  readonly cutApi: (node: NodeName) => Promise<void> // from the API server only
  readonly mendApi: (node: NodeName) => Promise<void>
  readonly linkDown: (node: NodeName) => Promise<void> // by the node's administrator
  readonly linkUp: (node: NodeName) => Promise<void>
  readonly unplug: (node: NodeName) => Promise<void> // the carrier is lost
  readonly plug: (node: NodeName) => Promise<void>
  readonly isolate: (node: NodeName) => Promise<void> // from everybody, and its link stays up
  readonly rejoin: (node: NodeName) => Promise<void>
  readonly changeMac: (node: NodeName, mac: string) => Promise<void>
  readonly macOf: (node: NodeName) => Promise<string>
  readonly stopApiServer: () => Promise<void>
  readonly startApiServer: () => Promise<void> // and Kubernetes' own processes are at work again, too
  /** Who answers for the address on the LAN now; undefined = nobody within the time. */
  readonly ownerOf: (address: string, timeoutMs?: number) => Promise<NodeName | undefined>
  readonly untilOwnedBy: (
    address: string,
    isRight: (owner: NodeName) => boolean,
    timeoutMs?: number,
  ) => Promise<NodeName>
  readonly stop: () => Promise<void>
}

/** Two routers that peer with the nodes, and a client that only they lead to Services. */
export type LabBgp = { readonly routers: Routers; readonly client: Client }

type LabPlace = HeraldPlace & { readonly id: string }

type State = {
  readonly cluster: Cluster
  readonly at: LabPlace
  readonly client: Client
  readonly bgp: LabBgp | undefined
  readonly speakers: Map<NodeName, HeraldProcess>
  readonly controllers: Map<number, HeraldProcess>
}

export type LabOptions = ClusterOptions & {
  readonly bgp?: boolean // two routers beside the nodes, and a client behind them
  readonly herald?: boolean // false: nothing of Herald runs until it is started by a verb
  readonly speakerFlags?: readonly string[]
  readonly controllerFlags?: readonly string[]
}

export async function startLab(options: LabOptions): Promise<Lab> {
  const { id, say = () => undefined } = options
  const image = makeImage()
  const cluster = await startCluster(options)
  const { plane, logFolder } = cluster
  try {
    const client = await startClient(namespaceName(id, 'client'))
    const bgp = options.bgp === true ? await startBgp(options, logFolder) : undefined
    const at: LabPlace = { id, plane, image, logFolder }
    const state: State = { cluster, at, client, bgp, speakers: new Map(), controllers: new Map() }
    if (options.herald !== false) {
      say('Herald: the controller and a speaker on each node, with the rights of the manifests')
      await Promise.all([
        runController(state, 1, options.controllerFlags),
        ...nodeNames.map((node) => runSpeaker(state, node, options.speakerFlags)),
      ])
    }
    return { id, plane, api: plane.api, kubectl: plane.kubectl, client, bgp, logFolder, ...verbs(state) }
  } catch (error) {
    await cluster.stop()
    removeFolder(image.folder)
    throw error
  }
}

async function startBgp({ id, say = () => undefined }: LabOptions, logFolder: string): Promise<LabBgp> {
  say('two routers, FRR and BIRD, on the nodes’ LAN, and a client on another LAN behind them')
  await makeBackNetwork(id)
  const [routers, client] = await Promise.all([
    startRouters(id, logFolder),
    startClient(namespaceName(id, 'away')),
  ])
  return { routers, client }
}

type Given = 'id' | 'plane' | 'api' | 'kubectl' | 'client' | 'bgp' | 'logFolder'

function verbs(state: State): Omit<Lab, Given> {
  const own = { stillThere: () => stillThere(state), stop: () => stop(state) }
  return { ...processVerbs(state), ...nodeVerbs(state), ...ownerVerbs(state), ...own }
}

function stillThere({ at, bgp, speakers, controllers }: State): void {
  at.plane.stillThere()
  const herald = [...speakers.values(), ...controllers.values()].map((one) => ({ ...one, name: one.pod }))
  const daemons = Object.values(bgp?.routers ?? {}).flatMap((router) => router.daemons)
  for (const { name, hasExited, logFile } of [...herald, ...daemons])
    if (hasExited()) throw new Hopeless(`${name} has ended; its log:\n${tailOf(logFile)}`)
}

function processVerbs(state: State) {
  return {
    speaker: (node: NodeName) => state.speakers.get(node),
    controller: (number = 1) => state.controllers.get(number),
    startSpeaker: (node: NodeName, flags?: readonly string[]) => runSpeaker(state, node, flags),
    killSpeaker: (node: NodeName) => kill(state.speakers, node),
    stopSpeaker: (node: NodeName) => stopGently(state.speakers, node),
    startController: (number = 1, flags?: readonly string[]) => runController(state, number, flags),
    killController: (number = 1) => kill(state.controllers, number),
    stopController: (number = 1) => stopGently(state.controllers, number),
    stopApiServer: () => state.at.plane.stopApiServer(),
    startApiServer: async () => {
      await state.at.plane.startApiServer()
      await state.cluster.wakeKubernetes()
    },
  }
}

function nodeVerbs(state: State) {
  const { id } = state.at
  return {
    powerOff: async (node: NodeName) => {
      state.speakers.get(node)?.kill('SIGSTOP') // a kernel whose power is gone closes no connection of the dead
      await state.cluster.powerOff(node)
      await kill(state.speakers, node)
    },
    powerOn: async (node: NodeName) => {
      await state.cluster.powerOn(node)
      await runSpeaker(state, node)
    },
    cutApi: (node: NodeName) => cutApi(id, node),
    mendApi: (node: NodeName) => mendApi(id, node),
    linkDown: (node: NodeName) => setLink(id, node, 'down'),
    linkUp: (node: NodeName) => setLink(id, node, 'up'),
    unplug: (node: NodeName) => setCable(id, node, 'down'),
    plug: (node: NodeName) => setCable(id, node, 'up'),
    isolate: (node: NodeName) => setForwarding(id, node, 'off'),
    rejoin: (node: NodeName) => setForwarding(id, node, 'on'),
    changeMac: (node: NodeName, mac: string) => setMac(id, node, mac),
    macOf: (node: NodeName) => macOf(id, node),
  }
}

function ownerVerbs(state: State) {
  const ownerOf = async (address: string, timeoutMs = 1_000): Promise<NodeName | undefined> => {
    const mac = await state.client.resolve(address, timeoutMs)
    return mac === undefined ? undefined : nodeWithMac(state.at.id, mac)
  }
  const untilOwnedBy = async (
    address: string,
    isRight: (owner: NodeName) => boolean,
    timeoutMs = 60_000,
  ): Promise<NodeName> => {
    let owner: NodeName | undefined
    await untilTrue(
      `${address} has its owner`,
      async () => {
        owner = await ownerOf(address, 300)
        return owner !== undefined && isRight(owner)
      },
      { timeoutMs },
    )
    if (owner === undefined) throw new Error(`nobody owns ${address}`)
    return owner
  }
  return { ownerOf, untilOwnedBy }
}

export async function nodeWithMac(id: string, mac: string): Promise<NodeName | undefined> {
  const macs = await Promise.all(nodeNames.map((node) => macOf(id, node)))
  return nodeNames[macs.indexOf(mac)]
}

async function runSpeaker(state: State, node: NodeName, flags?: readonly string[]): Promise<void> {
  const speaker = await startSpeaker(state.at, node, flags)
  state.speakers.set(node, speaker)
  await speaker.ready()
}

async function runController(state: State, number: number, flags?: readonly string[]): Promise<void> {
  const controller = await startController(state.at, number, flags)
  state.controllers.set(number, controller)
  await controller.ready()
}

async function kill<Key>(processes: Map<Key, HeraldProcess>, key: Key): Promise<void> {
  const process = processes.get(key)
  processes.delete(key)
  process?.kill('SIGKILL')
  await process?.exited
}

async function stopGently<Key>(processes: Map<Key, HeraldProcess>, key: Key): Promise<void> {
  const process = processes.get(key)
  processes.delete(key)
  await process?.stop()
}

async function stop(state: State): Promise<void> {
  const { client, bgp, speakers, controllers } = state
  client.stop()
  bgp?.client.stop()
  await Promise.all([
    ...[...speakers.keys()].map((node) => kill(speakers, node)),
    ...[...controllers.keys()].map((number) => kill(controllers, number)),
    ...(bgp === undefined ? [] : Object.values(bgp.routers).map((router) => router.stop())),
  ])
  await state.cluster.stop()
  removeFolder(state.at.image.folder)
}
