// What a script can wait for, expect and hold: a table of sentences. A fact answers with nothing when it is so, else with
// what is so instead.
import { ipAddressPoolKind } from '../../crds/ip-address-pool.ts'
import { parseDuration } from '../../crds/duration.ts'
import { isObject } from '../../crds/read.ts'
import { parseServiceL2Status, serviceL2StatusKind } from '../../crds/service-l2-status.ts'
import { serviceKind } from '../../crds/service.ts'
import { keyOf } from '../../operator/kube/cache.ts'
import { eventKind } from '../../operator/kube/event-object.ts'
import { kinds } from './user.ts'
import type { World } from './world.ts'

export type Fact = {
  readonly pattern: RegExp
  readonly instead: (world: World, words: readonly string[]) => string | undefined
}

export const facts: readonly Fact[] = [
  {
    // 192.0.2.10 answered by one node
    pattern: /^(\S+) answered by one node$/,
    instead: ({ lan }, [address = '']) => {
      const nodes = lan.answersFor(address)
      return nodes.length === 1 ? undefined : nodes.join(' and ') || 'nobody'
    },
  },
  {
    // 192.0.2.10 answered by node-a (and node-b) | 192.0.2.10 answered by nobody
    pattern: /^(\S+) answered by (.+)$/,
    instead: ({ lan }, [address = '', by = '']) =>
      unless(lan.answersFor(address).join(' and ') || 'nobody', by),
  },
  {
    // 192.0.2.10 reached at node-a: where a neighbour sends that asks nobody and believes what all are told
    pattern: /^(\S+) reached at (\S+)$/,
    instead: ({ lan }, [address = '', at = '']) => unless(lan.reachedAt(address), at),
  },
  {
    // default/web says of Allocated: 198.51.100.7 is in no pool
    pattern: /^(\S+\/\S+) says of (\S+): (.+)$/,
    instead: ({ store }, [key = '', type = '', message = '']) =>
      unless(messageIn(store.get(serviceKind, key), `metallb.io/${type}`), message),
  },
  {
    // IPAddressPool lan says of Ready: spec.addresses[0] …
    pattern: /^([A-Z]\w+) (\S+) says of (\S+): (.+)$/,
    instead: ({ store }, [kind = '', name = '', type = '', message = '']) =>
      unless(messageIn(configured(store, kind, name), type), message),
  },
  {
    // IPAddressPool lan says Ready False InvalidSpec
    pattern: /^([A-Z]\w+) (\S+) says (\S+) (.+)$/,
    instead: ({ store }, [kind = '', name = '', type = '', what = '']) =>
      unless(conditionIn(configured(store, kind, name), type), what),
  },
  {
    // default/web was told 1 times of AllocationFailed
    pattern: /^(\S+) was told (\d+) times of (\S+)$/,
    instead: ({ store }, [object = '', times = '', reason = '']) =>
      unless(String(timesTold(store, object, reason)), times),
  },
  {
    // default/web has 192.0.2.10 (and 2001:db8::10) | default/web has no address
    pattern: /^(\S+\/\S+) has (.+)$/,
    instead: (world, [key = '', what = '']) => unless(listed(addressesOf(world, key)), what),
  },
  {
    // default/web had in turn 192.0.2.0 then 192.0.2.7: since it first had one, at every moment ("no address" is one, too)
    pattern: /^(\S+\/\S+) had in turn (.+)$/,
    instead: (world, [key = '', turns = '']) => unless(turnsOf(world, key).join(' then '), turns),
  },
  {
    // default/web says Allocated True Allocated | default/web says Announced nothing
    pattern: /^(\S+\/\S+) says (\S+) (.+)$/,
    instead: (world, [key = '', type = '', what = '']) =>
      unless(conditionOf(world, key, `metallb.io/${type}`), what),
  },
  {
    // Announced of default/web is 10s old, or older: True or False, it has not changed since, whoever looked and when
    pattern: /^(\S+) of (\S+\/\S+) is (\S+) old$/,
    instead: (world, [type = '', key = '', time = '']) => {
      const condition = conditionAt(world.store.get(serviceKind, key), `metallb.io/${type}`)
      const lastedMs = world.wall() - Date.parse(String(at(condition, 'lastTransitionTime')))
      return lastedMs >= (parseDuration(time) ?? 0) ? undefined : `for ${lastedMs} ms`
    },
  },
  {
    // default/web is reported by node-a (and node-b): by their ServiceL2Statuses
    pattern: /^(\S+\/\S+) is reported by (.+)$/,
    instead: (world, [key = '', by = '']) => unless(reportersOf(world, key).join(' and ') || 'nobody', by),
  },
  {
    // default/web bears nothing of ours
    pattern: /^(\S+\/\S+) bears nothing of ours$/,
    instead: (world, [key = '']) => unless(oursOn(world, key).join(', ') || 'nothing', 'nothing'),
  },
  {
    // pool lan has 1 assigned and 255 free
    pattern: /^pool (\S+) has (.+)$/,
    instead: (world, [name = '', what = '']) => unless(countersOf(world, name), what),
  },
  {
    // the log told 1 times of IPAddressPool lan InvalidSpec
    pattern: /^the log told (\d+) times of (.+) (\S+)$/,
    instead: (world, [times = '', object = '', reason = '']) => {
      const parts = [`"object":"${object}"`, `"reason":"${reason}"`]
      const told = world.log().filter((line) => parts.every((part) => line.includes(part)))
      return unless(String(told.length), times)
    },
  },
]

