// Who announces which Service by ARP and NDP: exactly one node, the same in the eyes of all that see the same.
import type { Service } from '../crds/core.ts'
import type { Claim } from '../protocols/l2/claim.ts'
import type { ElectionMemory } from './election.ts'
import { comesFirst, electionMemory, electionOrder } from './election.ts'
import type { Dossier } from './l2-dossier.ts'
import { dossiersOf } from './l2-dossier.ts'
import type { Ballot, Party } from './l2-party.ts'
import { ballotOf, ballotsIn, ourServices, partiesOf, partyBallot } from './l2-party.ts'
import type { Standpoint } from './l2-standpoint.ts'
import { standpointIn } from './l2-standpoint.ts'
import { l2View } from './l2-view.ts'
import type { L2Outcome, SpeakerPlan } from './plan.ts'
import type { Snapshot } from './snapshot.ts'
import type { Verdict } from './verdict.ts'

export function planL2(snapshot: Snapshot, node: string): Omit<SpeakerPlan, 'bgp'> {
  const view = l2View(snapshot)
  const ours = ourServices(snapshot)
  const parties = partiesOf(ours, view, snapshot)
  const services = new Map<string, L2Outcome>()
  const claims = new Map<string, Claim['interfaces']>()
  for (const dossier of dossiersOf(ours)) {
    const { service } = dossier
    const party = parties.size === 0 ? undefined : parties.get(service)
    const outcome =
      party === undefined
        ? outcomeAlone(dossier, standpointIn(dossier, view, snapshot), node)
        : outcomeInParty(dossier, party, node)
    if (outcome === undefined) continue
    services.set(service.key, outcome)
    if (outcome.state === 'announced') addClaims(claims, outcome)
  }
  const sorted = [...claims].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return { node, services, claims: sorted.map(([address, interfaces]) => ({ address, interfaces })) }
}

type Announced = L2Outcome & { readonly state: 'announced' }

function addClaims(claims: Map<string, Claim['interfaces']>, { addresses, interfaces }: Announced): void {
  for (const address of addresses) claims.set(address, union(claims.get(address), interfaces))
}

function union(a: Claim['interfaces'] | undefined, b: Claim['interfaces']): Claim['interfaces'] {
  if (a === undefined || a === b || b === 'all') return b
  return a === 'all' ? a : [...new Set([...a, ...b])].toSorted()
}

/** Undefined: another node announces it. */
function outcomeAlone(dossier: Dossier, standpoint: Standpoint, node: string): L2Outcome | undefined {
  const last = dossier.outcome
  if (last?.standpoint === standpoint && last.node === node) return last.outcome
  const outcome = decide(dossier, { standpoint, ballot: ballotOf(standpoint) }, node)
  dossier.outcome = { standpoint, node, outcome }
  return outcome
}

function outcomeInParty(dossier: Dossier, party: Party, node: string): L2Outcome | undefined {
  const { service } = dossier
  const standpoint = party.members.get(service)
  if (standpoint === undefined) return undefined
  return decide(dossier, { standpoint, ballot: partyBallot(service, party) }, node)
}

function decide(
  dossier: Dossier,
  { standpoint, ballot }: { readonly standpoint: Standpoint; readonly ballot: Ballot },
  node: string,
): L2Outcome | undefined {
  if ('verdict' in standpoint) return { state: 'silent', verdict: standpoint.verdict }
  if ('verdict' in ballot) return { state: 'silent', verdict: ballot.verdict }
  if (!comesFirst(ballot.electorate, memoryOf(dossier, node, ballot.address))) return undefined
  const own = standpoint.electorate.contenders.get(node)
  if (own === undefined) return undefined
  const { addresses, leftOut } = standpoint
  const outcome = { state: 'announced', addresses, interfaces: own.interfaces } as const
  return leftOut === undefined ? outcome : { ...outcome, verdict: leftOut }
}

function memoryOf(dossier: Dossier, node: string, address: string): ElectionMemory {
  const { election } = dossier
  if (election?.node === node && election.address === address) return election
  const memory = electionMemory(node, address)
  dossier.election = memory
  return memory
}

export type Elected = { readonly node: string } | { readonly verdict: Verdict }

/** For each Service the node that wins its election, or why nobody stands. One hash per contender: for a few Services. */
export function electionsIn(snapshot: Snapshot): (service: Service) => Elected {
  const ballots = ballotsIn(snapshot)
  return (service) => electedBy(ballots(service))
}

export function electedBy(ballot: Ballot): Elected {
  if ('verdict' in ballot) return ballot
  const [first] = electionOrder(ballot.electorate, ballot.address)
  return first === undefined ? { verdict: nobody } : { node: first.name }
}

const nobody: Verdict = { reason: 'NoSpeaker', message: 'no speaker is alive' }

/** The work of planSpeaker that is slow the first time, in steps of `size` Services: let others run in between. */
export function* warmElections(snapshot: Snapshot, node: string, size = 64): Generator<void> {
  const view = l2View(snapshot)
  for (const [position, dossier] of dossiersOf(ourServices(snapshot)).entries()) {
    outcomeAlone(dossier, standpointIn(dossier, view, snapshot), node)
    if (position % size === size - 1) yield
  }
}
