// The verbs of scripts: a table. A new one is a row.
import { expect } from 'chai'
import { parseDuration } from '../../crds/duration.ts'
import { formatExplanation } from '../../operator/cli/explain.ts'
import { formatPools, formatStatus, statusReport } from '../../operator/cli/status.ts'
import { lookAt } from '../../operator/cli/cluster.ts'
import { explainService } from '../../reconcilers/explain.ts'
import { createFakeClient } from './fake-client.ts'
import { facts } from './facts.ts'
import type { Script } from './script.ts'
import { applyYaml, deleteYaml, writeStatus } from './user.ts'
import type { World } from './world.ts'

export type Scene = { readonly world: World; readonly script: Script }

type Verb = (scene: Scene, rest: string) => void | Promise<void>

/** Simulated time that a script waits for something to come about. */
const patienceMs = 15_000

/** Between two looks. */
const stepMs = 5

export const verbs: Readonly<Record<string, Verb>> = {
  start: ({ world }, words) => startEach(world, words.split(' ')),
  'begin-stop': ({ world }, name) => world.beginStop(name), // SIGTERM
  stop: ({ world }, name) => world.stop(name), // … and wait for its end
  kill: ({ world }, name) => world.kill(name), // and its machine
  cut: ({ world }, names) => names.split(' ').forEach(world.cut), // from the API server
  mend: ({ world }, names) => names.split(' ').forEach(world.mend),
  unplug: ({ world }, node) => world.lan.unplug(node), // the cable to the LAN
  plug: ({ world }, node) => world.lan.plug(node),
  squat: ({ world }, addresses) => world.lan.squat(addresses.split(' ')), // another machine has them
  vacate: ({ world }) => world.lan.squat([]),
  apply: (scene, names) =>
    names.split(' ').forEach((name) => applyYaml(scene.world.store, file(scene, name))),
  delete: (scene, names) =>
    names.split(' ').forEach((name) => deleteYaml(scene.world.store, file(scene, name))),
  'write-status': (scene, name) => writeStatus(scene.world.store, file(scene, name)), // by hand
  advance: ({ world }, text) => world.advance(duration(text)),
  wait: waitFor,
  within: waitWithin,
  hold: holdFor,
  expect: expectNow,
}

/** start NAME… --flag…: each with all the flags */
function startEach(world: World, words: readonly string[]): void {
  const flags = words.filter((word) => word.startsWith('--'))
  for (const name of words) if (!flags.includes(name)) world.start(name, flags)
}

/** wait FACT */
function waitFor(scene: Scene, sentence: string): Promise<void> {
  return comesAbout(scene, sentence, patienceMs)
}

/** within 5s FACT */
function waitWithin(scene: Scene, rest: string): Promise<void> {
  const [time, sentence] = timed(rest)
  return comesAbout(scene, sentence, time)
}

async function comesAbout({ world }: Scene, sentence: string, withinMs: number): Promise<void> {
  for (let waited = 0; waited < withinMs; waited += stepMs) {
    if (instead(world, sentence) === undefined) return
    await world.advance(stepMs)
  }
  expect.fail(`waited ${withinMs} ms in vain for "${sentence}"; it is ${instead(world, sentence) ?? ''}`)
}

/** hold 30s FACT: whenever one looks, a thousand times and more. */
async function holdFor({ world }: Scene, rest: string): Promise<void> {
  const [time, sentence] = timed(rest)
  const step = Math.max(stepMs, time / 1_000)
  for (let held = 0; held < time; held += step) {
    const other = instead(world, sentence)
    if (other !== undefined) expect.fail(`"${sentence}" did not hold after ${held} ms: it is ${other}`)
    await world.advance(step)
  }
}

/** expect FACT | expect explain NAMESPACE/NAME == FILE | expect status == FILE | expect status has "WORDS" */
async function expectNow(scene: Scene, rest: string): Promise<void> {
  const holding = /^(explain|status|pools) ?(\S*) has "(.+)"$/.exec(rest)
  if (holding !== null) {
    const [, command = '', name = '', words = ''] = holding
    expect(await print(scene, command, name)).to.contain(words)
    return
  }
  const printed = /^(explain|status) ?(\S*) == (\S+)$/.exec(rest)
  if (printed !== null) {
    const [, command = '', name = '', wanted = ''] = printed
    expect(await print(scene, command, name)).to.equal(file(scene, wanted).trimEnd())
    return
  }
  const other = instead(scene.world, rest)
  if (other !== undefined) expect.fail(`"${rest}" is not so: it is ${other}`)
}

/** What the command herald prints about this world. */
async function print({ world }: Scene, command: string, name: string): Promise<string> {
  const { client } = createFakeClient(world.store)
  const settings = { ignoreExcludeLabel: false }
  const look = await lookAt({
    client,
    namespace: 'metallb-system',
    settings,
    missed: 4,
    wallMs: world.wall(),
  })
  if (command === 'pools') return formatPools(statusReport(look))
  if (command === 'status') return formatStatus(statusReport(look))
  const explanation = explainService(look.snapshot, name, look.reports)
  return explanation === undefined ? `there is no Service ${name}` : formatExplanation(explanation)
}

function instead(world: World, sentence: string): string | undefined {
  for (const fact of facts) {
    const match = fact.pattern.exec(sentence)
    if (match !== null) return fact.instead(world, match.slice(1))
  }
  throw new Error(`scripts know no fact "${sentence}"`)
}

function file({ script }: Scene, name: string): string {
  const text = script.files.get(name)
  if (text === undefined) throw new Error(`the script has no file ${name}`)
  return text
}

/** '30s FACT' */
function timed(rest: string): readonly [number, string] {
  const [time = '', ...words] = rest.split(' ')
  return [duration(time), words.join(' ')]
}

function duration(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined) throw new Error(`not a duration: ${text}`)
  return ms
}
