// Commands of iproute2 and their like, run to the end; an error carries what the command said.
import { execFile } from 'node:child_process'

export function run(command: string, args: readonly string[], input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else
        reject(new Error(`${command} ${args.join(' ')}: ${stderr.trim() || error.message}`, { cause: error }))
    })
    child.stdin?.on('error', () => undefined) // a command that fails at once reads nothing
    child.stdin?.end(input ?? '')
  })
}

/** Inside a network namespace, with the file systems of the caller. */
export function runIn(namespace: string, command: string, args: readonly string[]): Promise<string> {
  return run('nsenter', [`--net=/run/netns/${namespace}`, command, ...args])
}

/** Many lines of `ip` in one process; the first that fails ends it. */
export async function ip(lines: readonly string[], namespace?: string): Promise<void> {
  const where = namespace === undefined ? [] : ['-netns', namespace]
  await run('ip', [...where, '-batch', '-'], `${lines.join('\n')}\n`)
}

export async function sysctl(
  namespace: string,
  values: Readonly<Record<string, string | number>>,
): Promise<void> {
  const assignments = Object.entries(values).map(([key, value]) => `${key}=${value}`)
  await runIn(namespace, 'sysctl', ['-q', '-w', ...assignments])
}
