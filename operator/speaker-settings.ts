// What the speaker of one node is told: the common settings, what never announces, and its Lease.
import type { DuplicateAddressCheck } from '../crds/ip-address-pool.ts'
import { defaultInterfacesToExclude } from '../protocols/l2/link.ts'
import type { Exclusions } from './exclude-interfaces.ts'
import { parseExcludeFile } from './exclude-interfaces.ts'
import { drainSignForms, parseDrainSign } from '../reconcilers/drain.ts'
import type { DrainSign } from '../reconcilers/drain.ts'
import {
  booleanFlag,
  choiceFlag,
  durationFlag,
  integerFlag,
  readFlags,
  SettingsError,
  textFlag,
} from './flags.ts'
import type { Flag, Flags } from './flags.ts'
import { commonFlags, flagsOfMetalLB, processSettings } from './settings.ts'
import type { ProcessSettings, SettingsSource } from './settings.ts'

export type SpeakerLease = {
  readonly intervalMs?: number // absent: by the number of speakers (members/figures.ts)
  readonly missed: number // dead after so many renewals not seen
}

export type SpeakerSettings = ProcessSettings & {
  readonly nodeName: string
  readonly ignoreExcludeLabel: boolean
  readonly gratuitousIntervalMs: number // 0 = no periodic refresh
  readonly interfacesToExclude: readonly string[] // sources of RegExp
  readonly complaints: readonly string[] // what is wrong in a file, and what holds instead
  readonly lease: SpeakerLease
  readonly duplicateAddressCheck: DuplicateAddressCheck // where a pool does not say
  readonly drainOn: readonly DrainSign[]
  readonly serviceBGPStatuses: boolean // one object for each Service that the node announces by BGP
  readonly journalFolder?: string // exists, and can be written to
  readonly bgpShutdownPauseMs: number // between GRACEFUL_SHUTDOWN and the end of the sessions
}

const speakerFlags: readonly Flag[] = [
  ...commonFlags,
  {
    name: 'node-name',
    value: 'name',
    env: 'METALLB_NODE_NAME',
    about: 'the Node this speaker runs on (required)',
  },
  {
    name: 'ignore-exclude-lb',
    about: 'let nodes announce that are labelled as excluded from load balancers',
  },
  {
    name: 'gratuitous-arp-interval',
    value: 'seconds',
    about: 'announce all again this often (default 0 = off)',
  },
  {
    name: 'excludel2-file',
    value: 'file',
    about: 'which interfaces never announce (/etc/metallb/excludel2.yaml)',
  },
  {
    name: 'duplicate-address-check',
    value: 'how',
    about:
      'ask the LAN for newly assigned addresses, where a pool does not say: quick (default), full or off',
  },
  {
    name: 'lease-interval',
    value: 'duration',
    about: 'renewal of the own Lease (max(1s, n²/10,000 s), n speakers)',
  },
  {
    name: 'lease-missed',
    value: 'number',
    about: 'a speaker is dead after so many renewals not seen (default 4)',
  },
  {
    name: 'bgp-shutdown-pause',
    value: 'duration',
    about: 'at SIGTERM, how long peers hear GRACEFUL_SHUTDOWN before routes go (default 2s)',
  },
  {
    name: 'service-bgp-statuses',
    about: 'write a ServiceBGPStatus for each Service announced by BGP (default true; up to a limit)',
  },
  {
    name: 'drain-on',
    value: 'signs',
    about:
      'routes of a node say GRACEFUL_SHUTDOWN while it gives one of: cordoned, label:…, taint:…, condition:…',
  },
  {
    name: 'journal-folder',
    value: 'folder',
    about: 'write what the engines see and do into files there, for hack/replay.ts (default off)',
  },
  { name: 'host', value: 'address', withoutEffect: true },
  { name: 'bgp-debounce-timeout', value: 'ms', env: 'METALLB_BGP_DEBOUNCE_TIMEOUT', withoutEffect: true },
  { name: 'ml-bindaddr', value: 'address', env: 'METALLB_ML_BIND_ADDR', withoutEffect: true },
  { name: 'ml-bindport', value: 'port', env: 'METALLB_ML_BIND_PORT', withoutEffect: true },
  { name: 'ml-labels', value: 'selector', env: 'METALLB_ML_LABELS', withoutEffect: true },
  { name: 'ml-secret-key-path', value: 'path', env: 'METALLB_ML_SECRET_KEY_PATH', withoutEffect: true },
  { name: 'ml-wan-config', withoutEffect: true },
  { name: 'frrk8s-namespace', value: 'name', env: 'FRRK8S_NAMESPACE', withoutEffect: true },
  { name: 'frrk8s-secret-passthrough', withoutEffect: true },
  ...flagsOfMetalLB,
]

