// Who we are to the API server: a kubeconfig file or the Pod's service account, read by @kubernetes/client-node.
// `dist/config.js` alone: of its generated API only what KubeConfig itself mentions gets into the bundle.
import { KubeConfig } from '@kubernetes/client-node/dist/config.js'
import { accessSync, existsSync, readFileSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { isObject } from '../../crds/read.ts'
import { processClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { environmentProxy } from './environment-proxy.ts'
import { pluginFailure, withCommandFrom, withExecInfo } from './exec-plugin.ts'

export type AuthOptions = {
  readonly kubeconfig?: string // path; without it $KUBECONFIG, ~/.kube/config, then the Pod's service account
  readonly context?: string // without it the current one
  readonly clock?: Clock
  readonly env?: Readonly<Record<string, string | undefined>> // without it the environment of the process
}

export type Auth = {
  readonly server: string // https://host:port, with a path where a proxy has one
  readonly namespace: string | undefined // of the context or of the service account
  /** As files and plugins say it now; asked for each call, read at most once a minute. */
  readonly credentials: () => Promise<Credentials>
  /** The API server refused these: everything is read anew, however many calls ask for it at once. */
  readonly reload: (refused: Credentials) => Promise<void>
}

export type Credentials = {
  readonly headers: Readonly<Record<string, string>>
  readonly connection: Connection // the same object while nothing of it changed
}

/** How to connect: directly, or by a proxy. */
export type Connection = { readonly proxy?: string; readonly tls: Tls }

export type Tls = {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly servername?: string
  readonly rejectUnauthorized?: boolean
}

/** As client-go: a token file is rotated long before its token expires. */
const readAgainMs = 60_000

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount'

export function loadAuth(options: AuthOptions = {}): Auth {
  const clock = options.clock ?? processClock
  let config = load(options)
  let known: { readonly credentials: Promise<Credentials>; readonly at: number } | undefined
  let current: Credentials | undefined

  async function read(): Promise<Credentials> {
    const fresh = await readCredentials(config, options.env ?? process.env)
    const same = current !== undefined && equal(current.connection, fresh.connection)
    current = same && current !== undefined ? { ...fresh, connection: current.connection } : fresh
    return current
  }

  function credentials(): Promise<Credentials> {
    if (known === undefined || clock.now() - known.at >= readAgainMs) {
      const reading = read()
      known = { credentials: reading, at: clock.now() }
      reading.catch(() => (known = undefined)) // a file half written, a plugin that failed: the next call tries again
    }
    return known.credentials
  }

  async function reload(refused: Credentials): Promise<void> {
    if (current === refused) {
      config = load(options) // its tokens, plugins' answers and certificates are remembered inside
      known = undefined
      current = { ...refused } // another call with the same complaint finds it done
    }
    await credentials()
  }

  const cluster = config.getCurrentCluster()
  if (cluster === null)
    throw new Error(`the kubeconfig has no cluster for context '${config.currentContext}'`)
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace
  return { server: cluster.server.replace(/\/+$/, ''), namespace: namespace?.trim(), credentials, reload }
}

function load(options: AuthOptions): KubeConfig {
  const config = new KubeConfig()
  const files = kubeconfigFiles(options)
  for (const file of files) mergeFile(config, file)
  if (files.length === 0) {
    if (!isReadable(join(serviceAccount, 'token')))
      throw new Error('no kubeconfig: neither --kubeconfig, KUBECONFIG, ~/.kube/config nor a service account')
    config.loadFromCluster()
  }
  if (options.context !== undefined) config.setCurrentContext(options.context)
  // It refuses plain HTTP (`kubectl proxy`) unless told that there is no TLS to verify.
  config.clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster,
  )
  const [name, cluster] = [config.getCurrentUser()?.name, config.getCurrentCluster()]
  config.users = config.users.map((user) => (user.name === name ? withExecInfo(user, cluster) : user))
  return config
}

function kubeconfigFiles(options: AuthOptions): readonly string[] {
  if (options.kubeconfig !== undefined) return [options.kubeconfig]
  const env = options.env ?? process.env
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '')
  const there = named.filter((file) => existsSync(file)) // as kubectl: some of a list may be missing
  if (there.length > 0) return there
  if (named.length > 0) throw new Error(`KUBECONFIG names no file that is there: ${named.join(', ')}`)
  const usual = join(env['HOME'] ?? homedir(), '.kube', 'config')
  return isReadable(usual) ? [usual] : []
}

