// Where a router's programs run: in a container of the router's own (container.ts), or as processes in the network namespace
// of a host, for a test that is about us and needs one router as judge.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Host } from '../net/lan.ts'
import { startProcess } from '../support/process.ts'
import { makeTemporaryFolder } from '../support/temporary.ts'

export type Program = {
  readonly command: string
  readonly args: readonly string[]
  readonly logFile: string // appended to
  readonly env?: Readonly<Record<string, string>>
  readonly directory?: string
}

/** One that runs on. */
export type Daemon = {
  readonly exited: Promise<unknown>
  readonly hasExited: () => boolean
  readonly kill: (signal: NodeJS.Signals) => void // nothing when it has gone already
  readonly killAll: (signal: NodeJS.Signals) => void // with the processes that it has started
}

export type Place = {
  readonly host: Host
  readonly isContainer: boolean
  /** Known by the same path to the test and to the router. */
  readonly makeFolder: (purpose: string) => string
  readonly start: (program: Program) => Promise<Daemon>
  /** A command of the router's: what it prints. Throws when it fails. */
  readonly run: (command: string, args: readonly string[]) => Promise<string>
}

const run = promisify(execFile)
export const maxBuffer = 1 << 26

export function onHost(host: Host): Place {
  return {
    host,
    isContainer: false,
    makeFolder: makeTemporaryFolder,
    start: (program) => {
      const { exited, hasExited, kill, pid } = startProcess({ ...program, namespace: host.namespace })
      const killAll = (signal: NodeJS.Signals): void => {
        if (!hasExited()) process.kill(-pid, signal) // it leads a session of its own
      }
      return Promise.resolve({ exited, hasExited, kill, killAll })
    },
    run: async (command, args) => (await run(command, [...args], { maxBuffer })).stdout,
  }
}

/** Ends it, frozen or not. */
export async function end(daemon: Daemon): Promise<void> {
  daemon.killAll('SIGCONT')
  daemon.killAll('SIGKILL')
  await daemon.exited
}
