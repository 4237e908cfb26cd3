// The ways in which a kubeconfig may say who one is and which way it goes, against a real API server: a credential
// plugin, proxies, a config in several files.
import { expect } from 'chai'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { isForbidden } from '../../operator/kube/api-error.ts'
import { loadAuth } from '../../operator/kube/auth.ts'
import type { AuthOptions } from '../../operator/kube/auth.ts'
import { createClient } from '../../operator/kube/client.ts'
import type { Client } from '../../operator/kube/client.ts'
import type { ControlPlane, Identity } from '../support/control-plane.ts'
import { startControlPlane } from '../support/control-plane.ts'
import { digList, digText } from '../support/dig.ts'
import { startHttpProxy, startSocksProxy } from '../support/proxy.ts'
import type { Proxy } from '../support/proxy.ts'
import { makeTemporaryFolder, removeFolder } from '../support/temporary.ts'

const account = { namespace: 'default', name: 'plugin' } as const
const accountUser = 'system:serviceaccount:default:plugin'

describe('a kubeconfig on a real API server', function () {
  this.timeout(180_000)
  let plane: ControlPlane
  let folder: string
  const clients: Client[] = []
  const proxies: Proxy[] = []

  before(async () => {
    folder = makeTemporaryFolder('credentials')
    plane = await startControlPlane()
    await plane.api.create('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: account.name } })
  })
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()))
    await Promise.all(proxies.splice(0).map((proxy) => proxy.close()))
  })
  after(async () => {
    await plane.stop()
    removeFolder(folder)
  })

  const file = (name: string): string => join(folder, name)

  function connect(options: AuthOptions): Client {
    const client = createClient({ auth: loadAuth(options), userAgent: 'herald-test' })
    clients.push(client)
    return client
  }

  /** Who the API server takes us for: nobody here has any right, and it says whose right is missing. */
  async function whoAmI(client: Client): Promise<string | undefined> {
    const error = await client.text('/not-for-you', { retry: false }).catch((refusal: unknown) => refusal)
    if (!isForbidden(error)) throw error
    return /User \\?"([^"\\]+)\\?"/.exec(String(error))?.[1]
  }

  function written(name: string, content: object): string {
    writeFileSync(file(name), JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...content }))
    return file(name)
  }

  function kubeconfig(user: object, cluster: object = {}): string {
    const server = { server: plane.server, 'certificate-authority-data': plane.caData, ...cluster }
    return written('config', {
      clusters: [{ name: 'c', cluster: server }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    })
  }

  /** users[0].user of a kubeconfig. */
  async function userOf(identity: Identity): Promise<Readonly<Record<string, string>>> {
    const config: unknown = parse(readFileSync(await plane.userKubeconfig(identity), 'utf8'))
    const [first] = digList(config, 'users')
    const fields = ['token', 'client-certificate-data', 'client-key-data']
    return Object.fromEntries(
      fields.flatMap((name) => {
        const value = digText(first, 'user', name)
        return value === undefined ? [] : [[name, value]]
      }),
    )
  }

  /** A program that prints what stands in the file 'answer'. */
  function plugin(): object {
    writeFileSync(file('plugin'), '#!/bin/sh\necho run >> "${0}.runs"\ncat "${0%plugin}answer"\n', {
      mode: 0o755,
    })
    return { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './plugin' } }
  }

  function pluginAnswers(status: object): void {
    const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status }
    writeFileSync(file('answer'), JSON.stringify(credential))
  }

  it('lets a plugin give the token', async () => {
    pluginAnswers({ token: (await userOf({ serviceAccount: account }))['token'] })
    expect(await whoAmI(connect({ kubeconfig: kubeconfig(plugin()) }))).to.equal(accountUser)
  })

  it('lets a plugin give the client certificate', async () => {
    const jane = await userOf({ user: 'jane' })
    const pem = (name: string): string => Buffer.from(jane[name] ?? '', 'base64').toString('utf8')
    pluginAnswers({
      clientCertificateData: pem('client-certificate-data'),
      clientKeyData: pem('client-key-data'),
    })
    expect(await whoAmI(connect({ kubeconfig: kubeconfig(plugin()) }))).to.equal('jane')
  })

  it('asks the plugin again when its token is refused, within the same call', async () => {
    writeFileSync(file('plugin.runs'), '')
    pluginAnswers({ token: 'revoked' })
    const client = connect({ kubeconfig: kubeconfig(plugin()) })
    const refusal = await client.text('/version').catch((error: unknown) => error)
    pluginAnswers({ token: (await userOf({ serviceAccount: account }))['token'] })
    const user = await whoAmI(client)
    expect(refusal).to.include({ status: 401 })
    expect(user).to.equal(accountUser)
    // The first call asks twice, as a new answer might have helped; the second one has the old answer refused, and asks.
    expect(readFileSync(file('plugin.runs'), 'utf8')).to.equal('run\n'.repeat(3))
  })

  it('says in the failed call what the plugin said', async () => {
    writeFileSync(file('failing'), '#!/bin/sh\necho log in first >&2\nexit 1\n', { mode: 0o755 })
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: './failing' }
    const client = connect({ kubeconfig: kubeconfig({ exec }) })
    const error = await client.text('/version', { retry: false }).catch((cause: unknown) => String(cause))
    expect(error).to.include(`the credential plugin '${file('failing')}' of user 'u' failed: log in first`)
  })

  for (const [kind, start] of [
    ['an HTTP proxy', startHttpProxy],
    ['a SOCKS5 proxy', startSocksProxy],
  ] as const)
    it(`goes by ${kind}, with TLS to the API server and the client certificate through it`, async () => {
      const proxy = await start()
      proxies.push(proxy)
      const client = connect({
        kubeconfig: kubeconfig(await userOf({ user: 'jane' }), { 'proxy-url': proxy.url }),
      })
      expect(await whoAmI(client)).to.equal('jane')
      expect(new Set(proxy.tunnels())).to.deep.equal(new Set([new URL(plane.server).host]))
    })

  it('says which proxy it cannot use', async () => {
    const client = connect({
      kubeconfig: kubeconfig({ token: 'any' }, { 'proxy-url': 'ftp://proxy.example' }),
    })
    const error = await client.text('/version', { retry: false }).catch((cause: unknown) => String(cause))
    expect(error).to.include('ftp://proxy.example').and.to.include('http, https and socks5 are known')
  })

  it('may stand in several files, one of which is not there', async () => {
    const cluster = { server: plane.server, 'certificate-authority-data': plane.caData }
    const files = [
      file('missing'),
      written('contexts', {
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      }),
      written('clusters', { clusters: [{ name: 'c', cluster }] }),
      written('users', { users: [{ name: 'u', user: await userOf({ serviceAccount: account }) }] }),
    ]
    expect(await whoAmI(connect({ env: { KUBECONFIG: files.join(':') } }))).to.equal(accountUser)
  })
})
