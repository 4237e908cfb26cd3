// Layer 2 of a speaker: the claims of the plan go to the engine, but for what another speaker announces in its place;
// when it ends, what others inherit is handed over.
import type { AddressInUse, ConfigurationState } from '../../crds/configuration-state.ts'
import type { L2Engine } from '../../protocols/engine/l2-engine.ts'
import type { Claim } from '../../protocols/l2/claim.ts'
import type { L2Observed } from '../../protocols/l2/observed.ts'
import { claimsWithChecks, lookAgain, newChecks, toldInUse } from '../../reconcilers/address-checks.ts'
import type { AddressChecks } from '../../reconcilers/address-checks.ts'
import { answeringMacs } from '../../reconcilers/answering-machines.ts'
import { electionsIn } from '../../reconcilers/l2.ts'
import type { SpeakerPlan } from '../../reconcilers/plan.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import { sameValue } from '../equal.ts'
import type { Clock } from '../kube/clock.ts'
import type { Log } from '../log.ts'
import type { Members } from '../members/members.ts'
import type { SpeakerInterface } from '../members/speaker-lease.ts'
import { judgeRivals, noStance } from '../members/yielding.ts'
import type { Judged } from '../members/yielding.ts'
import type { SpeakerSettings } from '../speaker-settings.ts'
import { startAnnouncer } from './announcer.ts'
import { answeringMacsOf } from './answering-macs.ts'
import { inheritedBy } from './handover.ts'

export type Layer2Options = {
  readonly settings: SpeakerSettings
  readonly engine: L2Engine
  readonly clock: Clock
  readonly log: Log
  readonly ownState: () => ConfigurationState | undefined // what this node told before the process began
  readonly interfacesChanged: () => void // the others elect by them
  readonly changed: () => void // something that the engine observes
  readonly lookAgainIn: (ms: number) => void // with announce()
}

/** What was last planned, and of what. */
export type Planned = { readonly snapshot: Snapshot; readonly plan: SpeakerPlan }

export type Layer2 = {
  readonly isReady: () => boolean // it could announce
  readonly interfaces: () => readonly SpeakerInterface[] // those on which it announces
  readonly macs: () => readonly string[] // of all interfaces with which the node may answer, sorted
  readonly observed: () => L2Observed
  readonly addressesInUse: () => readonly AddressInUse[] // by other machines
  readonly announce: (planned: Planned, members: Members) => void
  /** Drops every claim; what others inherit is answered for until they announce it. */
  readonly handOver: (planned: Planned | undefined) => Promise<void>
  readonly stop: () => Promise<void>
}

export function startLayer2(options: Layer2Options): Layer2 {
  const { settings, engine, clock, log, ownState, interfacesChanged, changed, lookAgainIn } = options
  const { nodeName, interfacesToExclude, gratuitousIntervalMs } = settings
  const announcer = startAnnouncer({ engine, log, interfacesToExclude, gratuitousIntervalMs })
  let interfaces: readonly SpeakerInterface[] = []
  let macs: readonly string[] = []
  let stance = noStance
  let checks: AddressChecks | undefined

  engine.onChange(() => {
    noteInterfaces()
    changed()
  })

  function noteInterfaces(): void {
    const candidates = engine.observe().interfaces.filter(({ candidate }) => candidate)
    const now = candidates.map(({ name, mac }) => ({ name, mac }))
    const all = answeringMacsOf(engine.observe().interfaces)
    if (sameValue(now, interfaces) && sameValue(all, macs)) return
    interfaces = now
    macs = all
    interfacesChanged()
  }

  function announce({ plan, snapshot }: Planned, members: Members): void {
    const judged = judge(members)
    for (const [address, to] of judged.stance.yielded)
      if (!stance.yielded.has(address))
        log.warn({ address, to }, 'address yielded: another speaker announces it')
    stance = judged.stance
    const claims = checkedClaims({ plan, snapshot })
    const { yielded } = stance
    announcer.announce(plan, snapshot, {
      claims: yielded.size === 0 ? claims : claims.filter(({ address }) => !yielded.has(address)),
      nodeMacs: members.macs(),
      proxyMacs: answeringMacs(snapshot.poolFindings),
    })
    announceAnew(judged.anew)
    if (judged.lookInMs !== undefined) lookAgainIn(judged.lookInMs)
  }

  function checkedClaims({ plan, snapshot }: Planned): readonly Claim[] {
    const look = {
      plan,
      snapshot,
      observed: engine.observe().claims,
      fallback: settings.duplicateAddressCheck,
    }
    const before = checks ?? newChecks(ownState())
    checks = lookAgain(before, look)
    logFindings(before, checks)
    return claimsWithChecks(checks, look)
  }

  function logFindings(before: AddressChecks, now: AddressChecks): void {
    for (const [address, { mac, interfaceName }] of now.inUse)
      if (!before.inUse.has(address))
        log.warn({ address, mac, interface: interfaceName }, 'address is used by another machine')
    for (const address of before.inUse.keys())
      if (!now.inUse.has(address))
        log.info({ address }, 'address is no longer known to be used by another machine')
    if (now.dropped > 0) log.warn({ dropped: now.dropped }, 'more addresses in use than are told')
  }

  function judge({ frozen, confirmedAt, deadAfterMs, nodeOfMac }: Members): Judged {
    const now = clock.wall()
    return judgeRivals(stance, {
      now,
      frozen: frozen(),
      confirmedAt: now - (clock.now() - confirmedAt()),
      deadAfterMs: deadAfterMs(),
      claims: engine.observe().claims,
      own: nodeName,
      nodeOfMac,
    })
  }

  /** Neighbours may have been told of another node: those that are still claimed here are told once more. */
  function announceAnew(addresses: readonly string[]): void {
    if (addresses.length === 0) return
    const [address] = addresses
    log.info({ claims: addresses.length, ...(addresses.length === 1 ? { address } : {}) }, 'announced anew')
    engine.announceAnew(addresses)
  }

  function handOver(planned: Planned | undefined): Promise<void> {
    const heirs = planned === undefined ? [] : addressesWithHeirs(planned.snapshot)
    log.info({ claims: announcer.claims().length, handedOver: heirs.length }, 'stopping')
    return announcer.handOver(heirs)
  }

  function addressesWithHeirs(snapshot: Snapshot): readonly string[] {
    const speakers = snapshot.speakers.filter(({ node }) => node !== nodeName)
    const elected = electionsIn({ ...snapshot, speakers })
    return inheritedBy(announcer.claims(), snapshot.services, (service) => 'node' in elected(service))
  }

  return {
    isReady: () => engine.observe().generation >= 0,
    interfaces: () => interfaces,
    macs: () => macs,
    observed: () => engine.observe(),
    addressesInUse: () => (checks === undefined ? [] : toldInUse(checks)),
    announce,
    handOver,
    stop: () => engine.stop(),
  }
}
