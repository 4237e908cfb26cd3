// What a layer 2 engine tells, for tests of who reads it.
import type { L2Observed, ObservedClaim, ObservedInterface } from '../../protocols/l2/observed.ts'

export const observedEth0: ObservedInterface = {
  name: 'eth0',
  index: 2,
  mac: '02:00:00:00:00:01',
  candidate: true,
  addresses: ['192.0.2.130/25', 'fe80::1/64'],
}

/** Answered for on eth0. */
export function observedClaim(address: string, changes: Partial<ObservedClaim> = {}): ObservedClaim {
  return {
    address,
    interfaces: ['eth0'],
    requestsReceived: 0,
    responsesSent: 0,
    gratuitousSent: 0,
    ...changes,
  }
}

export function observed(
  claims: readonly ObservedClaim[],
  interfaces: readonly ObservedInterface[] = [observedEth0],
): L2Observed {
  return { generation: 1, alive: true, interfaces, claims, dropped: {}, loopLagMs: 0 }
}
