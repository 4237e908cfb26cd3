// The bgp worker, with a thread that dies once a file is there: as a fault of ours would make it.
import { existsSync, rmSync } from 'node:fs'
import '../../protocols/engine/bgp-worker.ts'

const file = process.env['HERALD_DIE_WHEN'] ?? ''

setInterval(() => {
  if (!existsSync(file)) return
  rmSync(file)
  throw new Error('the worker dies, as it was told')
}, 20)
