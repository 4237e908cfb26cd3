// spec of a Service as the API server would complete it: families and cluster IPs (KEP-563), which decide what addresses
// it may have.
import type { Resource } from '../../crds/kind.ts'
import { isObject } from '../../crds/read.ts'
import type { Family } from '../../protocols/net/address.ts'
import { parseAddress } from '../../protocols/net/address.ts'
import type { Lists } from './cluster.ts'

/** Stand for cluster IPs that only an API server can give: dummy addresses (RFC 7600, RFC 6666). */
const dummies: Readonly<Record<Family, string>> = { IPv4: '192.0.0.8', IPv6: '100::1' }

type Fields = Readonly<Record<string, unknown>>

/** `written` with what is missing taken from `standing`, the spec in the cluster, or chosen as for a new Service. */
export function asServed(written: unknown, standing: unknown, lists: Lists): unknown {
  if (!isObject(written) || written['type'] === 'ExternalName') return written
  const before = isObject(standing) ? standing : {}
  if (written['clusterIP'] === 'None' || textsIn(written['clusterIPs']).includes('None')) return written
  const policy = policyOf(written, before)
  const ipFamilies = familiesOf(policy, [written, before], clusterFamilies(lists('services')))
  const stand = [...clusterIPsOf(written), ...clusterIPsOf(before)]
  const clusterIPs = ipFamilies.map(
    (family) => stand.find((text) => parseAddress(text)?.family === family) ?? dummies[family],
  )
  const { clusterIP: _, ...rest } = written
  return { ...rest, ipFamilyPolicy: policy, ipFamilies, clusterIPs }
}

function policyOf(written: Fields, before: Fields): unknown {
  const told = written['ipFamilyPolicy'] ?? before['ipFamilyPolicy']
  if (told !== undefined) return told
  return Math.max(textsIn(written['ipFamilies']).length, clusterIPsOf(written).length) > 1
    ? 'RequireDualStack'
    : 'SingleStack'
}

function familiesOf(
  policy: unknown,
  specs: readonly Fields[],
  cluster: readonly Family[],
): readonly Family[] {
  const told = specs.map((spec) =>
    textsIn(spec['ipFamilies']).flatMap((text) => families.find((one) => one === text) ?? []),
  )
  const addressed = specs.map((spec) =>
    clusterIPsOf(spec).flatMap((text) => parseAddress(text)?.family ?? []),
  )
  const first = [told[0], addressed[0], told[1], addressed[1], cluster].find(
    (one) => one !== undefined && one.length > 0,
  )
  const start = first ?? families.slice(0, 1)
  if (policy !== 'PreferDualStack' && policy !== 'RequireDualStack') return start.slice(0, 1)
  const others = policy === 'RequireDualStack' ? families : cluster
  return [...new Set([...start, ...others])]
}

const families = ['IPv4', 'IPv6'] as const

/** The families of the cluster, that of Services which choose none first: the Service kubernetes is one of those. */
function clusterFamilies(services: readonly Resource[]): readonly Family[] {
  const kubernetes = services.filter(
    ({ metadata }) => metadata.namespace === 'default' && metadata.name === 'kubernetes',
  )
  const all = [...kubernetes, ...services].flatMap(({ spec }) => (isObject(spec) ? clusterIPsOf(spec) : []))
  return [...new Set(all.flatMap((text) => parseAddress(text)?.family ?? []))]
}

function clusterIPsOf(spec: Fields): readonly string[] {
  const plural = textsIn(spec['clusterIPs'])
  return plural.length > 0 ? plural : textsIn([spec['clusterIP']])
}

function textsIn(list: unknown): readonly string[] {
  if (!Array.isArray(list)) return []
  return list.filter((text: unknown) => typeof text === 'string')
}
