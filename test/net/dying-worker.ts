// The real worker, with a bomb in it: ends at the first config, unless the file HERALD_DIED says that it did.
import { existsSync, writeFileSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import '../../protocols/engine/l2-worker.ts'

const once = process.env['HERALD_DIED'] ?? ''

parentPort?.on('message', () => {
  if (existsSync(once)) return
  writeFileSync(once, '')
  process.exit(7)
})
