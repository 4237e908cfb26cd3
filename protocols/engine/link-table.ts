// The links and addresses of this node, as the news of rtnetlink make them: a plain value, and pure.
import { zeroMac } from '../net/ethernet.ts'
import type { Link, LinkAddress } from '../l2/link.ts'
import { AddressFlag, LinkFlag } from './rtnetlink-message.ts'
import type { AddressMessage, LinkMessage } from './rtnetlink-message.ts'

export type LinkTable = {
  readonly links: ReadonlyMap<number, LinkMessage>
  readonly addresses: ReadonlyMap<string, AddressMessage> // by 'index address/prefix'
}

export const emptyTable: LinkTable = { links: new Map(), addresses: new Map() }

const ethernet = 1 // ARPHRD_ETHER

/** Several at once: the tables are copied once. */
export function withNews(table: LinkTable, news: readonly (LinkMessage | AddressMessage)[]): LinkTable {
  const links = new Map(table.links)
  const addresses = new Map(table.addresses)
  for (const message of news) {
    if (message.type === 'link') {
      if (message.removed) links.delete(message.index)
      else links.set(message.index, message)
    } else {
      const key = `${message.index} ${message.address}/${message.prefixLength}`
      if (message.removed) addresses.delete(key)
      else addresses.set(key, message)
    }
  }
  return { links, addresses }
}

/** By index; addresses in the order in which the kernel told them. Whether a link is captured is not known here. */
export function linksOf(table: LinkTable): readonly Link[] {
  const addresses = new Map<number, LinkAddress[]>()
  for (const message of table.addresses.values()) {
    const ofLink = addresses.get(message.index) ?? []
    addresses.set(message.index, ofLink)
    ofLink.push({
      address: message.address,
      prefixLength: message.prefixLength,
      tentative: (message.flags & (AddressFlag.tentative | AddressFlag.dadFailed)) !== 0,
    })
  }
  return [...table.links.values()]
    .toSorted((a, b) => a.index - b.index)
    .map((link) => linkOf(link, table, addresses.get(link.index) ?? []))
}

function linkOf(message: LinkMessage, table: LinkTable, addresses: readonly LinkAddress[]): Link {
  const { index, flags, master } = message
  const has = (flag: number) => (flags & flag) !== 0
  return {
    index,
    name: message.name ?? String(index),
    mac: message.mac ?? zeroMac,
    ...(message.permanentMac === undefined ? {} : { permanentMac: message.permanentMac }),
    isEthernet: message.hardwareType === ethernet && !has(LinkFlag.loopback),
    up: has(LinkFlag.up),
    running: has(LinkFlag.running),
    broadcast: has(LinkFlag.broadcast),
    noArp: has(LinkFlag.noArp),
    ...(master === undefined || master === 0
      ? {}
      : { master: table.links.get(master)?.name ?? `interface ${master}` }),
    addresses,
    capture: 'closed',
  }
}
