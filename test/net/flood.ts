// Sends one frame as often as it can for a bounded time, from a process of its own.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { neighbourCapture, openCapture } from '../../protocols/engine/libpcap.ts'
import { formatHex, parseHex } from '../../protocols/net/bytes.ts'
import type { Host } from './lan.ts'

export type Flood = { readonly ended: Promise<number> } // frames a second

/** Resolves when it has begun. */
export async function startFlood(host: Host, frame: Uint8Array, ms: number): Promise<Flood> {
  const script = new URL(import.meta.url).pathname
  const args = [`--net=/run/netns/${host.namespace}`, 'setpriv', '--pdeathsig', 'KILL', process.execPath]
  const child = spawn('nsenter', [...args, script, host.device, formatHex(frame), String(ms)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  await lines.next()
  const ended = lines.next().then(({ value }) => Number(value))
  return { ended }
}

const ceilingPerSecond = 200_000

function flood(device: string, frame: Uint8Array, ms: number): void {
  const capture = openCapture(device, { ...neighbourCapture, filter: 'less 1' })
  const started = performance.now()
  process.stdout.write('begun\n')
  let sent = 0
  for (let now = started; now < started + ms; now = performance.now()) {
    const due = ((now - started) * ceilingPerSecond) / 1000
    for (let count = 0; count < 200 && sent < due; count++) if (capture.inject(frame)) sent += 1
  }
  capture.close()
  process.stdout.write(`${(sent * 1000) / (performance.now() - started)}\n`)
}

if (import.meta.main) {
  const [device = '', frame = '', ms = '0'] = process.argv.slice(2)
  flood(device, parseHex(frame) ?? new Uint8Array(), Number(ms))
}
