// Where the binaries of the real control plane are: named by the user, or in the cache that build.mjs fills.
// Plain JavaScript: the set-up reads it on whatever Node the machine has.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

const folder = import.meta.dirname ?? new URL('.', import.meta.url).pathname

/** All that one multi-call binary holds, by the name it is called by. */
export const components = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'kubectl',
]

/** The pinned release, 'v1.37.2', as go.mod requires it. */
export function kubernetesVersion() {
  const line = /^\s*k8s\.io\/kubernetes (v\S+)$/m.exec(readFileSync(join(folder, 'go.mod'), 'utf8'))
  if (line === null) throw new Error('hack/control-plane/go.mod requires no k8s.io/kubernetes')
  return line[1]
}

/** One folder for each version and each change of the module: an old binary is never taken for a new one. */
export function cacheFolder(env = process.env) {
  const hash = createHash('sha256')
  for (const file of ['go.mod', 'go.sum', 'main.go']) hash.update(readFileSync(join(folder, file)))
  const cache = env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return join(cache, 'herald', 'control-plane', `${kubernetesVersion()}-${hash.digest('hex').slice(0, 12)}`)
}

/** envtest's names: TEST_ASSET_KUBE_APISERVER and its like for one, KUBEBUILDER_ASSETS for a folder of some. */
function namedByUser(component, env) {
  const single = env[assetName(component)]
  if (single) return single
  const shared = env.KUBEBUILDER_ASSETS
  return shared && existsSync(join(shared, component)) ? join(shared, component) : undefined
}

function assetName(component) {
  return `TEST_ASSET_${component.toUpperCase().replaceAll('-', '_')}`
}

/** What the user names and is not there: taking another binary instead would be a surprise. */
export function wrongNames(env = process.env) {
  const wrong = ['etcd', ...components].map(assetName).filter((name) => env[name] && !existsSync(env[name]))
  const shared = env.KUBEBUILDER_ASSETS
  const isEmpty = shared && !['etcd', ...components].some((component) => existsSync(join(shared, component)))
  return [
    ...wrong.map((name) => `${name}=${env[name]}: there is no such file`),
    ...(isEmpty ? [`KUBEBUILDER_ASSETS=${shared}: holds none of etcd, ${components.join(', ')}`] : []),
  ]
}

/** Where a component is to be found, whether it is there yet or not. etcd is Debian's. */
export function componentPath(component, env = process.env) {
  const named = namedByUser(component, env)
  if (named !== undefined) return named
  if (component !== 'etcd') return join(cacheFolder(env), component)
  const folders = [...(env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin']
  return join(folders.find((path) => existsSync(join(path, 'etcd'))) ?? '/usr/bin', 'etcd')
}

/** Components that must be built before anything can start. */
export function missingComponents(env = process.env) {
  return components.filter((component) => !existsSync(componentPath(component, env)))
}
