// The door of `npm run lab`, `npm test`, `npm run test:long` and `npm run bench`: brings what is missing, then hands over to Node 24.
// Plain JavaScript without dependencies: it runs on whatever Node the machine has, in a tree as it was cloned.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { commandNamed, commandNames } from './setup/commands.mjs'
import { checkMachine } from './setup/machine.mjs'
import { bringPackages } from './setup/debian.mjs'
import { withLock } from './setup/lock.mjs'
import { bringContainerModules, bringModules, bringTestModules, nodeFolder, root } from './setup/modules.mjs'
import { bringBundle } from './setup/bundle.mjs'
import { buildControlPlane } from './control-plane/build.mjs'
import { buildRouterImages } from './router-images/build.mjs'

const say = (line) => console.error(`set-up: ${line}`)

async function main([name = '', ...rest]) {
  const command = commandNamed(name, rest, process.env)
  if (command === undefined) {
    console.error(`hack/run.mjs: '${name}' is none of ${commandNames.join(', ')}`)
    return 2
  }
  checkMachine()
  await withLock(say, () => bring(command))
  return run(command.entry, [...(command.args ?? []), ...rest])
}

const bringers = {
  'test-modules': bringTestModules,
  'control-plane': buildControlPlane,
  bundle: bringBundle,
  'container-modules': bringContainerModules,
  'router-images': (say) => buildRouterImages(say),
}

async function bring({ packages, needs }) {
  bringModules(say)
  bringPackages(packages, say)
  for (const need of needs) await bringers[need](say)
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
