// What net.ipv4.conf says of the ARP answers of the kernel, interface by interface. No news tells of a change of it, so it
// is read anew whenever it matters: while the kernel has an address that is claimed.
// https://docs.kernel.org/networking/ip-sysctl.html: 'The max value from conf/{all,interface}/arp_ignore is used'.
import { readFileSync } from 'node:fs'

/** By name; 0, the kernel's default, where it cannot be read. */
export function readArpIgnore(names: readonly string[]): ReadonlyMap<string, number> {
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
