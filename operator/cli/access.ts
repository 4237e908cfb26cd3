// From a command line to one look at the cluster it means.
import { ipAddressPoolKind } from '../../crds/ip-address-pool.ts'
import { ApiError, isForbidden } from '../kube/api-error.ts'
import { loadAuth } from '../kube/auth.ts'
import type { Auth } from '../kube/auth.ts'
import { createClient } from '../kube/client.ts'
import type { Client } from '../kube/client.ts'
import { lookAt } from './cluster.ts'
import type { Circumstances, Lists, Look } from './cluster.ts'
import { inWords, Mistake } from './failure.ts'
import { observed, withPatience } from './patience.ts'
import { orMeant, similarNames } from './similar.ts'
import type { Terminal } from './terminal.ts'

/** As commander reads them. */
export type ClusterOptions = {
  readonly kubeconfig?: string
  readonly context?: string
  readonly namespace: string
  readonly lbClass?: string
  readonly ignoreExcludeLb?: boolean
  readonly leaseMissed: string
}

export type Seen = Look & {
  readonly lists: Lists // as they came
  readonly server: string
  readonly version: string // of Kubernetes; '' = not told
  readonly home: string // the namespace of a name without one
}

export async function see(options: ClusterOptions, terminal: Terminal): Promise<Seen> {
  const circumstances = circumstancesOf(options)
  const access = accessInWords(options, process.env)
  const auth = authFor(options, access)
  const client = createClient({ auth, userAgent: 'herald-cli' })
  const { server } = client
  const { client: lists, underWay } = observed(client)
  const waitsFor = () => [server, ...underWay()].join(', ')
  try {
    return await withPatience(terminal, { waitsFor }, seeBy({ ...client, ...lists }, circumstances))
  } catch (error) {
    const words = inWords(error, { server, access })
    throw words === undefined ? error : new Mistake(words, { cause: error })
  } finally {
    await client.close()
  }
}

async function seeBy(client: Client, circumstances: Circumstances): Promise<Seen> {
  const version = await versionOf(client)
  const look = await lookAt({ client, ...circumstances })
  await mustBeHome(client, look)
  return { ...look, server: client.server, version, home: client.namespace ?? 'default' }
}

/** What is the same whichever lists are looked through. */
export function circumstancesOf(options: ClusterOptions): Circumstances {
  const { namespace, lbClass, ignoreExcludeLb = false, leaseMissed } = options
  const settings = {
    ignoreExcludeLabel: ignoreExcludeLb,
    ...(lbClass === undefined ? {} : { loadBalancerClass: lbClass }),
  }
  return { namespace, settings, missed: wholeNumber('--lease-missed', leaseMissed), wallMs: Date.now() }
}

/** Also the knock on the door: asked once, so that a wrong address fails at once and not after five attempts. */
async function versionOf(client: Client): Promise<string> {
  try {
    const said = /"gitVersion":\s*"([^"]+)"/.exec(await client.text('/version', { retry: false }))
    return said?.[1] ?? ''
  } catch (error) {
    if (isForbidden(error)) return ''
    throw error
  }
}

/** An empty page because of a wrong --namespace would say that all is well. */
async function mustBeHome(client: Client, { snapshot, leases }: Look): Promise<void> {
  const { namespace, namespaces, pools } = snapshot
  if (pools.length > 0 || leases.leader !== undefined || leases.speakers.length > 0) return
  const elsewhere = await namespacesWithPools(client)
  const hint = elsewhere.length === 0 ? '' : `; there are IPAddressPools in ${elsewhere.join(', ')}`
  if (!namespaces.has(namespace)) {
    const meant = elsewhere.length > 0 ? [] : similarNames(namespace, namespaces.keys())
    throw new Mistake(`there is no namespace ${namespace} (--namespace)${hint}${orMeant(meant)}`)
  }
  if (elsewhere.length > 0)
    throw new Mistake(`nothing of Herald is in namespace ${namespace} (--namespace)${hint}`)
}

async function namespacesWithPools(client: Client): Promise<readonly string[]> {
  try {
    const { objects } = await client.list(ipAddressPoolKind)
    return [...new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))].toSorted()
  } catch (error) {
    if (error instanceof ApiError) return [] // only a hint
    throw error
  }
}

function authFor({ kubeconfig, context }: ClusterOptions, access: string): Auth {
  try {
    return loadAuth({
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
      ...(context === undefined ? {} : { context }),
    })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new Mistake(`${access} cannot be used: ${message}`, { cause: error })
  }
}

/** What decides where the API server is. */
export function accessInWords(
  { kubeconfig, context }: Pick<ClusterOptions, 'kubeconfig' | 'context'>,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const named = kubeconfig === undefined ? env['KUBECONFIG'] : `--kubeconfig ${kubeconfig}`
  const file = named === undefined || named === '' ? "~/.kube/config or the Pod's service account" : named
  const shown = kubeconfig === undefined && file === named ? `KUBECONFIG=${file}` : file
  return context === undefined ? shown : `${shown}, --context ${context}`
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1) return value
  throw new Mistake(`${option} is "${text}": must be a whole number`)
}
