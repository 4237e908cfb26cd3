// Two controllers on a real API server, and what can become of the one that leads: killed amid its work, asked to go,
// stopped for longer than its Lease, or with a write that arrives long after its sender is gone.
import { expect } from 'chai'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eachOf } from '../bench/services.ts'
import type { Watching } from '../support/api.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { dig, digList, digText } from '../support/dig.ts'
import {
  addressesOf,
  allAddresses,
  conditionOf,
  createTestPool,
  createTestService,
  defaultServices,
  heraldNamespace,
  ingressOf,
  readService,
  startHeraldPlane,
  startTestController,
} from '../support/herald-plane.ts'
import type { TestController, TestControllerOptions } from '../support/herald-plane.ts'
import type { HoldingProxy } from '../support/holding-proxy.ts'
import { startHoldingProxy } from '../support/holding-proxy.ts'
import { tailOf } from '../support/process.ts'
import { Hopeless, until, untilTrue } from '../support/until.ts'

const leases = `/apis/coordination.k8s.io/v1/namespaces/${heraldNamespace}/leases`
const pools = `/apis/metallb.io/v1beta1/namespaces/${heraldNamespace}/ipaddresspools`
const patience = { timeoutMs: 60_000 }

const isStatusOf = (name: string) => (asked: { method: string; path: string }) =>
  asked.method === 'PATCH' && asked.path.startsWith(`${defaultServices}/${name}/status`)

function linesOf(file: string, text: string): number {
  return existsSync(file) ? readFileSync(file, 'utf8').split(text).length - 1 : 0
}

type Following = { readonly stop: () => Promise<void> }

type LeaseSeen = {
  readonly holder: string // name of the Pod; '' = nobody
  readonly renewedMs: number
  readonly acquiredMs: number
  readonly durationMs: number
}

function leaseSeen(lease: unknown): LeaseSeen {
  const timeOf = (field: string) => Date.parse(digText(lease, 'spec', field) ?? '')
  return {
    holder: (digText(lease, 'spec', 'holderIdentity') ?? '').replace(/_.*/, ''),
    renewedMs: timeOf('renewTime'),
    acquiredMs: timeOf('acquireTime'),
    durationMs: Number(dig(lease, 'spec', 'leaseDurationSeconds')) * 1_000,
  }
}

