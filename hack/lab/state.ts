// The folder by which a running lab is found: who runs it, and what a user needs to reach it. `down` takes it away, and
// everything that bears the lab's name, also when its process was killed.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sweepTemporaryFolders } from '../../test/support/temporary.ts'
import { untilTrue } from '../../test/support/until.ts'
import { componentPath } from '../control-plane/where.mjs'
import type { Lab } from './lab.ts'
import { stateFolder } from './names.ts'
import { removeNetwork } from './network.ts'

/** Throws when a lab of that id is up; otherwise the id is ours. */
export function claimLab(id: string): void {
  const owner = runningOwner(id)
  if (owner !== undefined)
    throw new Error(`a lab is up already (process ${owner}); npm run lab -- down takes it down`)
  const folder = stateFolder(id)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'owner'), `${process.pid} ${startTimeOf(process.pid) ?? ''}\n`)
}

/** `. /run/herald-lab/env` gives a shell kubectl and herald on this cluster. */
export function writeEnvironment(lab: Lab): string {
  const folder = stateFolder(lab.id)
  const programs = join(folder, 'bin')
  mkdirSync(programs, { recursive: true })
  symlinkSync(componentPath('kubectl'), join(programs, 'kubectl'))
  const herald = join(programs, 'herald')
  writeFileSync(herald, `#!/bin/sh\nexec "${process.execPath}" "${heraldBundle}" "$@"\n`)
  chmodSync(herald, 0o755)
  const file = join(folder, 'env')
  writeFileSync(file, `export KUBECONFIG="${lab.plane.kubeconfig}"\nexport PATH="${programs}:$PATH"\n`)
  return file
}

export const heraldBundle = join(import.meta.dirname, '../../build/herald.js')

export function releaseLab(id: string): void {
  rmSync(stateFolder(id), { recursive: true, force: true })
}

/** True when there was anything to take down. */
export async function takeDown(id: string): Promise<boolean> {
  const owner = runningOwner(id)
  if (owner !== undefined) await endOwner(owner)
  const was = owner !== undefined || existsSync(stateFolder(id))
  await removeNetwork(id)
  releaseLab(id)
  sweepTemporaryFolders()
  return was
}

// It takes itself down when asked; its children die with it when it must be killed.
async function endOwner(pid: number): Promise<void> {
  const gone = (): boolean => !existsSync(`/proc/${pid}`)
  process.kill(pid, 'SIGTERM')
  await untilTrue(`process ${pid} ends`, gone, { timeoutMs: 20_000 }).catch(() =>
    process.kill(pid, 'SIGKILL'),
  )
  await untilTrue(`process ${pid} is gone`, gone)
}

// A number that was given to another process since is not the owner: its start time differs.
function runningOwner(id: string): number | undefined {
  try {
    const [pid = '', startTime] = readFileSync(join(stateFolder(id), 'owner'), 'utf8')
      .trim()
      .split(' ')
    return startTime !== undefined && startTimeOf(Number(pid)) === startTime ? Number(pid) : undefined
  } catch {
    return undefined
  }
}

// proc(5): field 22, counted after the name in parentheses, which may hold anything.
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
