// Why `cap` serves the tests only: the real package captures on a link in a network namespace, and the link goes down, as
// links of nodes do. Exit code 0: the failure is still there (the process was aborted). 1: it is mended. Needs root.
//
//   node hack/proofs/cap-link-down.ts
import { spawn, spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

const namespace = `herald-proof-${process.pid}`
const tests = resolve(import.meta.dirname, '../../test')
const packageFile = createRequire(join(tests, 'package.json')).resolve('cap')

/** Captures ARP on the link, and has every reason to live on. */
const program = `
const { Cap } = require(${JSON.stringify(packageFile)})
const capture = new Cap()
capture.open('near', 'arp', 1024 * 1024, Buffer.alloc(65535))
capture.on('packet', () => undefined)
console.log('capturing')
setInterval(() => undefined, 1000)
`

function ip(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`)
}

async function prove(): Promise<number> {
  ip('netns', 'add', namespace)
  try {
    ip('-n', namespace, 'link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far')
    ip('-n', namespace, 'link', 'set', 'near', 'up')
    ip('-n', namespace, 'link', 'set', 'far', 'up')
    console.log('the real package captures on a link; then the link goes down')
    const ended = await runUntilDown()
    if (ended === undefined) {
      console.log('it lived on: the failure is mended, see docs/decisions.md')
      return 1
    }
    console.log(`the process ended (${ended}): a link that goes down still aborts it`)
    return 0
  } finally {
    ip('netns', 'delete', namespace)
  }
}

/** How it ended, or undefined when it still ran seconds after the link went down. */
function runUntilDown(): Promise<string | undefined> {
  const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((done) => {
    let timer: NodeJS.Timeout | undefined
    child.stdout.once('data', () => {
      ip('-n', namespace, 'link', 'set', 'near', 'down')
      timer = setTimeout(() => {
        done(undefined)
        child.kill('SIGKILL')
      }, 4_000)
    })
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      done(signal ?? `exit code ${code}`)
    })
  })
}

process.exitCode = await prove()
