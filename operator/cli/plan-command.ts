// herald plan: which Services would move, gain or lose an address or an owner if these objects were applied.
import { compareFutures } from '../../reconcilers/compare.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import { circumstancesOf, see } from './access.ts'
import type { ClusterOptions } from './access.ts'
import type { Changes } from './changes.ts'
import { changesOf } from './changes.ts'
import { lookThrough } from './cluster.ts'
import type { Circumstances, Lists } from './cluster.ts'
import { readDump } from './dump.ts'
import { Mistake } from './failure.ts'
import { readManifests } from './manifests.ts'
import { laidOver } from './overlay.ts'
import { formatPlan } from './plan.ts'
import type { PlanReport } from './plan.ts'
import { writeLines } from './terminal.ts'
import type { Terminal } from './terminal.ts'

export type PlanOptions = ClusterOptions & {
  readonly filename?: readonly string[]
  readonly delete?: readonly string[]
  readonly cluster?: readonly string[]
  readonly all?: boolean
  readonly output: 'text' | 'json'
}

/** As diff does: two futures that differ are told apart by the code alone. */
export const planExit = { same: 0, wrong: 1, moves: 2 } as const
export type PlanExit = (typeof planExit)[keyof typeof planExit]

export async function plan(options: PlanOptions, terminal: Terminal): Promise<PlanExit> {
  const { filename = [], delete: deletions = [], namespace } = options
  if (filename.length + deletions.length === 0)
    throw new Mistake('nothing to plan: name objects to apply (-f FILE) or to delete (--delete KIND/NAME)')
  const manifests = filename.flatMap(readManifests)
  const ground = await groundOf(options, terminal)
  const changes = changesOf(manifests, deletions, { namespace, home: ground.home })
  const report = reportOf(ground, changes)
  const text =
    options.output === 'json'
      ? JSON.stringify(report, undefined, 2)
      : formatPlan(report, options.all === true ? Number.POSITIVE_INFINITY : undefined)
  if (report.ignored.length > 0)
    terminal.err.write(`left out, nothing here depends on them: ${report.ignored.join(', ')}\n`)
  await writeLines(terminal, [text])
  if (report.flaws.length > 0) return planExit.wrong
  return report.services.length > 0 ? planExit.moves : planExit.same
}

/** A cluster before anything is changed. */
export type Ground = {
  readonly snapshot: Snapshot
  readonly lists: Lists
  readonly circumstances: Circumstances
  readonly home: string
}

async function groundOf(options: PlanOptions, terminal: Terminal): Promise<Ground> {
  const circumstances = circumstancesOf(options)
  const { cluster = [], namespace } = options
  if (cluster.length === 0) {
    const { snapshot, lists, home } = await see(options, terminal)
    return { snapshot, lists, circumstances, home }
  }
  const dump = readDump(cluster, namespace)
  for (const note of dump.notes) terminal.err.write(`${note}\n`)
  const then = { ...circumstances, wallMs: dump.takenAtMs }
  const { snapshot } = lookThrough(dump.lists, then)
  return { snapshot, lists: dump.lists, circumstances: then, home: 'default' }
}

export function reportOf({ snapshot, lists, circumstances }: Ground, changes: Changes): PlanReport {
  const createdAt = afterAll(lists, snapshot.takenAt)
  const after = lookThrough(laidOver(lists, changes, createdAt), circumstances).snapshot
  return {
    namespace: snapshot.namespace,
    ...compareFutures(snapshot, after),
    flaws: changes.flaws,
    ignored: changes.ignored.map(({ kind, name }) => `${kind} ${name}`),
  }
}

/** Younger than all that stands: who comes later is served later. */
function afterAll(lists: Lists, nowMs: number): string {
  const times = [...lists('services'), ...lists('pools')].map(({ metadata }) =>
    Date.parse(metadata.creationTimestamp ?? ''),
  )
  const latest = times.reduce((a, b) => (b > a ? b : a), nowMs)
  return `${new Date(latest + 1_000).toISOString().slice(0, 19)}Z`
}
