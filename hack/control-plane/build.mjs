// Builds the real control plane from the Go module beside this file: one multi-call binary and its names.
// `node hack/control-plane/build.mjs` does it by hand; the set-up calls it when a component is missing.
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cacheFolder, components, kubernetesVersion, missingComponents, wrongNames } from './where.mjs'

const folder = import.meta.dirname ?? new URL('.', import.meta.url).pathname
const neededGo = [1, 26]
const expectedSeconds = 12 * 60

/** Does nothing when every component is there. Throws an Error whose message tells the user what to do. */
export async function buildControlPlane(say) {
  const wrong = wrongNames()
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  const missing = missingComponents()
  if (missing.length === 0) return
  const go = findGo(missing)
  const target = cacheFolder()
  mkdirSync(dirname(target), { recursive: true })
  const staging = mkdtempSync(join(dirname(target), '.building-'))
  try {
    say(`building Kubernetes ${kubernetesVersion()} from source, once: 7 to 15 minutes on 2 cores when cold`)
    await compile({ go, output: join(staging, 'control-plane') }, say)
    for (const component of components) symlinkSync('control-plane', join(staging, component))
    chmodSync(staging, 0o755)
    if (!existsSync(target)) renameSync(staging, target)
    say(`built: ${components.join(', ')}`)
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

function findGo(missing) {
  for (const go of ['go', '/usr/local/go/bin/go', '/usr/lib/go/bin/go']) {
    const answer = spawnSync(go, ['env', 'GOVERSION'], {
      encoding: 'utf8',
      cwd: folder,
      env: goEnvironment(),
    })
    const version = /^go(\d+)\.(\d+)/.exec(answer.stdout ?? '')
    if (version === null) continue
    const [major, minor] = [Number(version[1]), Number(version[2])]
    if (major > neededGo[0] || (major === neededGo[0] && minor >= neededGo[1])) return go
  }
  throw new Error(
    [
      `the real control plane is not built yet (${missing.join(', ')}), and that takes Go ${neededGo.join('.')} or newer.`,
      'Choose one:',
      `  - install Go ${neededGo.join('.')} or newer and run the same command again;`,
      '  - name binaries that you have: KUBEBUILDER_ASSETS=/folder (with ' + components.join(', ') + '),',
      '    or one by one TEST_ASSET_KUBE_APISERVER=/path/to/kube-apiserver and so on;',
      '  - use a cluster of yours: HERALD_KUBECONFIG=/path/to/kubeconfig npm run lab.',
    ].join('\n'),
  )
}

// Without stamps /version says 'v0.0.0-master+$Format:%H$', which version parsers refuse.
function stamps() {
  const version = kubernetesVersion()
  const [major, minor] = version.slice(1).split('.')
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' }
  const packages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
  return packages.flatMap((name) =>
    Object.entries(values).map(([key, value]) => `-X ${name}.${key}=${value}`),
  )
}

// -mod=readonly: a build never changes go.mod or go.sum. No cgo: the binary runs on any Linux.
function compile({ go, output }, say) {
  const flags = [
    '-mod=readonly',
    '-trimpath',
    '-buildvcs=false',
    '-v',
    '-ldflags',
    ['-s', '-w', ...stamps()].join(' '),
  ]
  const child = spawn(go, ['build', ...flags, '-o', output, '.'], {
    cwd: folder,
    env: goEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const progress = followProgress(child.stderr, say)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      progress.stop()
      if (code === 0) resolve()
      else reject(new Error(`go build failed (exit ${code}); its last lines:\n${progress.tail().join('\n')}`))
    })
  })
}

function goEnvironment() {
  return { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '', GOWORK: 'off' }
}

// go says one line a download and one a compiled package; the reader gets one line every 15 seconds.
function followProgress(stream, say) {
  const started = Date.now()
  const lines = []
  let packages = 0
  let downloads = 0
  stream.setEncoding('utf8')
  stream.on('data', (text) => {
    for (const line of text.split('\n').filter(Boolean)) {
      if (line.startsWith('go: downloading')) downloads += 1
      else packages += 1
      lines.push(line)
      if (lines.length > 40) lines.shift()
    }
  })
  const timer = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000)
    const latest = packages > 0 ? `, now ${lines.at(-1)}` : ''
    say(
      `${seconds} s of about ${expectedSeconds}: ${downloads} downloads, ${packages} packages compiled${latest}`,
    )
  }, 15_000)
  return { stop: () => clearInterval(timer), tail: () => lines }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  buildControlPlane((line) => console.log(`${basename(folder)}: ${line}`)).catch((error) => {
    console.error(error.message)
    process.exitCode = 1
  })
}
