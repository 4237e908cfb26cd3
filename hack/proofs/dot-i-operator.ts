// Why Herald has a list and watch of its own: the real @dot-i/k8s-operator watches a server that resets the connection,
// as API servers do every few minutes. Exit code 0: the failure is still there (the process ended). 1: it is mended.
//
//   node hack/proofs/dot-i-operator.ts
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const resolveFrom = createRequire(import.meta.url)
const packageFile = resolveFrom.resolve('@dot-i/k8s-operator')

/** A small operator, as the README of the package has it: it watches Services and says what it sees. */
const program = `
const { default: Operator } = require(${JSON.stringify(packageFile)})
class Small extends Operator {
  async init() {
    await this.watchResource('', 'v1', 'services', async (event) => console.log('saw', event.type, event.meta.name))
  }
}
new Small().start()
setInterval(() => undefined, 1000) // it has every reason to live on
`

const service = {
  type: 'ADDED',
  object: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default', uid: '1', resourceVersion: '1' },
  },
}

/** Answers a watch with one event, and resets the connection soon after. */
function resettingServer(onReset: () => void): Server {
  return createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write(`${JSON.stringify(service)}\n`)
    setTimeout(() => {
      request.socket.resetAndDestroy()
      onReset()
    }, 500)
  })
}

function kubeconfig(port: number): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'c', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } },
    ],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  })
}

async function prove(): Promise<number> {
  let onReset: () => void = () => undefined
  const server = resettingServer(() => onReset())
  const reset = new Promise<void>((done) => {
    onReset = done
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const folder = mkdtempSync(join(tmpdir(), 'herald-proof-'))
  try {
    const file = join(folder, 'kubeconfig')
    writeFileSync(file, kubeconfig(port))
    console.log('a small operator on the real package watches Services; the connection is reset after 0.5 s')
    const ended = await runUntil(reset, file)
    if (ended === undefined) {
      console.log('it lived on: the failure is mended, see docs/decisions.md')
      return 1
    }
    console.log(`the process ended with code ${ended}: a watch reset still takes the whole operator down`)
    return 0
  } finally {
    server.close()
    server.closeAllConnections()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The exit code, or undefined when it still ran seconds after the reset. */
function runUntil(reset: Promise<void>, kubeconfigFile: string): Promise<number | undefined> {
  const child = spawn(process.execPath, ['-e', program], {
    env: { ...process.env, KUBECONFIG: kubeconfigFile },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return new Promise((done) => {
    let timer: NodeJS.Timeout | undefined
    void reset.then(() => {
      timer = setTimeout(() => {
        done(undefined)
        child.kill('SIGKILL')
      }, 5_000)
    })
    child.on('exit', (code) => {
      clearTimeout(timer)
      done(code ?? -1)
    })
  })
}

process.exitCode = await prove()