/** As kubectl: the first file that names a thing decides it, the current context too. */
function mergeFile(config: KubeConfig, file: string): void {
  const added = new KubeConfig()
  added.loadFromFile(file)
  const tokenFiles = tokenFilesOf(file)
  added.users = added.users.map((read) => {
    const user = withCommandFrom(dirname(file), read)
    const tokenFile = tokenFiles.get(user.name)
    return tokenFile === undefined
      ? user
      : { ...user, authProvider: { name: 'tokenFile', config: { tokenFile } } }
  })
  const names = (list: readonly { readonly name: string }[]) => new Set(list.map(({ name }) => name))
  const [clusters, users, contexts] = [names(config.clusters), names(config.users), names(config.contexts)]
  config.clusters = [...config.clusters, ...added.clusters.filter(({ name }) => !clusters.has(name))]
  config.users = [...config.users, ...added.users.filter(({ name }) => !users.has(name))]
  config.contexts = [...config.contexts, ...added.contexts.filter(({ name }) => !contexts.has(name))]
  config.currentContext ||= added.currentContext
}

/** users[].user.tokenFile, which client-node does not read. */
function tokenFilesOf(file: string): ReadonlyMap<string, string> {
  const raw: unknown = parse(readFileSync(file, 'utf8'))
  const users: unknown = isObject(raw) ? raw['users'] : undefined
  if (!Array.isArray(users)) return new Map()
  return new Map(
    users.flatMap((entry: unknown): [string, string][] => {
      if (!isObject(entry) || !isObject(entry['user']) || typeof entry['name'] !== 'string') return []
      const { tokenFile } = entry['user']
      return typeof tokenFile === 'string' ? [[entry['name'], resolve(dirname(file), tokenFile)]] : []
    }),
  )
}

async function readCredentials(
  config: KubeConfig,
  env: NonNullable<AuthOptions['env']>,
): Promise<Credentials> {
  const said: RequestOptions & { servername?: string } = {}
  try {
    await config.applyToHTTPSOptions(said)
  } catch (error) {
    throw pluginFailure(config.getCurrentUser(), error)
  }
  const cluster = config.getCurrentCluster()
  const proxy = cluster?.proxyUrl ?? (cluster === null ? undefined : environmentProxy(cluster.server, env))
  const { servername, rejectUnauthorized } = said
  const tls: Tls = {
    ...(said.ca ? { ca: text(said.ca) } : {}),
    ...(said.cert ? { cert: text(said.cert) } : {}),
    ...(said.key ? { key: text(said.key) } : {}),
    ...(servername ? { servername } : {}),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  }
  return { headers: headersOf(said), connection: { tls, ...(proxy === undefined ? {} : { proxy }) } }
}

function headersOf(said: RequestOptions): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  if (typeof said.auth === 'string') {
    headers['authorization'] = `Basic ${Buffer.from(said.auth).toString('base64')}`
  }
  const given: Readonly<Record<string, unknown>> = isObject(said.headers) ? said.headers : {}
  for (const [name, value] of Object.entries(given)) {
    headers[name.toLowerCase()] = String(value).trim() // a token file may end with a line feed
  }
  return headers
}

/** PEM, as a buffer from a file or as text from a plugin. */
function text(pem: unknown): string {
  return Buffer.isBuffer(pem) ? pem.toString('utf8') : String(pem)
}

function equal(one: Connection, other: Connection): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function isReadable(path: string): boolean {
  try {
    accessSync(path)
    return true
  } catch {
    return false
  }
}
