// The door of `npm run lab`, `npm test` and `npm run bench`: brings what is missing, then hands over to Node 24.
// Plain JavaScript without dependencies: it runs on whatever Node the machine has, in a tree as it was cloned.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { checkMachine } from './setup/machine.mjs'
import { bringPackages } from './setup/debian.mjs'
import { withLock } from './setup/lock.mjs'
import { bringModules, bringTestModules, nodeFolder, root } from './setup/modules.mjs'
import { bringBundle } from './setup/bundle.mjs'
import { buildControlPlane } from './control-plane/build.mjs'

/** What each command runs, and what it needs beyond the modules. */
const commands = {
  lab: { entry: 'hack/lab/main.ts', packages: ['lab'], needs: ['control-plane', 'bundle'] },
  test: {
    entry: 'hack/test.ts',
    packages: ['lab', 'test'],
    needs: ['control-plane', 'bundle', 'test-modules'],
  },
  bench: {
    entry: 'hack/bench.ts',
    packages: ['lab', 'test'],
    needs: ['control-plane', 'bundle', 'test-modules'],
  },
}

const say = (line) => console.error(`set-up: ${line}`)

async function main([name = '', ...rest]) {
  const command = commands[name]
  if (command === undefined) {
    console.error(`hack/run.mjs: '${name}' is none of ${Object.keys(commands).join(', ')}`)
    return 2
  }
  // Taking the lab down, or asking for help, needs nothing new.
  const isLight = rest.includes('down') || rest.includes('--help')
  checkMachine()
  await withLock(say, () => bring(command, isLight))
  return run(command.entry, rest)
}

async function bring({ packages, needs }, isLight) {
  bringModules(say)
  if (isLight) return
  bringPackages(packages, say)
  if (needs.includes('test-modules')) bringTestModules(say)
  if (needs.includes('control-plane') && !process.env.HERALD_KUBECONFIG) await buildControlPlane(say)
  if (needs.includes('bundle')) bringBundle(say)
}

/** Node 24 from the tree, in front of whatever the machine has. Signals reach the child by the terminal, or through us. */
function run(entry, args) {
  const env = { ...process.env, PATH: `${nodeFolder}:${process.env.PATH ?? ''}` }
  const child = spawn(join(nodeFolder, 'node'), [join(root, entry), ...args], {
    stdio: 'inherit',
    env,
    cwd: root,
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(error.message)
      resolve(1)
    })
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)))
  })
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(error.message)
    process.exit(1)
  },
)