describe('two controllers on a real API server', function () {
  this.timeout(180_000)
  let plane: ControlPlane
  let proxy: HoldingProxy
  let following: Following
  const controllers = new Map<number, TestController>()
  const logs = new Set<string>()
  const holderOf = new Map<string, string>() // Service by address, as a watch sees it
  const doubles: string[] = []

  const end = async (number: number, signal: NodeJS.Signals): Promise<void> => {
    controllers.get(number)?.kill(signal)
    await controllers.get(number)?.exited
    controllers.delete(number)
  }
  const start = async (number: number, options: TestControllerOptions = {}): Promise<void> => {
    await end(number, 'SIGKILL')
    const before = linesOf(join(plane.folder, `controller-${number}.log`), 'holder of the Lease')
    const controller = await startTestController(plane, number, options)
    controllers.set(number, controller)
    logs.add(controller.logFile)
    const isUp = (): boolean => {
      if (controller.hasExited()) throw new Hopeless(`it ended: ${tailOf(controller.logFile)}`)
      return linesOf(controller.logFile, 'holder of the Lease') > before
    }
    await untilTrue(`controller ${number} knows who leads`, isUp, patience)
  }
  const leaderIs = (number: number): Promise<void> =>
    untilTrue(
      `controller ${number} leads`,
      async () => (await holder()).includes(`controller-${number}`),
      patience,
    )
  const holder = async (): Promise<string> =>
    digText(await plane.api.get(`${leases}/controller`), 'spec', 'holderIdentity') ?? ''

  /** What a watch says of a Service: no address may be two Services' at once. */
  const takeIn = (type: string, service: unknown): void => {
    const name = digText(service, 'metadata', 'name') ?? ''
    const now = type === 'DELETED' ? [] : ingressOf(service)
    for (const [address, by] of holderOf) if (by === name && !now.includes(address)) holderOf.delete(address)
    for (const address of now) {
      const other = holderOf.get(address)
      if (other !== undefined && other !== name) doubles.push(`${address}: ${other} and ${name}`)
      holderOf.set(address, name)
    }
  }

  /** At every moment: an API server may end a watch that is read too slowly, and another one goes on where it was. */
  const followAddresses = async (): Promise<Following> => {
    let version = digText(await plane.api.get(defaultServices), 'metadata', 'resourceVersion') ?? ''
    let isOver = false
    const open = (): Promise<Watching> =>
      plane.api.watch(`${defaultServices}?resourceVersion=${version}`, ({ type, object }) => {
        const seen = digText(object, 'metadata', 'resourceVersion')
        if (seen === undefined) throw new Error(`the watch says ${type}: ${JSON.stringify(object)}`)
        version = seen
        takeIn(type, object)
      })
    let watching = await open()
    const goOn = async (): Promise<void> => {
      while (!isOver) {
        await watching.ended.catch(() => undefined) // ended by the other side
        if (!isOver) watching = await open()
      }
    }
    const ended = goOn()
    return {
      stop: async () => {
        isOver = true
        watching.stop()
        await ended
      },
    }
  }
  const untilAllHave = (names: readonly string[]): Promise<void> =>
    untilTrue(
      'all have an address',
      async () => {
        const all = await allAddresses(plane)
        return names.every((name) => all.get(name)?.length === 1)
      },
      patience,
    )

  before(async () => {
    plane = await startHeraldPlane()
    const authority = Buffer.from(plane.caData, 'base64')
    proxy = await startHoldingProxy({ server: plane.server, ca: authority })
    await createTestPool(plane, 'pool', ['192.0.2.0/24', '198.51.100.0/23'])
    following = await followAddresses()
    await start(1)
    await leaderIs(1)
    await start(2)
  })

  after(async () => {
    await following.stop()
    for (const number of controllers.keys()) await end(number, 'SIGKILL')
    await proxy.close()
    await plane.stop()
  })

  afterEach(() => {
    expect(doubles).to.deep.equal([])
  })

  /** Every state of the Lease of the leader, from now on. */
  const followLease = async (): Promise<{ readonly seen: LeaseSeen[]; readonly stop: () => void }> => {
    const version = digText(await plane.api.get(leases), 'metadata', 'resourceVersion') ?? ''
    const seen: LeaseSeen[] = []
    const { stop } = await plane.api.watch(`${leases}?resourceVersion=${version}`, ({ object }) => {
      if (digText(object, 'metadata', 'name') === 'controller') seen.push(leaseSeen(object))
    })
    return { seen, stop }
  }

  it('loses nothing and gives nothing twice when the leader is killed amid 500 Services', async () => {
    const lease = await followLease()
    const names = Array.from({ length: 500 }, (_, index) => `many-${index}`)
    const creating = eachOf(names, 16, (name) => createTestService(plane, { name }))
    await untilTrue('some have an address', () => holderOf.size > 20, { ...patience, everyMs: 5 })
    await end(1, 'SIGKILL')
    await creating
    await leaderIs(2)
    await untilAllHave(names)
    const hasLed = ({ holder: by }: LeaseSeen) => by === 'controller-2'
    await untilTrue('the watch has seen it', () => lease.seen.some(hasLed), patience)
    lease.stop()
    const last = lease.seen.findLast(({ holder }) => holder === 'controller-1')
    const next = lease.seen.find(hasLed)
    const waitedMs = (next?.acquiredMs ?? Number.NaN) - (last?.renewedMs ?? Number.NaN)
    // Not before the time of the Lease is over, and soon after it: ten times is what a busy machine may take.
    expect(waitedMs).to.be.within(last?.durationMs ?? Number.NaN, 10 * (last?.durationMs ?? Number.NaN))
    const all = [...(await allAddresses(plane)).values()].flat()
    expect(new Set(all).size).to.equal(all.length)
  })

  // Who waited for the end of such a Lease would wait for ten minutes.
  it('hands over at once when the leader gets SIGTERM: it gives the Lease away', async () => {
    await start(1)
    await end(2, 'SIGTERM')
    await leaderIs(1)
    await start(2, { flags: ['--lease-duration=10m'] })
    await end(1, 'SIGTERM')
    await leaderIs(2)
    expect(leaseSeen(await plane.api.get(`${leases}/controller`)).durationMs).to.equal(600_000)
    await start(1)
    const lease = await followLease()
    await end(2, 'SIGTERM')
    await leaderIs(1)
    const holders = () => lease.seen.map((one) => one.holder)
    await untilTrue('the watch has seen it', () => holders().includes('controller-1'), patience)
    lease.stop()
    const changes = holders().filter((one, index, all) => one !== all[index - 1])
    expect(changes.slice(-2)).to.deep.equal(['', 'controller-1'])
    await createTestService(plane, { name: 'handed-over' })
    await addressesOf(plane, 'handed-over', 60_000)
  })

  it('writes nothing after it was stopped for longer than its Lease: another leads by then', async () => {
    await start(2)
    controllers.get(1)?.kill('SIGSTOP')
    try {
      await leaderIs(2)
      await createTestService(plane, { name: 'meanwhile' })
      await addressesOf(plane, 'meanwhile', 60_000)
    } finally {
      controllers.get(1)?.kill('SIGCONT')
    }
    const log = controllers.get(1)?.logFile ?? ''
    await untilTrue('it knows', () => linesOf(log, 'no longer leading') > 0, patience)
    await createTestService(plane, { name: 'afterwards' })
    await addressesOf(plane, 'afterwards', 60_000)
    expect(await holder()).to.include('controller-2')
  })

  /** Controller 3 leads, plans an address for the Service, and dies with the write under way; 2 leads then. */
  const dieWriting = async (
    name: string,
    cause: () => Promise<unknown>,
    meanwhile?: () => Promise<unknown>,
  ) => {
    await end(1, 'SIGTERM')
    await start(3, { server: proxy.server })
    await end(2, 'SIGTERM')
    await leaderIs(3)
    const before = proxy.held().length
    proxy.hold(isStatusOf(name))
    await cause()
    const write = await until(`a write of ${name}`, () => proxy.held()[before], patience)
    proxy.hold(undefined)
    await end(3, 'SIGKILL')
    await meanwhile?.()
    await start(2)
    await leaderIs(2)
    await start(1)
    return write
  }

  it('a write that comes after another one led is refused: it was planned with a version that no longer stands', async () => {
    const write = await dieWriting('late', () => createTestService(plane, { name: 'late' }))
    const [planned] = ingressOf(JSON.parse(write.body))
    const now = await addressesOf(plane, 'late', 60_000)
    await plane.api.merge(`${defaultServices}/late`, {
      metadata: { annotations: { 'metallb.io/loadBalancerIPs': '198.51.101.250' } },
    })
    await untilTrue(
      'it has moved',
      async () => ingressOf(await readService(plane, 'late'))[0] === '198.51.101.250',
      patience,
    )
    expect(now).to.deep.equal([planned])
    await createTestService(plane, {
      name: 'heir',
      annotations: { 'metallb.io/loadBalancerIPs': planned ?? '' },
    })
    await addressesOf(plane, 'heir', 60_000)
    expect(await write.release()).to.equal(409)
    expect(ingressOf(await readService(plane, 'late'))).to.deep.equal(['198.51.101.250'])
  })

  it('a double that lands all the same is found: the older assignment stays, the other one moves and says why', async () => {
    await createTestPool(plane, 'single', ['203.0.113.1/32'])
    await plane.api.merge(`${pools}/single`, { spec: { autoAssign: false } })
    const annotations = { 'metallb.io/address-pool': 'single' }
    const isWaiting = async (name: string): Promise<boolean> => {
      const allocated = conditionOf(await readService(plane, name), 'metallb.io/Allocated')
      return digText(allocated, 'reason') === 'PoolExhausted'
    }
    await createTestService(plane, { name: 'owner', annotations })
    await addressesOf(plane, 'owner', 60_000)
    for (const name of ['early', 'restored']) {
      await createTestService(plane, { name, annotations })
      await untilTrue(`${name} waits`, () => isWaiting(name), patience)
    }
    // Whoever restores a backup of a status by hand gives away what the controller was about to give.
    const restore = () =>
      until('it is restored', async () => {
        const current = await readService(plane, 'restored')
        return plane.api.replace(`${defaultServices}/restored/status`, {
          ...(typeof current === 'object' ? current : {}),
          status: { loadBalancer: { ingress: [{ ip: '203.0.113.1' }] } },
        })
      })
    const remove = () => plane.api.remove(`${defaultServices}/owner`)
    const write = await dieWriting('early', remove, restore)
    await untilTrue(
      'it is adopted',
      async () => {
        const allocated = conditionOf(await readService(plane, 'restored'), 'metallb.io/Allocated')
        return digText(allocated, 'status') === 'True'
      },
      patience,
    )
    expect(await write.release()).to.equal(200)
    await untilTrue(
      'one has it',
      async () => ingressOf(await readService(plane, 'restored')).length === 0,
      patience,
    )
    await untilTrue('the watch has seen it', () => doubles.length > 0, patience)
    expect(doubles.splice(0)).to.deep.equal(['203.0.113.1: restored and early'])
    expect(ingressOf(await readService(plane, 'early'))).to.deep.equal(['203.0.113.1'])
    const told = await until(
      'the event',
      async () => {
        const text = await plane.kubectl(['describe', 'service', 'restored'])
        return text.includes('ClearAssignment') ? text : undefined
      },
      patience,
    )
    expect(told).to.match(/ClearAssignment .*203\.0\.113\.1 cannot stay: AddressInUse/)
  })

  it('was never refused anything by the API server: the shipped roles are enough', () => {
    for (const log of logs) expect(readFileSync(log, 'utf8')).to.not.match(/forbidden/i)
  })

  it('has given each Service of this test one address', async () => {
    const services = digList(await plane.api.get(defaultServices), 'items')
    const ours = services.filter((service) => dig(service, 'spec', 'type') === 'LoadBalancer')
    const all = ours.flatMap(ingressOf)
    expect(all.length).to.equal(ours.length - 1) // the one that lost
    expect(new Set(all).size).to.equal(all.length)
  })
})
