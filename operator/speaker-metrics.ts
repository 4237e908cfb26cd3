// Metrics of the speaker: what it announces, what it hears and answers, and whether it lives.
import type { Registry } from 'prom-client'
import type { BgpObserved } from '../protocols/bgp/observed.ts'
import type { L2Observed, ObservedClaim } from '../protocols/l2/observed.ts'
import type { SpeakerPlan } from '../reconcilers/plan.ts'
import { liveCounter, liveGauge } from './metrics.ts'
import type { Sample } from './metrics.ts'

export type SpeakerFacts = {
  readonly node: string
  readonly plan: () => SpeakerPlan | undefined
  readonly observed: () => L2Observed
  readonly bgp: () => BgpObserved | undefined // undefined: no such thread
  readonly isFrozen: () => boolean
  readonly speakers: () => number
}

export function speakerMetrics(registry: Registry, facts: SpeakerFacts): void {
  liveGauge(registry, {
    name: 'metallb_speaker_announced',
    help: '1 for each address that this node announces.',
    labels: ['service', 'protocol', 'node', 'ip'],
    samples: () => announced(facts.plan(), facts.node),
  })
  for (const { name, help, value } of claimCounters) {
    const samples = () =>
      facts.observed().claims.map((claim): Sample => [{ ip: claim.address }, value(claim)])
    liveCounter(registry, { name: `metallb_layer2_${name}`, help, labels: ['ip'], samples })
  }
  liveCounter(registry, {
    name: 'herald_layer2_dropped_total',
    help: 'Frames that were not answered, by reason.',
    labels: ['reason'],
    samples: () =>
      Object.entries(facts.observed().dropped).map(([reason, count]): Sample => [{ reason }, count]),
  })
  liveGauge(registry, {
    name: 'herald_worker_alive',
    help: '1 while the thread answers.',
    labels: ['worker'],
    samples: () => workers(facts).map(([worker, { alive }]) => [{ worker }, Number(alive)]),
  })
  liveGauge(registry, {
    name: 'herald_worker_loop_lag_seconds',
    help: "Longest delay of the thread's loop since its last report.",
    labels: ['worker'],
    samples: () => workers(facts).map(([worker, { loopLagMs }]) => [{ worker }, loopLagMs / 1_000]),
  })
  liveGauge(registry, {
    name: 'herald_membership_frozen',
    help: '1 while the own view of the cluster is not proven fresh: who is alive stays as last known.',
    samples: () => [[{}, Number(facts.isFrozen())]],
  })
  liveGauge(registry, {
    name: 'herald_speakers_alive',
    help: 'Speakers that renew their Leases.',
    samples: () => [[{}, facts.speakers()]],
  })
}

type Worker = { readonly alive: boolean; readonly loopLagMs: number }

function workers({ observed, bgp }: SpeakerFacts): readonly (readonly [name: string, worker: Worker])[] {
  const second = bgp()
  return [['l2', observed()], ...(second === undefined ? [] : [['bgp', second] as const])]
}

const claimCounters: readonly { name: string; help: string; value: (claim: ObservedClaim) => number }[] = [
  { name: 'requests_received', help: 'Requests for the address.', value: (claim) => claim.requestsReceived },
  { name: 'responses_sent', help: 'Answers for the address.', value: (claim) => claim.responsesSent },
  {
    name: 'gratuitous_sent',
    help: 'Unasked announcements of the address.',
    value: (claim) => claim.gratuitousSent,
  },
]

function announced(plan: SpeakerPlan | undefined, node: string): readonly Sample[] {
  const byLayer2 = [...(plan?.services ?? [])].flatMap(([service, outcome]) => {
    if (outcome.state !== 'announced') return []
    return outcome.addresses.map((ip): Sample => [{ service, protocol: 'layer2', node, ip }, 1])
  })
  const byBgp = [...(plan?.bgp.services ?? [])].flatMap(([service, outcome]) => {
    if (outcome.state !== 'announced') return []
    return outcome.prefixes.map(
      (prefix): Sample => [{ service, protocol: 'bgp', node, ip: hostOf(prefix) }, 1],
    )
  })
  return [...byLayer2, ...byBgp]
}

/** The address of a prefix that holds only one; an aggregate stays what it is. */
function hostOf(prefix: string): string {
  return prefix.replace(prefix.includes(':') ? /\/128$/ : /\/32$/, '')
}
