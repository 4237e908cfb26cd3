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

// Nobody of the lab has these: 4,000 for each of four probes at a time, which must not take each other's answers for
// theirs; so many requests pass before one is used again.
const senders = 4_000
const probesAtATime = 4
let probes = 0

export function startArpProbe(wish: ArpWish, wire: Wire): ArpProbe {
  const records: Open[] = []
  const first = (probes++ % probesAtATime) * senders
  const schedule = onSchedule(wish.everyMs, () => {
    const sender = senderAddress(first + (records.length % senders))
    records.push({ askedAt: monotonicMs(), answers: [] })
    wire.askArp(wish.address, sender)
  })
  return {
    heard: (heard) => {
      if (heard.form !== 'arp-reply' || heard.address !== wish.address || !heard.solicited) return
      const number = senderNumber(heard.to) - first
      if (!(number >= 0 && number < senders)) return
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

/** NaN of any other address. */
function senderNumber(address: string): number {
  const [, third, fourth] = /^10\.10\.(\d+)\.(\d+)$/.exec(address) ?? []
  return (Number(third) - 128) * 256 + Number(fourth)
}
