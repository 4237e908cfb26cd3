// Credentials from kubeconfig files: which ones count, what is read anew and when.
import { expect } from 'chai'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fakeClock } from '../../test/support/fake-clock.ts'
import { makeTemporaryFolder, removeFolder } from '../../test/support/temporary.ts'
import { loadAuth } from './auth.ts'
import type { Auth } from './auth.ts'

type Written = {
  readonly name: string
  readonly server: string
  readonly user: object
  readonly namespace?: string
}

describe('auth', () => {
  let folder: string

  beforeEach(() => {
    folder = makeTemporaryFolder('auth')
  })

  afterEach(() => removeFolder(folder))

  /** A file with one context, called as its cluster and its user. */
  function write({ name, server, user, namespace }: Written): string {
    const file = join(folder, `${name}.yaml`)
    const content = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server } }],
      users: [{ name, user }],
      contexts: [{ name, context: { cluster: name, user: name, namespace } }],
      'current-context': name,
    }
    writeFileSync(file, JSON.stringify(content))
    return file
  }

  const one = (user: object) =>
    write({ name: 'one', server: 'https://one.example:6443/', user, namespace: 'herald' })
  const two = () => write({ name: 'two', server: 'https://two.example:6443', user: { token: 'second' } })
  const authorization = async (auth: Auth) => (await auth.credentials()).headers['authorization']

  it('reads server, namespace and token', async () => {
    const auth = loadAuth({ kubeconfig: one({ token: 'first' }) })
    expect(auth).to.include({ server: 'https://one.example:6443', namespace: 'herald' })
    expect(await authorization(auth)).to.equal('Bearer first')
  })

  it('reads a token file beside the kubeconfig, without its line feed', async () => {
    writeFileSync(join(folder, 'token'), 'from-a-file\n')
    expect(await authorization(loadAuth({ kubeconfig: one({ tokenFile: 'token' }) }))).to.equal(
      'Bearer from-a-file',
    )
  })

  it('takes the context it is told', async () => {
    const env = { KUBECONFIG: `${one({ token: 'first' })}:${two()}` }
    const auth = loadAuth({ env, context: 'two' })
    expect(auth.server).to.equal('https://two.example:6443')
    expect(await authorization(auth)).to.equal('Bearer second')
  })

  it('takes the current context of the first file of KUBECONFIG', () => {
    const env = { KUBECONFIG: `${one({ token: 'first' })}:${two()}` }
    expect(loadAuth({ env }).server).to.equal('https://one.example:6443')
  })

  it('puts cluster, user and context of several files together, as kubectl', async () => {
    const part = (name: string, content: object): string => {
      const file = join(folder, name)
      writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...content }))
      return file
    }
    const context = { cluster: 'c', user: 'u', namespace: 'herald' }
    const files = [
      part('contexts', { contexts: [{ name: 'here', context }], 'current-context': 'here' }),
      part('clusters', { clusters: [{ name: 'c', cluster: { server: 'https://c.example' } }] }),
      part('users', { users: [{ name: 'u', user: { token: 'of-u' } }], 'current-context': 'elsewhere' }),
      part('late', { users: [{ name: 'u', user: { token: 'too-late' } }] }),
    ]
    const auth = loadAuth({ env: { KUBECONFIG: files.join(':') } })
    expect(auth).to.include({ server: 'https://c.example', namespace: 'herald' })
    expect(await authorization(auth)).to.equal('Bearer of-u')
  })

  it('reads files that a kubeconfig names from its own folder, whichever file of the list it is', async () => {
    mkdirSync(join(folder, 'elsewhere'))
    writeFileSync(join(folder, 'elsewhere', 'ca.crt'), 'authority')
    writeFileSync(join(folder, 'elsewhere', 'token'), 'from-a-file')
    const cluster = { server: 'https://c.example', 'certificate-authority': 'ca.crt' }
    const other = join(folder, 'elsewhere', 'config')
    const content = { ...homeConfig, clusters: [{ name: 'home', cluster }] }
    const users = [{ name: 'home', user: { tokenFile: 'token' } }]
    writeFileSync(other, JSON.stringify({ ...content, users }))
    const auth = loadAuth({ env: { KUBECONFIG: `${two()}:${other}` }, context: 'home' })
    expect(await authorization(auth)).to.equal('Bearer from-a-file')
    expect((await auth.credentials()).connection.tls.ca).to.equal('authority')
  })

  it('passes over a file of the list that is not there, as kubectl', () => {
    const env = { KUBECONFIG: `${join(folder, 'missing')}:${two()}` }
    expect(loadAuth({ env }).server).to.equal('https://two.example:6443')
  })

  it('says which files it looked for when none of the list is there', () => {
    const env = { KUBECONFIG: '/nowhere/a:/nowhere/b' }
    expect(() => loadAuth({ env })).to.throw('KUBECONFIG names no file that is there: /nowhere/a, /nowhere/b')
  })

  it('reads the usual file of the home folder', () => {
    mkdirSync(join(folder, '.kube'))
    writeFileSync(join(folder, '.kube', 'config'), JSON.stringify(homeConfig))
    expect(loadAuth({ env: { HOME: folder } }).server).to.equal('https://home.example')
  })

  it('says what it looked for when there is nothing', () => {
    expect(() => loadAuth({ env: { HOME: folder } })).to.throw(
      'no kubeconfig: neither --kubeconfig, KUBECONFIG',
    )
  })

  it('says which context has no cluster', () => {
    const kubeconfig = one({ token: 'first' })
    expect(() => loadAuth({ kubeconfig, context: 'three' })).to.throw(`no cluster for context 'three'`)
  })

  it('speaks plain HTTP where the kubeconfig says so', async () => {
    const kubeconfig = write({ name: 'proxy', server: 'http://127.0.0.1:8001', user: {} })
    expect((await loadAuth({ kubeconfig }).credentials()).headers).to.deep.equal({})
  })

  it('goes by the proxy of the environment, unless the kubeconfig names one', async () => {
    const env = { HTTPS_PROXY: 'http://proxy.example:3128' }
    const proxyOf = async (kubeconfig: string) =>
      (await loadAuth({ kubeconfig, env }).credentials()).connection.proxy
    const cluster = { server: 'https://one.example:6443', 'proxy-url': 'http://own.example:3128' }
    expect(await proxyOf(one({ token: 'first' }))).to.equal('http://proxy.example:3128')
    const named = join(folder, 'named')
    writeFileSync(named, JSON.stringify({ ...homeConfig, clusters: [{ name: 'home', cluster }] }))
    expect(await proxyOf(named)).to.equal('http://own.example:3128')
  })

  it('asks once a minute, and keeps its connections while nothing of them changed', async () => {
    const { clock, advance } = fakeClock()
    const auth = loadAuth({ kubeconfig: one({ token: 'first' }), clock })
    const first = await auth.credentials()
    advance(59_999)
    expect(await auth.credentials()).to.equal(first)
    advance(1)
    const second = await auth.credentials()
    expect(second).to.not.equal(first)
    expect(second.connection).to.equal(first.connection)
  })

  it('reads everything anew when it is refused', async () => {
    const auth = loadAuth({ kubeconfig: one({ token: 'first' }) })
    const refused = await auth.credentials()
    one({ token: 'renewed' })
    await auth.reload(refused)
    expect(await authorization(auth)).to.equal('Bearer renewed')
  })

  it('reads anew once, however many calls were refused with the same', async () => {
    const auth = loadAuth({ kubeconfig: one({ token: 'first' }) })
    const refused = await auth.credentials()
    one({ token: 'renewed' })
    await auth.reload(refused)
    const renewed = await auth.credentials()
    await Promise.all([auth.reload(refused), auth.reload(refused)])
    expect(await auth.credentials()).to.equal(renewed)
  })

  it('makes new connections for a new certificate authority', async () => {
    const kubeconfig = one({ token: 'first' })
    const auth = loadAuth({ kubeconfig })
    const before = await auth.credentials()
    const text = { 'certificate-authority-data': Buffer.from('another').toString('base64') }
    const cluster = { server: 'https://one.example:6443', ...text }
    writeFileSync(kubeconfig, JSON.stringify({ ...homeConfig, clusters: [{ name: 'home', cluster }] }))
    await auth.reload(before)
    expect((await auth.credentials()).connection.tls.ca).to.equal('another')
  })
})

const homeConfig = {
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'home', cluster: { server: 'https://home.example' } }],
  users: [{ name: 'home', user: {} }],
  contexts: [{ name: 'home', context: { cluster: 'home', user: 'home' } }],
  'current-context': 'home',
}
