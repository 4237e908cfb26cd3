// The bundle that lab, e2e and bench run: made anew each time, it takes a second.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { nodeFolder, root } from './modules.mjs'

export function bringBundle(say) {
  say('bundling controller, speaker and herald')
  const { status } = spawnSync(join(nodeFolder, 'node'), [join(root, 'hack/bundle.ts')], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) throw new Error(`the bundle could not be made (exit ${status})`)
}
