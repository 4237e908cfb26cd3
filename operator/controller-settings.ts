// What the controller is told: the common settings and the Lease by which the controllers choose the one that writes.
import { booleanFlag, choiceFlag, durationFlag, integerFlag, readFlags, SettingsError } from './flags.ts'
import type { Flag, Flags } from './flags.ts'
import { commonFlags, flagsOfMetalLB, processSettings } from './settings.ts'
import type { ProcessSettings, SettingsSource } from './settings.ts'

export type LeaderLease = {
  readonly durationMs: number
  readonly renewMs: number
  readonly retryMs: number
}

export type ControllerSettings = ProcessSettings & {
  readonly lease: LeaderLease
  readonly ignoreExcludeLabel: boolean // as the speakers: it says who announces, or why nobody does
  readonly missed: number // renewals of a speaker's Lease, as the speakers count them
}

const controllerFlags: readonly Flag[] = [
  ...commonFlags,
  { name: 'lease-duration', value: 'duration', about: 'another takes over after this long (default 4s)' },
  { name: 'lease-renew-interval', value: 'duration', about: 'how often the leader renews (default 1s)' },
  { name: 'lease-retry-interval', value: 'duration', about: 'how often a candidate tries (default 500ms)' },
  { name: 'ignore-exclude-lb', about: 'as the speakers were started with' },
  { name: 'lease-missed', value: 'number', about: 'as the speakers were started with (default 4)' },
  { name: 'webhook-mode', value: 'mode', withoutEffect: true },
  { name: 'ml-secret-name', value: 'name', env: 'METALLB_ML_SECRET_NAME', withoutEffect: true },
  { name: 'deployment', value: 'name', env: 'METALLB_DEPLOYMENT', withoutEffect: true },
  { name: 'disable-cert-rotation', withoutEffect: true },
  { name: 'cert-dir', value: 'path', withoutEffect: true },
  { name: 'cert-service-name', value: 'name', withoutEffect: true },
  { name: 'webhook-secret', value: 'name', withoutEffect: true },
  { name: 'webhook-http2', withoutEffect: true },
  ...flagsOfMetalLB,
]

/** Throws SettingsError, or CommanderError after it printed. */
export function controllerSettings(source: SettingsSource): ControllerSettings {
  const flags = readFlags('controller', controllerFlags, source)
  refuseWebhookOnly(flags)
  return {
    ...processSettings(flags, source),
    lease: leaderLease(flags),
    ignoreExcludeLabel: booleanFlag(flags, 'ignore-exclude-lb'),
    missed: integerFlag(flags, 'lease-missed', { fallback: 4, least: 2, most: 100 }),
  }
}

function leaderLease(flags: Flags): LeaderLease {
  const durationMs = durationFlag(flags, 'lease-duration') ?? 4_000
  const renewMs = durationFlag(flags, 'lease-renew-interval') ?? 1_000
  if (renewMs >= durationMs) {
    const right = `must be shorter than --lease-duration (${durationMs}ms)`
    throw new SettingsError('--lease-renew-interval', `${renewMs}ms`, right)
  }
  return { durationMs, renewMs, retryMs: durationFlag(flags, 'lease-retry-interval') ?? 500 }
}

/** MetalLB's 'onlywebhook' asks for a controller that assigns nothing: to assign all the same would be a surprise. */
function refuseWebhookOnly(flags: Flags): void {
  if (choiceFlag(flags, 'webhook-mode', ['enabled', 'disabled', 'onlywebhook']) !== 'onlywebhook') return
  const right = 'must be enabled or disabled: there is no controller here that serves only webhooks'
  throw new SettingsError('--webhook-mode', 'onlywebhook', right)
}
