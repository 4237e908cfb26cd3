// The client of the lab's LAN: a process in the client's namespace that asks what it is told to, by IPC.
import type { ArpProbe } from './arp.ts'
import { startArpProbe } from './arp.ts'
import type { HttpProbe } from './http.ts'
import { firstReply, startHttpProbe } from './http.ts'
import type { Announcement, ProbeCommand } from './records.ts'
import type { Heard } from './wire.ts'
import { openWire } from './wire.ts'

const device = 'eth0'
// Another station than the client's kernel, by MAC and by address: with the client's own address it would teach the
// nodes that the client has moved to this MAC, and with its own MAC the answers would reach the kernel's cache.
const asker = { mac: '02:68:65:72:61:6c', IPv4: '10.10.127.1', IPv6: 'fd00:10::a5ce' }

const http = new Map<number, HttpProbe>()
const arp = new Map<number, ArpProbe>()
const waiting = new Set<(heard: Heard) => void>()
let announcements: Announcement[] = []

const wire = openWire(device, asker.mac, (heard) => {
  if (!heard.solicited) announcements.push(announcementOf(heard))
  for (const probe of arp.values()) probe.heard(heard)
  for (const wait of waiting) wait(heard)
})

function announcementOf({ at, address, mac, form }: Heard): Announcement {
  return { at, address, mac, form }
}

async function carryOut(command: ProbeCommand): Promise<unknown> {
  switch (command.verb) {
    case 'http-start':
      http.set(command.probe, startHttpProbe(command.wish))
      return undefined
    case 'http-stop':
      return taken(http, command.probe)?.stop()
    case 'arp-start':
      arp.set(command.probe, startArpProbe(command.wish, wire))
      return undefined
    case 'arp-stop': {
      const probe = arp.get(command.probe)
      const records = await probe?.stop() // it hears late answers until then
      arp.delete(command.probe)
      return records
    }
    case 'first-reply':
      return firstReply(command)
    case 'resolve':
      return resolveAddress(command.address, command.timeoutMs)
    case 'announcements': {
      const heard = announcements
      announcements = []
      return heard
    }
  }
}

function taken<T>(map: Map<number, T>, key: number): T | undefined {
  const value = map.get(key)
  map.delete(key)
  return value
}

/** The MAC that answers first; undefined when nobody does. Asked again every 100 ms. */
function resolveAddress(address: string, timeoutMs: number): Promise<string | undefined> {
  const isIpv6 = address.includes(':')
  const ask = (): void => (isIpv6 ? wire.askNdp(address, asker.IPv6) : wire.askArp(address, asker.IPv4))
  return new Promise((resolve) => {
    const end = (mac: string | undefined): void => {
      clearInterval(again)
      clearTimeout(timer)
      waiting.delete(wait)
      resolve(mac)
    }
    const wait = (heard: Heard): void => {
      if (heard.address === address && heard.solicited) end(heard.mac)
    }
    waiting.add(wait)
    const again = setInterval(ask, 100)
    const timer = setTimeout(() => end(undefined), timeoutMs)
    ask()
  })
}

type Message = { readonly id: number; readonly command: ProbeCommand }

process.on('message', ({ id, command }: Message) => {
  carryOut(command).then(
    (result) => process.send?.({ id, result }),
    (error: unknown) => process.send?.({ id, error: String(error) }),
  )
})
process.on('disconnect', () => process.exit())
process.send?.({ id: 0 })
