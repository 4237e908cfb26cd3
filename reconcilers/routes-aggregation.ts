// How much one route may cover: an aggregate never reaches beyond the addresses that its pool was given (metallb.md §7).
import type { PoolRange } from '../crds/address-list.ts'
import type { Address } from '../protocols/net/address.ts'
import { addressBits, cidrRange, formatAddress, rangeContains } from '../protocols/net/address.ts'
import { rememberPerObject } from './once.ts'
import type { PoolEntry } from './pools.ts'

/** 'address/length', no bit set beyond the length. */
export function prefixOf(address: Address, length: number): string {
  const { family, first } = cidrRange(address, length)
  return `${formatAddress({ family, value: first })}/${length}`
}

/** The route of one address alone. */
export function wholeLength({ family }: Pick<Address, 'family'>): number {
  return addressBits[family]
}

/**
 * Whether a route of this length may stand for the address: MetalLB's measure, by which some block of the entry of
 * spec.addresses that holds it must be as wide. Where none is the route is the address alone.
 */
export function mayAggregate({ pool }: PoolEntry, address: Address, length: number): boolean {
  if (length === wholeLength(address)) return true
  const range = pool.ranges.find((one) => rangeContains(one, address))
  return range !== undefined && shortestPrefix(range) <= length
}

/** Of the blocks that make up a range the length of the widest. */
export const shortestPrefix = rememberPerObject(({ family, first, last }: PoolRange): number => {
  const bits: number = addressBits[family]
  let shortest = bits
  for (let start = first; start <= last; ) {
    const size = widestBlock(start, last)
    shortest = Math.min(shortest, bits - (size.toString(2).length - 1))
    start += size
  }
  return shortest
})

/** From `start` on: aligned to its own size and not beyond `last`. */
function widestBlock(start: bigint, last: bigint): bigint {
  let size = 1n
  while (start % (size * 2n) === 0n && start + size * 2n - 1n <= last) size *= 2n
  return size
}
