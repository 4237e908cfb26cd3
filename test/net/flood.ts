// Sends one frame as often as it can until it is stopped, from a process of its own.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { neighbourCapture, openCapture } from '../../protocols/engine/libpcap.ts'
import { formatHex, parseHex } from '../../protocols/net/bytes.ts'
import type { Host } from './lan.ts'

export type Flood = { readonly stop: () => Promise<number> } // frames a second

/** Resolves when it has begun. */
export async function startFlood(host: Host, frame: Uint8Array): Promise<Flood> {
  const script = new URL(import.meta.url).pathname
  const args = [`--net=/run/netns/${host.namespace}`, 'setpriv', '--pdeathsig', 'KILL', process.execPath]
  const child = spawn('nsenter', [...args, script, host.device, formatHex(frame)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  await lines.next()
  return {
    stop: async () => {
      child.stdin.end()
      return Number((await lines.next()).value)
    },
  }
}

const ceilingPerSecond = 200_000
const turnMs = 20 // between two looks at whether it is to end
const longestMs = 120_000

async function flood(device: string, frame: Uint8Array): Promise<void> {
  const capture = openCapture(device, { ...neighbourCapture, filter: 'less 1' })
  const started = performance.now()
  process.stdout.write('begun\n')
  let sent = 0
  let isOver = false
  process.stdin.resume().once('end', () => {
    isOver = true
  })
  while (!isOver && performance.now() < started + longestMs) {
    const turnEnds = performance.now() + turnMs
    for (let now = performance.now(); now < turnEnds; now = performance.now()) {
      const due = ((now - started) * ceilingPerSecond) / 1000
      for (let count = 0; count < 200 && sent < due; count++) if (capture.inject(frame)) sent += 1
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  process.stdin.destroy()
  capture.close()
  process.stdout.write(`${(sent * 1000) / (performance.now() - started)}\n`)
}

if (import.meta.main) {
  const [device = '', frame = ''] = process.argv.slice(2)
  await flood(device, parseHex(frame) ?? new Uint8Array())
}
