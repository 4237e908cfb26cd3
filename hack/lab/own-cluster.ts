// HERALD_KUBECONFIG: Herald against a cluster of the user's own, without the lab. The custom resources and the namespace
// are applied, the controller and a speaker for this machine run as processes until Ctrl-C; nothing is taken away.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { componentPath } from '../control-plane/where.mjs'
import { run } from './shell.ts'
import type { Telling } from './telling.ts'

const root = resolve(import.meta.dirname, '../..')

export async function runOnOwnCluster(kubeconfig: string, tell: Telling): Promise<number> {
  const node = process.env['HERALD_NODE_NAME'] ?? hostname()
  tell.heading(`your cluster: ${kubeconfig}`)
  tell.line('kubectl apply: crds/manifests and the namespace metallb-system; they stay when this ends')
  const built = componentPath('kubectl')
  const program = existsSync(built) ? built : 'kubectl' // else the user's own
  const kubectl = (...args: readonly string[]) => run(program, ['--kubeconfig', kubeconfig, ...args])
  tell.block(await kubectl('apply', '--server-side', '-k', join(root, 'crds/manifests')))
  tell.block(await kubectl('apply', '--server-side', '-f', join(root, 'deploy/manifests/namespace.yaml')))
  tell.line(
    `the controller, and a speaker for the node ${node} (HERALD_NODE_NAME names another); Ctrl-C ends both`,
  )
  const processes = [
    start('controller', kubeconfig, []),
    start('speaker', kubeconfig, [`--node-name=${node}`]),
  ]
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => processes.forEach((child) => child.kill('SIGTERM')))
  const codes = await Promise.all(processes.map(ended))
  return Math.max(...codes)
}

// Both on one machine: the controller's ports move by one.
const ports = {
  controller: ['--port=9121', '--health-probe-port=17473'],
  speaker: ['--port=9120', '--health-probe-port=17472'],
} as const

function start(
  component: 'controller' | 'speaker',
  kubeconfig: string,
  flags: readonly string[],
): ChildProcess {
  const program = join(root, 'build', `${component}.js`)
  return spawn(process.execPath, [program, `--kubeconfig=${kubeconfig}`, ...ports[component], ...flags], {
    stdio: 'inherit',
    detached: true,
  })
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((done, failed) => {
    child.once('error', failed)
    child.once('exit', (code) => done(code ?? 0))
  })
}
