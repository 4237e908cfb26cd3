// The routers of the lab, both at once.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startBird } from './bird.ts'
import { startFrr } from './frr.ts'
import type { RouterName } from './names.ts'
import type { Router } from './router.ts'

export type Routers = Readonly<Record<RouterName, Router>>

/** Their namespaces stand (back-network.ts). Configuration, logs and sockets are in a folder of the given one. */
export async function startRouters(id: string, logFolder: string): Promise<Routers> {
  const folder = join(logFolder, 'routers')
  mkdirSync(folder, { recursive: true })
  const [frr, bird] = await Promise.all([startFrr(id, folder), startBird(id, folder)])
  return { frr, bird }
}
