// Credentials from a plugin: a real program, run as kubectl would.
import { expect } from 'chai'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fakeClock } from '../../test/support/fake-clock.ts'
import { makeTemporaryFolder, removeFolder } from '../../test/support/temporary.ts'
import { loadAuth } from './auth.ts'
import type { Auth, AuthOptions } from './auth.ts'

describe('a credential plugin', () => {
  let folder: string

  beforeEach(() => {
    folder = makeTemporaryFolder('plugin')
    const script = [
      '#!/bin/sh',
      'cd "$(dirname "$0")" || exit 1',
      'echo run >> runs',
      'echo "$1 $GREETING" > given',
      'printf %s "$KUBERNETES_EXEC_INFO" > info',
      'test -e complaint && { cat complaint >&2; exit 1; }',
      'cat answer',
    ]
    writeFileSync(join(folder, 'plugin'), `${script.join('\n')}\n`, { mode: 0o755 })
    answer({ token: 'first' })
  })
  afterEach(() => removeFolder(folder))

  function answer(status: object): void {
    const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status }
    writeFileSync(join(folder, 'answer'), JSON.stringify(credential))
  }

  function authBy(exec: object, options: AuthOptions = {}): Auth {
    const content = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: 'https://api.example:6443', 'tls-server-name': 'api' } }],
      users: [{ name: 'jane', user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', ...exec } } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'jane' } }],
      'current-context': 'c',
    }
    const kubeconfig = join(folder, 'config')
    writeFileSync(kubeconfig, JSON.stringify(content))
    return loadAuth({ kubeconfig, ...options })
  }

  const runs = (): number => (existsSync(join(folder, 'runs')) ? read('runs').trim().split('\n').length : 0)
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
  const authorization = async (auth: Auth) => (await auth.credentials()).headers['authorization']

  async function failure(auth: Auth): Promise<string> {
    return auth.credentials().then(
      () => 'no failure',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
  }

  it('gives a token, found beside the kubeconfig, with its arguments and its environment', async () => {
    const env = [{ name: 'GREETING', value: 'hello' }]
    const auth = authBy({ command: './plugin', args: ['get-token'], env })
    expect(await authorization(auth)).to.equal('Bearer first')
    expect(read('given')).to.equal('get-token hello\n')
  })

  it('gives a client certificate', async () => {
    answer({ clientCertificateData: 'certificate', clientKeyData: 'key' })
    const { connection, headers } = await authBy({ command: './plugin' }).credentials()
    expect(connection.tls).to.include({ cert: 'certificate', key: 'key' })
    expect(headers).to.deep.equal({})
  })

  it('is told what it is asked for', async () => {
    await authBy({ command: './plugin' }).credentials()
    expect(JSON.parse(read('info'))).to.deep.equal({
      kind: 'ExecCredential',
      apiVersion: 'client.authentication.k8s.io/v1',
      spec: { interactive: false },
    })
  })

  it('is told the cluster where it wants to know it', async () => {
    await authBy({ command: './plugin', provideClusterInfo: true }).credentials()
    expect(JSON.parse(read('info')).spec.cluster).to.deep.equal({
      server: 'https://api.example:6443',
      'insecure-skip-tls-verify': false,
      'tls-server-name': 'api',
    })
  })

  it('is run once while its token lasts, however often credentials are read', async () => {
    const { clock, advance } = fakeClock()
    answer({ token: 'first', expirationTimestamp: new Date(Date.now() + 3_600_000).toISOString() })
    const auth = authBy({ command: './plugin' }, { clock })
    await auth.credentials()
    advance(120_000)
    await auth.credentials()
    expect(runs()).to.equal(1)
  })

  it('is run again when its token has expired', async () => {
    const { clock, advance } = fakeClock()
    answer({ token: 'first', expirationTimestamp: '2020-01-01T00:00:00Z' })
    const auth = authBy({ command: './plugin' }, { clock })
    await auth.credentials()
    answer({ token: 'second' })
    advance(60_000)
    expect(await authorization(auth)).to.equal('Bearer second')
  })

  it('is run again when the API server refuses what it gave', async () => {
    const auth = authBy({ command: './plugin' })
    const refused = await auth.credentials()
    answer({ token: 'second' })
    await auth.reload(refused)
    expect(await authorization(auth)).to.equal('Bearer second')
    expect(runs()).to.equal(2)
  })

  it('that fails is named with what it said, and is run again by the next call', async () => {
    const auth = authBy({ command: './plugin' })
    writeFileSync(join(folder, 'complaint'), 'your session has ended: log in\n')
    expect(await failure(auth)).to.equal(
      `the credential plugin '${folder}/plugin' of user 'jane' failed: your session has ended: log in`,
    )
    removeFolder(join(folder, 'complaint'))
    expect(await authorization(auth)).to.equal('Bearer first')
  })

  it('that is not there is named, with the hint of the kubeconfig', async () => {
    const auth = authBy({ command: 'no-such-plugin', installHint: 'Install it from example.com.\n' })
    expect(await failure(auth)).to.equal(
      "the credential plugin 'no-such-plugin' of user 'jane' is not installed: Install it from example.com.",
    )
  })

  it('that may not be run is named with the reason', async () => {
    writeFileSync(join(folder, 'text'), '', { mode: 0o644 })
    expect(await failure(authBy({ command: './text' }))).to.equal(
      `the credential plugin '${folder}/text' of user 'jane' cannot be run (EACCES)`,
    )
  })

  it('that answers no credential is named', async () => {
    writeFileSync(join(folder, 'answer'), 'Please visit https://example.com/device')
    expect(await failure(authBy({ command: './plugin' }))).to.match(
      /^the credential plugin '.*\/plugin' of user 'jane' failed: .*JSON/,
    )
  })
})
