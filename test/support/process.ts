// A child process of a test or of the lab: its output goes to a file, and it never outlives the one who started it.
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'

export type Command = {
  readonly command: string
  readonly args: readonly string[]
  readonly logFile: string // appended to
  readonly namespace?: string // network namespace by name; absent = the caller's
  readonly env?: Readonly<Record<string, string>> // added to the caller's
  readonly cleanEnv?: boolean // only `env`, nothing of the caller's but PATH
  readonly directory?: string
  readonly deathSignal?: 'KILL' | 'TERM' // when the parent dies; KILL unless it has children of its own to end
}

export type Running = {
  readonly pid: number
  readonly name: string
  readonly exited: Promise<Exit>
  readonly hasExited: () => boolean
  readonly kill: (signal: NodeJS.Signals) => void // nothing when it has gone already
  readonly stop: (graceMs?: number) => Promise<Exit> // SIGTERM, then SIGKILL
}

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/**
 * Started in a session of its own, so that Ctrl-C reaches only the parent, who stops things in order;
 * the kernel kills it when the parent dies in whatever way (PR_SET_PDEATHSIG by setpriv).
 */
export function startProcess(what: Command): Running {
  const log = openSync(what.logFile, 'a')
  const [command = 'setpriv', ...args] = commandLine(what)
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: environment(what),
    ...(what.directory === undefined ? {} : { cwd: what.directory }),
  })
  closeSync(log)
  let gone = false
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      gone = true
      resolve({ code, signal })
    })
  })
  // Whoever waits sees the error; nobody waiting is no crash of the whole run.
  exited.catch(() => undefined)
  const kill = (signal: NodeJS.Signals): void => {
    if (!gone) child.kill(signal)
  }
  return {
    pid: child.pid ?? -1,
    name: what.command,
    exited,
    hasExited: () => gone,
    kill,
    stop: (graceMs = 10_000) => stop({ exited, kill, graceMs }),
  }
}

/** The last lines of a log, to be shown when its process failed. */
export function tailOf(file: string, lines = 20): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  } catch {
    return '(no log)'
  }
}

export function commandLine(
  what: Pick<Command, 'command' | 'args' | 'namespace' | 'deathSignal'>,
): readonly string[] {
  const inside = what.namespace === undefined ? [] : ['nsenter', `--net=/run/netns/${what.namespace}`]
  return [...inside, 'setpriv', '--pdeathsig', what.deathSignal ?? 'KILL', what.command, ...what.args]
}

function environment(what: Command): NodeJS.ProcessEnv {
  const inherited = what.cleanEnv === true ? { PATH: process.env['PATH'] ?? '' } : process.env
  return { ...inherited, ...what.env }
}

async function stop(it: {
  readonly exited: Promise<Exit>
  readonly kill: (signal: NodeJS.Signals) => void
  readonly graceMs: number
}): Promise<Exit> {
  it.kill('SIGTERM')
  const timer = setTimeout(() => it.kill('SIGKILL'), it.graceMs)
  try {
    return await it.exited
  } finally {
    clearTimeout(timer)
  }
}
