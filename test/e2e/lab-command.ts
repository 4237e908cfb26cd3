// `npm run lab` as a user has it: the command in a process of its own, under a name of the test's own, and what it left.
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { stateFolder } from '../../hack/lab/names.ts'
import { run } from '../../hack/lab/shell.ts'
import type { Running } from '../support/process.ts'
import { startProcess, tailOf } from '../support/process.ts'
import { Hopeless, until, untilTrue } from '../support/until.ts'

const program = resolve(import.meta.dirname, '../../hack/lab/main.ts')

export type LabCommand = Running & {
  readonly said: () => string // all that it wrote
  readonly says: (words: string, timeoutMs: number) => Promise<void>
}

export class LabCommands {
  readonly id: string
  readonly #folder = mkdtempSync(join(tmpdir(), 'herald-lab-command-'))
  #started = 0

  constructor(id: string) {
    this.id = id
  }

  start(...args: readonly string[]): LabCommand {
    this.#started += 1
    const logFile = join(this.#folder, `${this.#started}.log`)
    const running = startProcess({
      command: process.execPath,
      args: [program, ...args],
      env: { HERALD_LAB: this.id, HERALD_KUBECONFIG: '' },
      logFile,
    })
    const said = (): string => readFileSync(logFile, 'utf8')
    const says = async (words: string, timeoutMs: number): Promise<void> => {
      const heard = () => {
        if (said().includes(words)) return true
        if (running.hasExited()) throw new Hopeless(`it ended; its last words:\n${tailOf(logFile)}`)
        return undefined
      }
      await until(words, heard, { timeoutMs })
    }
    return { ...running, said, says }
  }

  /** What there is of it: namespaces, processes, the folder in /run. */
  async remains(): Promise<readonly string[]> {
    const name = `herald-${this.id}-`
    const namespaces = (await run('ip', ['netns', 'list'])).split('\n').filter((row) => row.startsWith(name))
    const processes = globSync('/proc/[0-9]*').filter((folder) => {
      const [words, variables] = [textOf(`${folder}/cmdline`), textOf(`${folder}/environ`)]
      return words.includes(name) || variables.includes(`HERALD_LAB=${this.id}\0`)
    })
    const folder = stateFolder(this.id)
    return [...namespaces, ...processes, ...(existsSync(folder) ? [folder] : [])]
  }

  /** The kernel may still be at the end of one or the other. */
  async untilGone(): Promise<void> {
    let left: readonly string[] = []
    const nothing = async () => {
      left = await this.remains()
      return left.length === 0
    }
    await untilTrue('nothing is left', nothing).catch((cause: unknown) => {
      throw new Error(`left behind: ${left.join(', ')}`, { cause })
    })
  }

  /** Whatever happened. */
  async end(): Promise<void> {
    await this.start('down').exited
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** Nothing when the process has gone meanwhile. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
