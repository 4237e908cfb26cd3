// Machines that answer for so many addresses of pools that they use none: a router with proxy ARP for a range, or a node
// of the cluster without a speaker where kube-proxy in IPVS mode has every address of every Service, and strictARP is not
// set. If they counted, a Service would be moved through a whole pool, and none of its addresses be announced.
import type { AnsweringMachine, PoolFindings } from '../crds/pool-findings.ts'
import type { Millis } from './snapshot.ts'
import type { Verdict } from './verdict.ts'

/** Of one machine, found at the same time. One that has two is not unheard of; so a Service moves twice at most. */
const tooMany = 3

/** Longer than a mark of an address: what such a machine answers is not told any more, so nothing renews this. */
const countsForMs = 24 * 3_600_000

/** Enough for a person to see what is meant. */
const mostExamples = 8

export type Answer = {
  readonly address: string
  readonly mac: string // '' = not known
  readonly lastSeen: string // RFC 3339
}

/** By MAC; `standing` counts on, whatever is told now. */
export function answeringMachines(
  answers: readonly Answer[],
  standing: readonly AnsweringMachine[],
): ReadonlyMap<string, AnsweringMachine> {
  const machines = new Map<string, AnsweringMachine>()
  for (const one of standing) machines.set(one.mac, later(one, machines.get(one.mac)))
  for (const [mac, own] of answersByMac(answers)) {
    const known = machines.get(mac)
    const addresses = new Set(own.map(({ address }) => address))
    if (mac === '' || (known === undefined && addresses.size < tooMany)) continue
    const all = new Set([...(known?.addresses ?? []), ...addresses])
    const lastSeen = own.map((one) => one.lastSeen).reduce(laterText, known?.lastSeen ?? '')
    machines.set(mac, { mac, addresses: [...all].toSorted().slice(0, mostExamples), lastSeen })
  }
  return machines
}

function answersByMac(answers: readonly Answer[]): ReadonlyMap<string, readonly Answer[]> {
  return Map.groupBy(answers, ({ mac }) => mac)
}

function later(one: AnsweringMachine, other: AnsweringMachine | undefined): AnsweringMachine {
  return other === undefined || laterText(one.lastSeen, other.lastSeen) === one.lastSeen ? one : other
}

function laterText(a: string, b: string): string {
  return Date.parse(a) > Date.parse(b) || b === '' ? a : b
}

export function countsUntil({ lastSeen }: AnsweringMachine): Millis {
  return Date.parse(lastSeen) + countsForMs
}

export function answeringVerdict({ mac, addresses }: AnsweringMachine): Verdict {
  const message = `${mac} answers for ${addresses.join(', ')}: that is no use of them but proxy ARP, or kube-proxy in IPVS mode without strictARP`
  return { reason: 'AnsweredByProxy', message }
}

/** For speakers: whose answers say nothing, sorted. */
export function answeringMacs(findings: readonly PoolFindings[] = []): readonly string[] {
  const macs = findings.flatMap(({ answeringMachines: own }) => own.map(({ mac }) => mac))
  return [...new Set(macs)].toSorted()
}
