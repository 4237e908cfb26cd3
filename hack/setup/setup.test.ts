// The door of the three commands: what each needs, and what a machine that is not right for it gets to read.
import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { makeTemporaryFolder, removeFolder } from '../../test/support/temporary.ts'
import { commandNamed } from './commands.mjs'

const root = resolve(import.meta.dirname, '../..')

describe('what the set-up brings', () => {
  const own = { HERALD_KUBECONFIG: '/home/me/.kube/config' }

  it('the lab needs a control plane and the bundle, nothing that compiles', () => {
    expect(commandNamed('lab', [], {})).to.deep.include({
      packages: ['lab'],
      needs: ['control-plane', 'bundle'],
    })
  })

  it('the lab on a cluster of the user’s own builds none', () => {
    expect(commandNamed('lab', [], own)?.needs).to.deep.equal(['bundle'])
  })

  it('tests and benches start their own control plane, also when a cluster is named', () => {
    for (const name of ['test', 'bench'])
      expect(commandNamed(name, [], own)?.needs).to.deep.equal(['test-modules', 'control-plane', 'bundle'])
  })

  it('the long run is the tests with a word before those of the user, and with what containers take', () => {
    const { args, ...rest } = commandNamed('test:long', [], {}) ?? {}
    const usual = commandNamed('test', [], {})
    expect(args).to.deep.equal(['--long'])
    expect(rest).to.deep.equal({
      entry: usual?.entry,
      packages: [...(usual?.packages ?? []), 'containers'],
      needs: [...(usual?.needs ?? []), 'container-modules', 'router-images'],
    })
  })

  it('taking the lab down brings nothing, and so does a question for help', () => {
    for (const args of [['down'], ['--help']])
      expect(commandNamed('lab', args, {})).to.deep.include({ packages: [], needs: [] })
  })
})

describe('what the set-up brings for routers in containers', () => {
  const isBrought = (name: string, env: Readonly<Record<string, string>>) =>
    commandNamed(name, [], env)?.packages.includes('containers')

  it('is there for the long run, and for any that asks for them', () => {
    expect(isBrought('test:long', {})).to.equal(true)
    expect(isBrought('test:long', { HERALD_ROUTERS: 'processes' })).to.equal(false)
    expect(isBrought('test', {})).to.equal(false)
    expect(isBrought('test', { HERALD_ROUTERS: 'containers' })).to.equal(true)
    expect(isBrought('lab', { HERALD_ROUTERS: 'containers' })).to.equal(false)
  })
})

describe('a machine that is not right', () => {
  const cases: readonly [string, string, RegExp][] = [
    [
      'is not Linux',
      `Object.defineProperty(process, 'platform', { value: 'darwin' })`,
      /^this needs Linux \(network namespaces, nftables\); this machine is darwin\n$/,
    ],
    [
      'has another processor',
      `Object.defineProperty(process, 'arch', { value: 'arm64' })`,
      /^this needs an x64 machine .*; this one is arm64\n$/,
    ],
    [
      'has a user who is not root',
      `process.getuid = () => 1000`,
      /^this needs root \(network namespaces, packet sockets\): run it again with sudo\n$/,
    ],
    [
      'has an old Node',
      `process.getuid = () => 0; Object.defineProperty(process, 'versions', { value: { node: '18.20.4' } })`,
      /^this needs Node 20 or newer to start; this one is 18\.20\.4\n$/,
    ],
  ]
  for (const [what, change, message] of cases)
    it(`${what}: one line, and nothing is touched`, () => {
      const { status, stderr } = runChanged(change, 'hack/run.mjs', ['lab'])
      expect(stderr).to.match(message)
      expect(status).to.equal(1)
    })

  it('a command that does not exist is told those that do', () => {
    const { status, stderr } = runChanged('', 'hack/run.mjs', ['labb'])
    expect(stderr).to.equal("hack/run.mjs: 'labb' is none of lab, test, test:long, bench\n")
    expect(status).to.equal(2)
  })
})

describe('a machine without a control plane', () => {
  let folder: string

  beforeEach(() => {
    folder = makeTemporaryFolder('setup')
  })
  afterEach(() => removeFolder(folder))

  function build(go: string, env: Readonly<Record<string, string>> = {}) {
    const clean = { HOME: folder, XDG_CACHE_HOME: folder, KUBEBUILDER_ASSETS: '', ...env }
    return runChanged(goThatSays(go), 'hack/control-plane/build.mjs', [], clean)
  }

  for (const [what, says] of [
    ['without Go', ''],
    ['with an old Go', 'go1.19.8'],
  ] as const)
    it(`${what}: what is missing, and the three ways out`, () => {
      const { status, stderr } = build(says)
      expect(stderr).to.match(
        /not built yet \(kube-apiserver, .*kubectl\), and that takes Go 1\.26 or newer\.\nChoose one:\n/,
      )
      expect(stderr).to.include('  - install Go 1.26 or newer')
      expect(stderr).to.include('KUBEBUILDER_ASSETS=/folder')
      expect(stderr).to.include('TEST_ASSET_KUBE_APISERVER=/path/to/kube-apiserver')
      expect(stderr).to.include('HERALD_KUBECONFIG=/path/to/kubeconfig npm run lab')
      expect(status).to.equal(1)
    })

  it('a binary that is named and not there is told by its name', () => {
    const { status, stderr } = build('', { TEST_ASSET_KUBECTL: join(folder, 'kubectl') })
    expect(stderr).to.equal(`TEST_ASSET_KUBECTL=${folder}/kubectl: there is no such file\n`)
    expect(status).to.equal(1)
  })
})

/** Every `go` of the machine answers so, wherever it is installed; nothing is ever compiled. */
function goThatSays(version: string): string {
  return `
    import childProcess from 'node:child_process'
    import { syncBuiltinESMExports } from 'node:module'
    childProcess.spawnSync = () => ({ stdout: ${JSON.stringify(version)} })
    childProcess.spawn = () => { throw new Error('compiled') }
    syncBuiltinESMExports()`
}

/** Runs a program of the set-up on a machine that `change` has made another one. */
function runChanged(
  change: string,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const change64 = `data:text/javascript;base64,${Buffer.from(change).toString('base64')}`
  return spawnSync(process.execPath, ['--import', change64, join(root, program), ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 20_000,
  })
}
