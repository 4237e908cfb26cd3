// users[].user.exec: a program that the kubeconfig names gives the credentials. client-node runs it; here is what kubectl
// does beside that. https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
import type { Cluster, User } from '@kubernetes/client-node/dist/config_types.js'
import { resolve } from 'node:path'
import { isObject } from '../../crds/read.ts'

/** A command with a slash is meant from the folder of its kubeconfig; others are looked for on PATH. */
export function withCommandFrom(folder: string, user: User): User {
  const exec: unknown = user.exec
  if (!isObject(exec) || typeof exec['command'] !== 'string' || !exec['command'].includes('/')) return user
  return { ...user, exec: { ...exec, command: resolve(folder, exec['command']) } }
}

/** What it is asked for, and for which cluster where it wants to know that, is in KUBERNETES_EXEC_INFO. */
export function withExecInfo(user: User, cluster: Cluster | null): User {
  const exec: unknown = user.exec
  if (!isObject(exec)) return user
  const wantsCluster = exec['provideClusterInfo'] === true && cluster !== null
  const info = {
    kind: 'ExecCredential',
    apiVersion: exec['apiVersion'],
    spec: { interactive: false, ...(wantsCluster ? { cluster: clusterInfo(cluster) } : {}) },
  }
  const given: readonly unknown[] = Array.isArray(exec['env']) ? exec['env'] : []
  const env = [...given, { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }]
  return { ...user, exec: { ...exec, env } }
}

function clusterInfo({ server, caData, skipTLSVerify, tlsServerName, proxyUrl }: Cluster) {
  return {
    server,
    'certificate-authority-data': caData,
    'insecure-skip-tls-verify': skipTLSVerify,
    'tls-server-name': tlsServerName,
    'proxy-url': proxyUrl,
  }
}

/** Why it gave none; what failed otherwise is passed on as it is. */
export function pluginFailure(user: User | null, error: unknown): unknown {
  const exec: unknown = user?.exec
  if (!isObject(exec) || !(error instanceof Error)) return error
  const plugin = `the credential plugin '${String(exec['command'])}' of user '${user?.name}'`
  if (!('code' in error)) return new Error(`${plugin} failed: ${error.message.trim()}`, { cause: error })
  const hint = typeof exec['installHint'] === 'string' ? `: ${exec['installHint'].trim()}` : ''
  const what = error.code === 'ENOENT' ? 'is not installed' : `cannot be run (${String(error.code)})`
  return new Error(`${plugin} ${what}${hint}`, { cause: error })
}
