// What both processes are told by flags and environment, by MetalLB's names where they exist (metallb.md §8.1).
import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { choiceFlag, flagsWithoutEffect, integerFlag, textFlag } from './flags.ts'
import type { Flag, Flags, FlagSource } from './flags.ts'

const logLevels = ['all', 'debug', 'info', 'warn', 'error', 'none'] as const
export type LogLevel = (typeof logLevels)[number]

export type ProcessSettings = {
  readonly namespace: string
  readonly podName?: string
  readonly kubeconfig?: string
  readonly metricsPort: number // 0 = off
  readonly healthPort: number // 0 = off
  readonly logLevel: LogLevel
  readonly loadBalancerClass?: string
  readonly withoutEffect: readonly string[] // flags and variables that were given, and mean nothing here
}

export type SettingsSource = FlagSource & {
  readonly readFile: (path: string) => string | undefined // undefined = there is no such file
  readonly canWriteTo?: (folder: string) => boolean // absent: to none
}

export function processSource(): SettingsSource {
  return { argv: process.argv.slice(2), env: process.env, readFile: readFileIfThere, canWriteTo }
}

const serviceAccountNamespace = '/var/run/secrets/kubernetes.io/serviceaccount/namespace'

export const commonFlags: readonly Flag[] = [
  {
    name: 'namespace',
    value: 'name',
    env: 'METALLB_NAMESPACE',
    about: 'namespace of Herald and of its metallb.io objects',
  },
  {
    name: 'pod-name',
    value: 'name',
    env: 'METALLB_POD_NAME',
    about: 'own Pod, the owner of what this process writes about itself',
  },
  { name: 'kubeconfig', value: 'file', about: "without it KUBECONFIG, else the Pod's service account" },
  { name: 'port', value: 'number', about: 'port of /metrics (default 9120, 0 = off)' },
  {
    name: 'health-probe-port',
    value: 'number',
    about: 'port of /healthz and /readyz (default 17472, 0 = off)',
  },
  { name: 'log-level', value: 'level', about: `${logLevels.join(', ')} (default info)` },
  {
    name: 'lb-class',
    value: 'class',
    about: 'only Services of this loadBalancerClass; without it those of none',
  },
]

export const flagsOfMetalLB: readonly Flag[] = [
  { name: 'pprof-bind-address', value: 'address', withoutEffect: true },
  { name: 'tls-min-version', value: 'version', withoutEffect: true },
  { name: 'tls-cipher-suites', value: 'list', withoutEffect: true },
  { name: 'tls-curve-preferences', value: 'list', withoutEffect: true },
  { name: 'metrics-cert-dir', value: 'path', withoutEffect: true },
]

/** What MetalLB reads of its environment alone: which program speaks BGP for it. Here the speaker does, always. */
const variablesWithoutEffect = [
  'METALLB_BGP_TYPE',
  'FRR_LOGGING_LEVEL',
  'FRR_CONFIG_FILE',
  'FRR_RELOADER_PID_FILE',
]

export function processSettings(flags: Flags, source: SettingsSource): ProcessSettings {
  const podName = textFlag(flags, 'pod-name')
  const kubeconfig = textFlag(flags, 'kubeconfig')
  const loadBalancerClass = textFlag(flags, 'lb-class')
  return {
    namespace: textFlag(flags, 'namespace') ?? ownNamespace(source),
    ...(podName === undefined ? {} : { podName }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    metricsPort: integerFlag(flags, 'port', { fallback: 9_120, least: 0, most: 65_535 }),
    healthPort: integerFlag(flags, 'health-probe-port', { fallback: 17_472, least: 0, most: 65_535 }),
    logLevel: choiceFlag(flags, 'log-level', logLevels) ?? 'info',
    ...(loadBalancerClass === undefined ? {} : { loadBalancerClass }),
    withoutEffect: [
      ...flagsWithoutEffect(flags),
      ...variablesWithoutEffect.filter((name) => (source.env[name] ?? '') !== ''),
    ],
  }
}

/** As MetalLB: the service account's namespace; outside a cluster the name that every manifest uses. */
function ownNamespace(source: SettingsSource): string {
  return source.readFile(serviceAccountNamespace)?.trim() || 'metallb-system'
}

function canWriteTo(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return statSync(folder).isDirectory()
  } catch {
    return false
  }
}

function readFileIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // not there, or not ours to read: the caller says what that means
  }
}
