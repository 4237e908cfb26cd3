// What net.ipv4.conf says of the ARP answers of the kernel, interface by interface. No news tells of a change of it, so it
// is read anew whenever it matters: while the kernel has an address that is claimed.
// https://docs.kernel.org/networking/ip-sysctl.html: 'The max value from conf/{all,interface}/arp_ignore is used'.
import { readFileSync } from 'node:fs'
import type { Link } from '../l2/link.ts'
import type { Session } from '../l2/session.ts'

export class ArpIgnore {
  private values: ReadonlyMap<string, number> = new Map() // by the name of the link; empty while it is of no matter

  /** Whether it says something else now. */
  read({ links, index: { byAddress } }: Pick<Session, 'links' | 'index'>): boolean {
    const all = [...links.values()]
    const matters = all.some(({ addresses }) => addresses.some(({ address }) => byAddress.has(address)))
    const open = all.filter(({ capture }) => capture === 'open').map(({ name }) => name)
    const values = matters ? readArpIgnore(open) : new Map<string, number>()
    if (sameNumbers(values, this.values)) return false
    this.values = values
    return true
  }

  writtenOn(link: Link): Link {
    const arpIgnore = this.values.get(link.name)
    return arpIgnore === undefined ? link : { ...link, arpIgnore }
  }
}

/** By name; 0, the kernel's default, where it cannot be read. */
function readArpIgnore(names: readonly string[]): ReadonlyMap<string, number> {
  const all = readOne('all')
  return new Map(names.map((name) => [name, Math.max(all, readOne(name))]))
}

function readOne(name: string): number {
  try {
    return Number.parseInt(readFileSync(`/proc/sys/net/ipv4/conf/${name}/arp_ignore`, 'utf8'), 10) || 0
  } catch {
    return 0
  }
}

function sameNumbers(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value)
}
