// What the API server calls a kind: from group, version and plural to the whole KindName.
// https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
import type { KindName } from '../../crds/kind.ts'
import { isObject } from '../../crds/read.ts'
import { isNotFound } from './api-error.ts'
import type { CallOptions, Client } from './client.ts'
import { malformed, parseJson } from './door.ts'
import { groupPath } from './path.ts'

export type KindPlural = Pick<KindName, 'group' | 'version' | 'plural'>

/** Undefined: the API server has no such kind, or not yet. */
export async function discoverKind(
  client: Client,
  asked: KindPlural,
  options?: CallOptions,
): Promise<KindName | undefined> {
  const resources = await resourcesOf(client, asked, options)
  for (const resource of resources) {
    if (!isObject(resource) || resource['name'] !== asked.plural) continue
    const { kind, namespaced } = resource
    if (typeof kind === 'string' && typeof namespaced === 'boolean') return { ...asked, kind, namespaced }
  }
  return undefined
}

async function resourcesOf(
  client: Client,
  asked: KindPlural,
  options: CallOptions | undefined,
): Promise<readonly unknown[]> {
  try {
    const raw = parseJson(await client.text(groupPath(asked), options))
    if (!isObject(raw) || !Array.isArray(raw['resources']))
      throw malformed(`no list of kinds at ${groupPath(asked)}`)
    return raw['resources']
  } catch (error) {
    if (isNotFound(error)) return []
    throw error
  }
}
