// One lab for all files of this rung: it takes seconds to start, and each test leaves it as it found it. Everything on
// the client's wire is captured from beginning to end, for wire.test.ts to have it judged.
import { join } from 'node:path'
import type { Lab } from '../../hack/lab/lab.ts'
import { startLab } from '../../hack/lab/lab.ts'
import { settle } from '../../hack/lab/measure.ts'
import { namespaceName } from '../../hack/lab/names.ts'
import type { NodeName } from '../../hack/lab/names.ts'
import { createBackends, createPool, serviceObject, servicesPath } from '../../hack/lab/objects.ts'
import type { ServiceWish } from '../../hack/lab/objects.ts'
import { addressesOf } from '../../hack/lab/service-watch.ts'
import type { ArpRecord } from '../../hack/lab/probe/records.ts'
import { run } from '../../hack/lab/shell.ts'
import type { Running } from '../support/process.ts'
import { startProcess, tailOf } from '../support/process.ts'
import { pause, until, untilTrue } from '../support/until.ts'

/** A lab with a pool, backends on each node, and the Service 'web' announced by its owner. */
export type World = {
  readonly lab: Lab
  readonly web: { readonly IPv4: string; readonly IPv6: string }
  readonly captureFile: string
}

let world: Promise<World> | undefined
let capture: Running | undefined

/** The same one for everybody; started by whoever comes first. */
export function sharedWorld(): Promise<World> {
  world ??= makeWorld()
  return world
}

// Hooks at the root: they hold for every file; the first runs once, after the last one.
after(async function () {
  this.timeout(180_000)
  capture?.kill('SIGKILL')
  await (await world?.catch(() => undefined))?.lab.stop()
})

afterEach(async function () {
  if (this.currentTest?.state !== 'failed' || world === undefined) return
  const { lab } = await world
  console.error(lastWords(lab))
})

async function makeWorld(): Promise<World> {
  const lab = await startLab({ id: `e2e${process.pid}` })
  const captureFile = join(lab.logFolder, 'client.pcap')
  capture = startProcess({
    command: 'tcpdump',
    args: ['-i', 'eth0', '-U', '-Z', 'root', '-w', captureFile, 'arp or icmp6'],
    namespace: namespaceName(lab.id, 'client'),
    logFile: join(lab.logFolder, 'tcpdump.log'),
  })
  await createPool(lab.api)
  await createBackends(lab.api)
  const web = await createService(lab, { name: 'web' })
  return { lab, web, captureFile }
}

/** Created, with its addresses, and announced. */
export async function createService(
  lab: Lab,
  wish: ServiceWish,
): Promise<{ readonly IPv4: string; readonly IPv6: string }> {
  await lab.api.create(servicesPath, serviceObject(wish))
  const [IPv4 = '', IPv6 = ''] = await untilAllocated(lab, wish.name, 2)
  await lab.untilOwnedBy(IPv4, () => true, 30_000)
  return { IPv4, IPv6 }
}

export function untilAllocated(lab: Lab, name: string, count: number): Promise<readonly string[]> {
  return until(
    `${name} has ${count} addresses`,
    async () => {
      const addresses = addressesOf(await lab.api.get(`${servicesPath}/${name}`))
      return addresses.length === count ? addresses : undefined
    },
    { timeoutMs: 60_000 },
  )
}

export async function deleteService(lab: Lab, name: string): Promise<void> {
  await lab.api.remove(`${servicesPath}/${name}`)
}

/** Nobody answers for the address any more. */
export async function untilSilent(lab: Lab, address: string): Promise<void> {
  await untilTrue(
    `nobody answers for ${address}`,
    async () => (await lab.ownerOf(address, 500)) === undefined,
    {
      timeoutMs: 60_000,
    },
  )
}

/** Asks by ARP for a second, or for as long as it takes to hear twenty answers: the nodes that gave them. */
export async function whoAnswers(lab: Lab, address: string): Promise<readonly string[]> {
  const records: ArpRecord[] = []
  await untilTrue(`twenty answers for ${address}`, async () => {
    const asking = await lab.client.askArp({ address, everyMs: 20 })
    await pause(1_000)
    records.push(...(await asking.stop()))
    return records.filter(({ answers }) => answers.length > 0).length >= 20
  })
  return [...new Set(records.flatMap(({ answers }) => answers.map(({ mac }) => mac)))]
}

/** Nobody but this station answers any more. */
export async function untilAlone(lab: Lab, address: string, mac: string): Promise<void> {
  const isAlone = async (): Promise<boolean> => (await whoAnswers(lab, address)).join() === mac
  await untilTrue(`${mac} alone answers for ${address}`, isAlone)
}

/** The node that the client's kernel has in its neighbour cache, without asking. */
export async function cachedOwner(lab: Lab, address: string): Promise<string | undefined> {
  const client = namespaceName(lab.id, 'client')
  const rows = await run('ip', ['-netns', client, 'neigh', 'show', 'dev', 'eth0'])
  const row = rows.split('\n').find((line) => line.startsWith(`${address} `))
  return /lladdr (\S+)/.exec(row ?? '')?.[1]
}

/** Both speakers up and one owner that stays: what the next test begins with. */
export async function restored(lab: Lab, address: string): Promise<NodeName> {
  return settle(lab, address)
}

/** What the processes of Herald said last: shown when a test fails. */
function lastWords(lab: Lab): string {
  const names = ['controller-1', 'speaker-node-a', 'speaker-node-b', 'speaker-node-c']
  return names.map((name) => `${name}:\n${tailOf(join(lab.logFolder, `${name}.log`), 12)}`).join('\n')
}
