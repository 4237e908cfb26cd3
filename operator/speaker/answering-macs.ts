// The addresses of hardware with which a node may answer on a LAN: answers from them are its own, and no other machine's.
import type { ObservedInterface } from '../../protocols/l2/observed.ts'

/**
 * Hardware, also what is excluded or a port of a bond, with the address it was made with; and what has an address on a
 * network that others may ask on. Not the ends of Pods' cables, of which there are hundreds, each with an address of a
 * host (of the CNI plugin ptp, as on kind) or none: a Lease would be another one with every Pod.
 */
export function answeringMacsOf(interfaces: readonly ObservedInterface[]): readonly string[] {
  const macs = interfaces.flatMap(({ mac, permanentMac, addresses }) => {
    if (permanentMac !== undefined) return [mac, permanentMac]
    return addresses.some(isOnNetwork) ? [mac] : []
  })
  return [...new Set(macs)].filter((mac) => mac !== '00:00:00:00:00:00').toSorted()
}

function isOnNetwork(text: string): boolean {
  const isOfHost = text.endsWith(text.includes(':') ? '/128' : '/32')
  return !isOfHost && !text.startsWith('fe80:') && !text.startsWith('127.')
}
