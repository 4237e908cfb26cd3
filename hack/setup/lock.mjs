// One set-up at a time in one tree: a second one waits for the first.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from './modules.mjs'

const folder = join(root, '.cache')
const file = join(folder, 'set-up.lock')

export async function withLock(say, work) {
  mkdirSync(folder, { recursive: true })
  while (!take()) {
    say(`another set-up works in this tree (process ${holder()}); waiting`)
    await sleep(2000)
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

/** The file holds the process id of its owner; a lock whose owner is gone is nobody's. */
function take() {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  const pid = holder()
  if (pid !== undefined && isAlive(pid)) return false
  rmSync(file, { force: true })
  return false
}

function holder() {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined
  } catch {
    return undefined
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
