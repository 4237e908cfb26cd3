// Which node comes first for an address: MetalLB's order (metallb.md §5.1), so that moving from it moves no address.
// Preference first, then SHA-256 of "node#address", bytewise ascending.
import { hash } from 'node:crypto'

/** A node that may announce, and where. */
export type Contender = {
  readonly name: string
  readonly weight: number // sum of the preferences that match it
  readonly interfaces: 'all' | readonly string[] // sorted
}

/** All who may announce, of whom only those of the highest weight can win. */
export type Electorate = {
  readonly contenders: ReadonlyMap<string, Contender>
  readonly preferred: ReadonlySet<string>
}

export function electorateOf(contenders: readonly Contender[]): Electorate {
  const highest = contenders.reduce((most, { weight }) => Math.max(most, weight), 0)
  return {
    contenders: new Map(contenders.map((contender) => [contender.name, contender])),
    preferred: new Set(contenders.filter(({ weight }) => weight === highest).map(({ name }) => name)),
  }
}

/** The digest as a text of 32 characters with codes 0 to 255: it compares as its bytes do. */
export function electionKey(node: string, address: string): string {
  return hash('sha256', `${node}#${address}`, 'binary')
}

/** Everybody in the order of the election; the first one announces. */
export function electionOrder(electorate: Electorate, address: string): readonly Contender[] {
  const keyed = [...electorate.contenders.values()].map((contender) => ({
    contender,
    key: electionKey(contender.name, address),
  }))
  keyed.sort((a, b) => b.contender.weight - a.contender.weight || (a.key < b.key ? -1 : 1))
  return keyed.map(({ contender }) => contender)
}

/** What is remembered of an election: facts of names and an address, true whoever stands in it. */
export type ElectionMemory = {
  readonly node: string
  readonly address: string
  readonly key: string
  lower?: string // a node with a lower key
  higher?: ReadonlySet<string> // nodes all of whose keys are higher, but for the own one
}

export function electionMemory(node: string, address: string): ElectionMemory {
  return { node, address, key: electionKey(node, address) }
}

/**
 * Is the node the first one? To know that it is not takes one node with a lower key, found after about ln(n) hashes
 * on average over all nodes and remembered; only a winner is compared with everybody, and with each of them once.
 */
export function comesFirst({ preferred }: Electorate, memory: ElectionMemory): boolean {
  const { node, address, key, lower, higher } = memory
  if (!preferred.has(node)) return false
  if (lower !== undefined && preferred.has(lower)) return false
  if (higher === preferred) return true
  for (const other of preferred) {
    if (other === node || higher?.has(other) === true || electionKey(other, address) > key) continue
    memory.lower = other
    return false
  }
  memory.higher = preferred
  return true
}
