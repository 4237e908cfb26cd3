// Of the controllers that run, the one that holds the Lease works; the others wait and hold nothing in memory.
import { startElector } from '../kube/elector.ts'
import type { Health } from '../health.ts'
import { leaderLeaseName } from '../members/leader-lease.ts'
import { startTerm } from './term.ts'
import type { Term, TermOptions } from './term.ts'

export type Leader = {
  readonly isLeader: () => boolean
  readonly term: () => Term | undefined
  readonly health: Health
  readonly isStale: () => boolean
  readonly stop: () => Promise<void> // releases the Lease: another one takes over at once
}

export type LeaderOptions = Omit<TermOptions, 'mayWrite' | 'signal'>

/** Without any sign of life of a watch for so long the configuration in use may be out of date. */
const staleMs = 60_000

export function startLeader(options: LeaderOptions): Leader {
  const { settings, client, clock, log, identity } = options
  let term: Term | undefined
  let ended: Promise<void> = Promise.resolve()
  let failing = false

  const elector = startElector(client, {
    namespace: settings.namespace,
    name: leaderLeaseName,
    identity,
    ...settings.lease,
    clock,
    onGained: () => {
      log.info('leading')
      term = startTerm({ ...options, mayWrite: elector.mayWrite, signal: elector.signal })
    },
    onLost: () => {
      log.info('no longer leading')
      const last = term
      term = undefined
      ended = last?.stop() ?? ended
    },
    onHolder: (holder) => {
      failing = false
      log.info({ holder }, 'holder of the Lease')
    },
    report: (error) => {
      if (!failing) log.warn({ error: String(error) }, 'Lease of the leader cannot be read or renewed')
      failing = true
    },
  })

  const caches = () => {
    const unsynced = term?.unsynced() ?? []
    return unsynced.length === 0 ? undefined : `not listed yet: ${unsynced.join(', ')}`
  }
  const plan = () => (term !== undefined && term.plan() === undefined ? 'nothing was planned yet' : undefined)
  const election = () =>
    elector.holder() === undefined ? 'the Lease of the leader was not read yet' : undefined

  return {
    isLeader: () => elector.mayWrite(),
    term: () => term,
    health: {
      live: [],
      ready: [
        { name: 'election', objection: election },
        { name: 'caches', objection: caches },
        { name: 'plan', objection: plan },
      ],
    },
    isStale: () => term !== undefined && term.silentMs() > staleMs,
    stop: async () => {
      await term?.stop()
      await elector.stop()
      await ended
    },
  }
}
