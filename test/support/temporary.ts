// Temporary folders that say whose they are: those of a process that is gone are swept by the next one.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const prefix = 'herald-'
const mine = new Set<string>()
let isSwept = false

export function makeTemporaryFolder(purpose: string): string {
  if (!isSwept) {
    isSwept = true
    sweepTemporaryFolders()
    process.once('exit', () => mine.forEach(removeFolder))
  }
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-${purpose}-`))
  mine.add(folder)
  return folder
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  mine.delete(folder)
}

/** A process that was killed could not tidy up; its number is in the name. */
export function sweepTemporaryFolders(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = /^herald-(\d+)-/.exec(name)?.[1]
    if (owner === undefined || existsSync(`/proc/${owner}`)) continue
    rmSync(join(tmpdir(), name), { recursive: true, force: true })
  }
}
