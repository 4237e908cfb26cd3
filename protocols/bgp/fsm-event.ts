// The events of the BGP state machine, by the names and numbers of RFC 4271 §8.1; 29 is RFC 9687 §4.2.
import type { LocalEnd } from './local-end.ts'
import type { ConnectionId, Violation } from './session.ts'
import type { Notification } from './notification.ts'
import type { Open } from './open.ts'

export const eventNumbers = {
  'manual-start': 1,
  'manual-stop': 2,
  'automatic-start': 3,
  'manual-start-passive': 4,
  'automatic-start-passive': 5,
  'automatic-start-damped': 6,
  'automatic-start-damped-passive': 7,
  'automatic-stop': 8,
  'connect-retry-expires': 9,
  'hold-expires': 10,
  'keepalive-expires': 11,
  'delay-open-expires': 12,
  'idle-hold-expires': 13,
  'tcp-valid': 14,
  'tcp-invalid': 15,
  'tcp-acked': 16,
  'tcp-confirmed': 17,
  'tcp-fails': 18,
  open: 19,
  'open-while-delayed': 20,
  'header-error': 21,
  'open-error': 22,
  'collision-dump': 23,
  'notification-version-error': 24,
  notification: 25,
  keepalive: 26,
  update: 27,
  'update-error': 28,
  'send-hold-expires': 29,
} as const

export type FsmEventName = keyof typeof eventNumbers

type Stopping = { readonly notification: Notification | undefined; readonly reason: string }
type Opened = { readonly connection: ConnectionId; readonly local: LocalEnd }
type Notified = { readonly notification: Notification }
type Broken = { readonly violation: Violation }

/** What an event says beside its name. */
type Details = { readonly [Name in FsmEventName]: object } & {
  readonly 'manual-stop': Stopping // no notification: the peer shall not be told
  readonly 'automatic-stop': Stopping
  readonly 'tcp-acked': Opened
  readonly 'tcp-confirmed': Opened
  readonly 'tcp-fails': { readonly why: string }
  readonly open: { readonly open: Open } // its content was found right
  readonly 'open-while-delayed': { readonly open: Open }
  readonly 'header-error': Broken
  readonly 'open-error': Broken
  readonly 'notification-version-error': Notified
  readonly notification: Notified
  readonly 'update-error': Broken
}

export type FsmEvent<Name extends FsmEventName = FsmEventName> = {
  [N in Name]: { readonly type: N } & Details[N]
}[Name]