function unless(is: string, wanted: string): string | undefined {
  return is === wanted ? undefined : is
}

export function addressesOf({ store }: World, key: string): readonly string[] {
  return addressesIn(store.get(serviceKind, key))
}

function addressesIn(service: unknown): readonly string[] {
  const ingress = at(service, 'status', 'loadBalancer', 'ingress')
  return Array.isArray(ingress) ? ingress.map((entry) => String(at(entry, 'ip'))) : []
}

function listed(addresses: readonly string[]): string {
  return addresses.join(' and ') || 'no address'
}

/** What stood in its status after each write, one after the other. */
function turnsOf({ store }: World, key: string): readonly string[] {
  const turns = store
    .since('0')
    .filter(({ kind, object }) => kind === serviceKind && keyOf(object) === key)
    .map(({ object }) => listed(addressesIn(object)))
  const first = turns.findIndex((turn) => turn !== listed([]))
  return first < 0 ? [] : turns.slice(first).filter((turn, index, all) => turn !== all[index - 1])
}

function reportersOf({ store }: World, key: string): readonly string[] {
  const reports = store.list(serviceL2StatusKind).map((object) => parseServiceL2Status(object).value)
  return reports
    .filter(({ serviceNamespace, serviceName }) => `${serviceNamespace}/${serviceName}` === key)
    .map(({ node }) => node)
    .toSorted()
}

function conditionOf({ store }: World, key: string, type: string): string {
  return conditionIn(store.get(serviceKind, key), type)
}

function conditionIn(object: unknown, type: string): string {
  const found = conditionAt(object, type)
  return found === undefined ? 'nothing' : `${String(at(found, 'status'))} ${String(at(found, 'reason'))}`
}

function messageIn(object: unknown, type: string): string {
  const found = conditionAt(object, type)
  return found === undefined ? 'nothing' : String(at(found, 'message'))
}

function configured(store: World['store'], kind: string, name: string): unknown {
  const found = kinds.find((candidate) => candidate.kind === kind)
  if (found === undefined) throw new Error(`scripts know no kind ${kind}`)
  return store.get(found, found.namespaced ? `metallb-system/${name}` : name)
}

/** As kubectl describe counts: an event of a series stands for several. `object`: NAMESPACE/NAME, or KIND/NAME. */
function timesTold(store: World['store'], object: string, reason: string): number {
  const counts = store.list(eventKind).map((event): number => {
    const place = [at(event, 'regarding', 'namespace'), at(event, 'regarding', 'kind')].map(String)
    const name = String(at(event, 'regarding', 'name'))
    if (!place.some((first) => `${first}/${name}` === object) || event['reason'] !== reason) return 0
    return Number(at(event, 'series', 'count') ?? 1)
  })
  return counts.reduce((sum, count) => sum + count, 0)
}

function conditionAt(object: unknown, type: string): unknown {
  const conditions = at(object, 'status', 'conditions')
  return Array.isArray(conditions) ? conditions.find((each) => at(each, 'type') === type) : undefined
}

/** Annotations and conditions of the domain metallb.io, and addresses. */
function oursOn(world: World, key: string): readonly string[] {
  const service = world.store.get(serviceKind, key)
  const conditions = at(service, 'status', 'conditions')
  const types = Array.isArray(conditions) ? conditions.map((each) => String(at(each, 'type'))) : []
  const annotations = Object.keys(service?.metadata.annotations ?? {}).filter((name) =>
    name.includes('allocated-from'),
  )
  return [
    ...addressesOf(world, key),
    ...annotations,
    ...types.filter((type) => type.startsWith('metallb.io/')),
  ]
}

function countersOf({ store }: World, name: string): string {
  const pool = store.get(ipAddressPoolKind, `metallb-system/${name}`)
  const count = (field: string) => Number(at(pool, 'status', field) ?? 0)
  return `${count('assignedIPv4') + count('assignedIPv6')} assigned and ${count('availableIPv4') + count('availableIPv6')} free`
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((part: unknown, key) => (isObject(part) ? part[key] : undefined), value)
}
