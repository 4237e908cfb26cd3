// An asker without a neighbour cache: one ARP request every so many ms. Each bears a sender address of its own, which
// comes back as the target of the answer: so it is known which request an answer is for, and how often it was answered.
import type { ArpRecord, ArpWish } from './records.ts'
import { monotonicMs } from './records.ts'
import { onSchedule } from './schedule.ts'
import type { Heard, Wire } from './wire.ts'

export type ArpProbe = {
  readonly heard: (heard: Heard) => void
  readonly stop: () => Promise<readonly ArpRecord[]>
}

type Open = { readonly askedAt: number; readonly answers: { readonly at: number; readonly mac: string }[] }

// Nobody of the lab has these; 16,000 requests pass before one is used again.
const senders = 16_000

export function startArpProbe(wish: ArpWish, wire: Wire): ArpProbe {
  const records: Open[] = []
  const schedule = onSchedule(wish.everyMs, () => {
    const sender = senderAddress(records.length % senders)
    records.push({ askedAt: monotonicMs(), answers: [] })
    wire.askArp(wish.address, sender)
  })
  return {
    heard: (heard) => {
      if (heard.form !== 'arp-reply' || heard.address !== wish.address || !heard.solicited) return
      const number = senderNumber(heard.to)
      if (number === undefined) return
      const turns = Math.floor((records.length - 1 - number) / senders)
      records[number + turns * senders]?.answers.push({ at: heard.at, mac: heard.mac })
    },
    stop: async () => {
      schedule.stop()
      await new Promise((resolve) => setTimeout(resolve, 200)) // late answers count, too
      return records
    },
  }
}

function senderAddress(number: number): string {
  return `10.10.${128 + (number >> 8)}.${number & 255}`
}

function senderNumber(address: string): number | undefined {
  const [, third, fourth] = /^10\.10\.(\d+)\.(\d+)$/.exec(address) ?? []
  const number = (Number(third) - 128) * 256 + Number(fourth)
  return number >= 0 && number < senders ? number : undefined
}
