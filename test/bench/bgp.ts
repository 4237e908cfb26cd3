// BGP, side by side in one run: Herald's engine, GoBGP and ExaBGP as originators of one attribute set, each in a network
// namespace of its own, to a BIRD receiver on the same machine. As root: node test/bench/bgp.ts [SCALE, 1 by default:
// 0.01 is a try of the whole within a minute, with a hundredth of the prefixes]
import { percentile } from '../../hack/lab/figures.ts'
import { destroyLan, reasonToSkip } from '../net/lan.ts'
import { pause } from '../support/until.ts'
import type { OriginatorKind } from './bgp-originators.ts'
import { originators } from './bgp-originators.ts'
import { changeAt } from './bgp-prefixes.ts'
import type { ChangePlan } from './bgp-prefixes.ts'
import { close, has, inTurn, layOut, mostSessions, open, untilAllHave } from './bgp-stage.ts'
import type { Ground, Stage } from './bgp-stage.ts'
import type { OnWire } from './bgp-wire.ts'
import { changesOn, listenOnWire, volumeOf } from './bgp-wire.ts'
import { say, tell } from './figure.ts'
import type { About, Goal } from './figure.ts'

const scale = Number(process.argv[2] ?? 1)
const scaled = (count: number): number => 2 * Math.ceil((count * scale) / 2)

type Size = { readonly count: number; readonly rounds: number; readonly mostMb: number }

const sizes: readonly Size[] = [
  { count: scaled(1_000), rounds: 5, mostMb: 100 },
  { count: scaled(10_000), rounds: 5, mostMb: 100 },
  { count: scaled(100_000), rounds: 3, mostMb: 150 },
]
const storm = { count: scaled(10_000), rounds: 3 } as const
const toMany = { count: scaled(1_000), rounds: 3 } as const
const window = 1_000 // prefixes that are held while single ones change
const single: ChangePlan = { count: scaled(500), everyMs: 10, window }
const churn: ChangePlan = { count: scaled(10_000), everyMs: 1, window }

const fromEstablished = 'from Established to the router’s having all, by its own word'
const fromWish = 'from the wish (a call of our engine, GoBGP’s gRPC, ExaBGP’s pipe) to the router’s own word'

const isOurs = ({ name }: OriginatorKind): boolean => name === 'Herald'

function inWords(count: number): string {
  return `${count.toLocaleString('en')} prefixes`
}

/** Goals are Herald's; the others are there to compare with. */
function tellOf({ kind }: Stage, about: About, values: number | readonly number[]): void {
  const { goals, ...rest } = about
  const figure = `${kind.name}: ${about.figure}`
  tell({ ...rest, figure, ...(goals !== undefined && isOurs(kind) ? { goals } : {}) }, values)
}

const faster: readonly Goal[] = [{ of: 'max', most: 0.999 }]

/** How long Herald takes in parts of what the fastest other takes, by the medians. */
function tellRatio(what: string, times: ReadonlyMap<OriginatorKind, readonly number[]>): void {
  const medians = (ours: boolean) =>
    [...times].filter(([kind]) => isOurs(kind) === ours).map(([, values]) => percentile(values, 50))
  const [[herald = Number.NaN], others] = [medians(true), medians(false)]
  const figure = `${what}: Herald’s time in parts of the faster of the others’`
  tell({ figure, unit: 'ratio', goals: faster, note: 'of the medians' }, herald / Math.min(...others))
}

async function measureSize(ground: Ground, size: Size): Promise<void> {
  const what = `${inWords(size.count)} to one router`
  const all = new Map<OriginatorKind, readonly number[]>()
  await inTurn(ground, { held: size.count, sessions: 1 }, async (stage) => {
    say(`${stage.kind.name}: ${what}, ${size.rounds} times`)
    const times = await transfers(stage, size)
    tellOf(stage, { figure: what, unit: 'ms', note: fromEstablished }, times)
    all.set(stage.kind, times)
  })
  tellRatio(what, all)
}

/** The first session is looked at and not timed. */
async function transfers(stage: Stage, { count, rounds, mostMb }: Size): Promise<readonly number[]> {
  const { originator, router, address } = stage
  const wire = await listenOnWire(router)
  await open(stage, count)
  tellVolume(stage, count, await wire.stop(address))
  const times: number[] = []
  let residentMb = await originator.residentMb()
  for (let round = 0; round < rounds; round++) {
    await close(stage)
    times.push(...(await open(stage, count)))
    residentMb = Math.max(residentMb, await originator.residentMb())
  }
  const figure = `memory over its idle, ${inWords(count)} told`
  const note = `resident, the most after ${rounds + 1} sessions; idle ${originator.idleMb} MB`
  const goals = [{ of: 'max', most: mostMb }] as const
  tellOf(stage, { figure, unit: 'MB', note, goals }, residentMb - originator.idleMb)
  return times
}

