// What a running session has said in its OPEN and would say otherwise today: it takes effect at the next OPEN, RFC 4271 §4.2.
import { findCapability } from './capability-list.ts'
import type { Capability } from './capability.ts'
import { ourOpen } from './negotiate.ts'
import type { Open } from './open.ts'
import type { Session } from './session.ts'

/** By the names of SessionConfig. What changes a session's identity ends it, and never waits. */
export type PendingField = 'holdTimeS' | 'gracefulRestart' | 'hostname' | 'softwareVersion'

/** None while no OPEN has been sent: the next one says all. */
export function pendingFields({ lanes, config }: Session): readonly PendingField[] {
  const said = lanes[0].connection?.ourOpen
  if (said === undefined) return []
  const wouldSay = ourOpen(config, isRestarting(said))
  return fields.flatMap(([field, of]) =>
    JSON.stringify(of(said)) === JSON.stringify(of(wouldSay)) ? [] : [field],
  )
}

const fields: readonly (readonly [PendingField, (open: Open) => unknown])[] = [
  ['holdTimeS', ({ holdTimeS }) => holdTimeS],
  ['gracefulRestart', (open) => named(open, 'graceful-restart', 'long-lived-graceful-restart')],
  ['hostname', (open) => named(open, 'fqdn')],
  ['softwareVersion', (open) => named(open, 'software-version')],
]

function named({ capabilities }: Open, ...names: readonly Capability['name'][]): readonly Capability[] {
  return capabilities.filter(({ name }) => names.includes(name))
}

/** Whether we were here before is no setting. */
function isRestarting({ capabilities }: Open): boolean {
  return findCapability(capabilities, 'graceful-restart')?.restarting === true
}
