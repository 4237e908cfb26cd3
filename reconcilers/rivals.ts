// Services that stand on one address and may not share it: a write that came late, or an edit by hand. Whoever had it
// first keeps it; the others are announced by nobody, also before the controller has moved them.
import type { Service } from '../crds/core.ts'
import { contestedAddresses } from './contested.ts'
import { rememberLast } from './once.ts'
import { sharingVerdict } from './sharing.ts'
import { addressesOf, longerAssigned } from './standing.ts'
import type { Verdict } from './verdict.ts'

/** Who loses an address of its own, and why. The same map for the same Services. */
export const lossesAmong = rememberLast((services: readonly Service[]): ReadonlyMap<Service, Verdict> => {
  const losses = new Map<Service, Verdict>()
  const contested = [...contestedAddresses(services, addressesOf)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  for (const [address, rivals] of contested) {
    const admitted: Service[] = []
    for (const newcomer of rivals.toSorted(longerAssigned)) {
      const verdict = againstAny(newcomer, admitted, address)
      if (verdict === undefined) admitted.push(newcomer)
      else if (!losses.has(newcomer)) losses.set(newcomer, verdict)
    }
  }
  return losses.size === 0 ? none : losses
})

const none: ReadonlyMap<Service, Verdict> = new Map()

function againstAny(newcomer: Service, holders: readonly Service[], address: string): Verdict | undefined {
  for (const holder of holders) {
    const verdict = sharingVerdict({ newcomer, holder, address })
    if (verdict !== undefined) return verdict
  }
  return undefined
}
