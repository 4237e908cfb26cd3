// Logs: one JSON object a line on standard output, one constant message and fields; MetalLB's levels and key names.
import { pino } from 'pino'
import type { Logger } from 'pino'
import type { LogLevel } from './settings.ts'

export type Log = Logger

const pinoLevels = {
  all: 'trace',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
  none: 'silent',
} as const

/** Names of fields that never reach the log, at the top and one level down. */
const secretFields = ['password', 'token', 'secret', 'authorization', 'key', 'cert']

/** `component` is 'controller' or 'speaker'. Writes are synchronous: the last line before a crash is there. */
export function createLog(
  component: string,
  level: LogLevel,
  destination?: { write(line: string): void },
): Log {
  const options = {
    level: pinoLevels[level],
    base: { component },
    timestamp: () => `,"ts":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`]), censor: '<redacted>' },
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}