function tellVolume(stage: Stage, count: number, wire: readonly OnWire[]): void {
  const { messages, bytes, prefixes } = volumeOf(wire)
  if (prefixes !== count)
    throw new Error(`${stage.kind.name}: ${prefixes} prefixes on the wire, not ${count}`)
  const figure = `on the wire for 1,000 of ${inWords(count)}`
  const note = 'UPDATEs, by our own decoder'
  tellOf(stage, { figure: `bytes ${figure}`, unit: 'bytes', note }, (bytes * 1000) / count)
  tellOf(stage, { figure: `messages ${figure}`, unit: 'messages', note }, (messages * 1000) / count)
}

/** All routes go at once, and come again. */
async function measureStorm(ground: Ground): Promise<void> {
  const what = `${inWords(storm.count)} withdrawn at once`
  const all = new Map<OriginatorKind, readonly number[]>()
  await inTurn(ground, { held: storm.count, sessions: 1 }, async (stage) => {
    say(`${stage.kind.name}: ${what}, ${storm.rounds} times`)
    await open(stage, storm.count)
    const times: number[] = []
    for (let round = 0; round < storm.rounds; round++) {
      times.push(await untilAllHave(stage, 0, await stage.originator.withdraw(storm.count)))
      await untilAllHave(stage, storm.count, await stage.originator.announce(storm.count))
    }
    tellOf(stage, { figure: what, unit: 'ms', note: fromWish }, times)
    all.set(stage.kind, times)
  })
  tellRatio(what, all)
}

async function measureMany(ground: Ground): Promise<void> {
  const what = `${inWords(toMany.count)} to ${mostSessions} routers`
  const wished = `${what}, announced while all sessions stand`
  const all = { opening: new Map<OriginatorKind, number[]>(), wished: new Map<OriginatorKind, number[]>() }
  await inTurn(ground, { held: toMany.count, sessions: mostSessions }, async (stage) => {
    say(`${stage.kind.name}: ${what}`)
    const { originator, kind } = stage
    const opening = [...(await open(stage, toMany.count))]
    const times: number[] = []
    for (let round = 0; round < toMany.rounds; round++) {
      await untilAllHave(stage, 0, await originator.withdraw(toMany.count))
      times.push(await untilAllHave(stage, toMany.count, await originator.announce(toMany.count)))
    }
    tellOf(stage, { figure: what, unit: 'ms', note: `each ${fromEstablished}` }, opening)
    tellOf(stage, { figure: wished, unit: 'ms', note: `the last of them, ${fromWish}` }, times)
    const figure = `memory over its idle, ${what}`
    const goals = [{ of: 'max', most: 100 }] as const
    tellOf(stage, { figure, unit: 'MB', goals }, (await originator.residentMb()) - originator.idleMb)
    all.opening.set(kind, opening)
    all.wished.set(kind, times)
  })
  tellRatio(what, all.opening)
  tellRatio(wished, all.wished)
}

/** Each from its wish to the first UPDATE that holds it, by the kernel's time stamp where the receiver is. */
async function measureChanges(ground: Ground, plan: ChangePlan, what: string): Promise<void> {
  await inTurn(ground, { held: window, sessions: 1 }, async (stage) => {
    const { kind, originator, router, receiver, address } = stage
    say(`${kind.name}: ${what}`)
    await open(stage, window)
    const wire = await listenOnWire(router)
    const at = await originator.change(plan)
    await pause(1_000)
    if (isOurs(kind)) await receiver.seen('the router has what is left', has(window))
    const seen = changesOn(await wire.stop(address))
    const lags = at.flatMap((wishedAt, index) => {
      const { kind: verb, prefix } = changeAt(index, window)
      const onWire = seen.get(`${verb} ${prefix}`)
      return onWire === undefined ? [] : [onWire - wishedAt]
    })
    tellOf(stage, { figure: what, unit: 'ms', goals: [{ of: 'p99', most: 20 }] }, lags)
    const figure = `${what}: changes that were not on the wire a second after the last`
    tellOf(stage, { figure, unit: 'changes', goals: [{ of: 'max', most: 0 }] }, at.length - lags.length)
    const memory = `${what}: memory over its idle`
    tellOf(stage, { figure: memory, unit: 'MB' }, (await originator.residentMb()) - originator.idleMb)
  })
}

async function main(): Promise<void> {
  const reason = reasonToSkip()
  if (reason !== undefined) throw new Error(reason)
  const ground = layOut(originators())
  process.once('SIGTERM', () => {
    destroyLan(ground.lan)
    process.exit(1)
  })
  try {
    await measureChanges(ground, single, 'one change → UPDATE on the wire')
    await measureChanges(ground, churn, '1,000 changes a second for 10 s: change → UPDATE on the wire')
    for (const size of sizes) await measureSize(ground, size)
    await measureStorm(ground)
    await measureMany(ground)
  } finally {
    destroyLan(ground.lan)
  }
}

await main()
