// What the files of this rung have in common: a LAN of their own, made before their tests and gone after them with all
// that ran on it; and the questions that a client asks.
import { needsNamespaces } from '../support/skip.ts'
import { makeTemporaryFolder, removeFolder } from '../support/temporary.ts'
import { EngineProcess } from './engine-process.ts'
import type { EngineOptions } from './engine-process.ts'
import { addHost, createLan, destroyLan } from './lan.ts'
import type { Host, Lan, LanOptions } from './lan.ts'
import { Wire } from './wire.ts'

/** The addresses that are claimed, where nothing else is said. */
export const v4 = '192.0.2.100'
export const v6 = '2001:db8::100'
export const v6Group = { address: 'ff02::1:ff00:100', mac: '33:33:ff:00:01:00' } as const

/** Whatever is made by it ends with it. */
export class Stage {
  readonly lan: Lan
  private readonly wires: Wire[] = []
  private readonly engines: EngineProcess[] = []
  private readonly folders: string[] = []

  constructor(options: LanOptions) {
    this.lan = createLan(options)
  }

  host(name: string, number: number): Host {
    return addHost(this.lan, name, number)
  }

  wire(host: Host, filter?: string): Wire {
    const wire = new Wire(host, filter)
    this.wires.push(wire)
    return wire
  }

  engine(host: Host, options: EngineOptions = {}): EngineProcess {
    const engine = new EngineProcess(host, options)
    this.engines.push(engine)
    return engine
  }

  folder(purpose: string): string {
    const folder = makeTemporaryFolder(purpose)
    this.folders.push(folder)
    return folder
  }

  async stopEngines(): Promise<void> {
    await Promise.all(this.engines.splice(0).map((engine) => engine.stop()))
  }

  async close(): Promise<void> {
    for (const wire of this.wires) wire.close()
    await this.stopEngines()
    destroyLan(this.lan)
    for (const folder of this.folders) removeFolder(folder)
  }
}

type Staged = { readonly stage: Stage; readonly lan: Lan }

/**
 * For the body of a describe: its tests begin when `prepare` has made what they need, and get that by calling what is
 * returned.
 */
export function staged<T>(
  prepare: (stage: Stage) => T | Promise<T>,
  options: LanOptions = {},
): () => T & Staged {
  let stage: Stage | undefined
  let scene: (T & Staged) | undefined

  needsNamespaces()

  before(async () => {
    stage = new Stage(options)
    scene = { ...(await prepare(stage)), stage, lan: stage.lan }
  })

  after(() => stage?.close())

  return () => {
    if (scene === undefined) throw new Error('nothing is there before the tests begin')
    return scene
  }
}

/** A node, and a client with a wire that asks it. */
export function nodeAndClient(stage: Stage) {
  const node = stage.host('node', 1)
  const client = stage.host('client', 0x50)
  return { node, client, wire: stage.wire(client) }
}

/** The same, and an engine on the node that has announced both addresses. */
export async function answeringNode(stage: Stage) {
  const pair = nodeAndClient(stage)
  const engine = stage.engine(pair.node)
  engine.apply([v4, v6])
  await engine.ready(2)
  return { ...pair, engine }
}

/** A broadcast of the client, in the words of a trace. */
export function arpRequest(client: Host, { sender = '192.0.2.80', target = v4 } = {}): string {
  return `arp request from ${client.mac} ${sender} for 00:00:00:00:00:00 ${target} to ff:ff:ff:ff:ff:ff`
}

/** What a client asks who wants to send to the IPv6 address. */
export function solicitation(client: Host): string {
  return `ns from ${client.mac} fe80::50 to ${v6Group.mac} ${v6Group.address} target ${v6} source-mac ${client.mac}`
}

/** Duplicate address detection of somebody who wants the address, too (RFC 7527: with a nonce). */
export function addressProbe(client: Host): string {
  return `ns from ${client.mac} :: to ${v6Group.mac} ${v6Group.address} target ${v6} nonce 0102030405ff`
}
