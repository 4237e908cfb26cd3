// How every process here begins and ends: what a user got wrong is one line and code 2, a bug is logged and code 1.
import { CommanderError } from 'commander'
import { SettingsError } from './flags.ts'

/** Whatever is still open a second after the end is not waited for. */
const lingerMs = 1_000

/** `run` resolves with the exit code; what it throws ends the process at once, whatever else still runs in it. */
export async function main(run: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await run()
    setTimeout(() => process.exit(), lingerMs).unref()
  } catch (error) {
    process.exit(report(error))
  }
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2 // it has printed
  if (error instanceof SettingsError) {
    process.stderr.write(`error: ${error.message}\n`)
    return 2
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return 1
}