/** Throws SettingsError, or CommanderError after it printed. */
export function speakerSettings(source: SettingsSource): SpeakerSettings {
  const flags = readFlags('speaker', speakerFlags, source)
  const nodeName = textFlag(flags, 'node-name')
  if (nodeName === undefined)
    throw new SettingsError(
      '--node-name',
      '',
      'must name the Node this speaker runs on (or set METALLB_NODE_NAME)',
    )
  const exclusions = interfacesToExclude(flags, source)
  const intervalMs = durationFlag(flags, 'lease-interval')
  const journalFolder = journalFolderOf(flags, source)
  const gratuitousSeconds = integerFlag(flags, 'gratuitous-arp-interval', {
    fallback: 0,
    least: 0,
    most: 86_400,
  })
  return {
    ...processSettings(flags, source),
    nodeName,
    ignoreExcludeLabel: booleanFlag(flags, 'ignore-exclude-lb'),
    gratuitousIntervalMs: gratuitousSeconds * 1_000,
    interfacesToExclude: exclusions.patterns,
    complaints: exclusions.complaints.map(({ message }) => message),
    drainOn: drainSigns(flags),
    duplicateAddressCheck:
      checkNames[choiceFlag(flags, 'duplicate-address-check', ['quick', 'full', 'off']) ?? 'quick'],
    serviceBGPStatuses:
      textFlag(flags, 'service-bgp-statuses') === undefined || booleanFlag(flags, 'service-bgp-statuses'),
    bgpShutdownPauseMs: durationFlag(flags, 'bgp-shutdown-pause', 0) ?? 2_000,
    ...(journalFolder === undefined ? {} : { journalFolder }),
    lease: {
      ...(intervalMs === undefined ? {} : { intervalMs }),
      missed: integerFlag(flags, 'lease-missed', { fallback: 4, least: 2, most: 100 }),
    },
  }
}

const checkNames = { quick: 'Quick', full: 'Full', off: 'Off' } as const

function drainSigns(flags: Flags): readonly DrainSign[] {
  const texts = (textFlag(flags, 'drain-on') ?? '').split(',').map((text) => text.trim())
  return texts
    .filter((text) => text !== '')
    .map((text) => {
      const sign = parseDrainSign(text)
      if (sign === undefined) throw new SettingsError('--drain-on', text, `must be ${drainSignForms}`)
      return sign
    })
}

function journalFolderOf(flags: Flags, { canWriteTo }: SettingsSource): string | undefined {
  const folder = textFlag(flags, 'journal-folder')
  if (folder !== undefined && canWriteTo?.(folder) !== true)
    throw new SettingsError('--journal-folder', folder, 'must name a folder that this process can write to')
  return folder
}

function interfacesToExclude(flags: Flags, source: SettingsSource): Exclusions {
  const named = textFlag(flags, 'excludel2-file')
  const path = named ?? '/etc/metallb/excludel2.yaml'
  const text = source.readFile(path)
  if (text !== undefined) return parseExcludeFile(path, text)
  if (named !== undefined)
    throw new SettingsError('--excludel2-file', path, 'must name a file that can be read')
  return { patterns: defaultInterfacesToExclude, complaints: [] }
}
