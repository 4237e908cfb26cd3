// Moves the Go module to another release of Kubernetes: node hack/control-plane/replaces.mjs v1.37.2
// k8s.io/kubernetes requires its staging modules at v0.0.0 and replaces them by folders that its module does not
// carry; each such line becomes a replace by the published tag (v1.A.B is v0.A.B there).
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const folder = import.meta.dirname ?? new URL('.', import.meta.url).pathname
const version = process.argv[2] ?? ''
if (!/^v1\.\d+\.\d+$/.test(version)) {
  console.error('usage: node hack/control-plane/replaces.mjs v1.MINOR.PATCH')
  process.exit(2)
}
const staging = version.replace(/^v1\./, 'v0.')

function go(...args) {
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod' }
  return execFileSync('go', args, {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

// Only lines that end in v0.0.0: k8s.io/utils v0.0.0-2026… is a module of its own.
function stagingModules() {
  const { GoMod } = JSON.parse(go('mod', 'download', '-json', `k8s.io/kubernetes@${version}`))
  const lines = readFileSync(GoMod, 'utf8').matchAll(/^\s*(k8s\.io\/\S+) v0\.0\.0(?:\s*\/\/.*)?$/gm)
  return [...new Set([...lines].map((line) => line[1]))]
}

const modules = stagingModules()
const edits = modules.flatMap((name) => [`-replace=${name}=${name}@${staging}`])
const required = [
  `k8s.io/kubernetes@${version}`,
  `k8s.io/component-base@${staging}`,
  `k8s.io/kubectl@${staging}`,
]
go('mod', 'edit', ...edits, ...required.map((module) => `-require=${module}`))
go('list', '-deps', '.') // resolves and writes go.sum for what is compiled, without the tests of dependencies
console.log(`${modules.length} staging modules at ${staging}; now: node hack/control-plane/build.mjs`)
