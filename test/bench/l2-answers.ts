// How fast the layer 2 engine answers ARP: p50, p99, p99.9 idle and while the main thread parses a 20 MB list once a
// second, and how many answers a second at most. Two network namespaces and a veth; the one who asks is a process of
// its own that sends and waits by the same libpcap. As root: node test/bench/l2-answers.ts
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { parse } from 'yaml'
import { whenReadable } from '../../protocols/engine/libc.ts'
import { neighbourCapture, openCapture } from '../../protocols/engine/libpcap.ts'
import type { Capture } from '../../protocols/engine/libpcap.ts'
import { arpFrame } from '../../protocols/arp/frame.ts'
import { uint32At } from '../../protocols/net/bytes.ts'
import { dig, digList } from '../support/dig.ts'
import { EngineProcess } from '../net/engine-process.ts'
import { addHost, createLan, destroyLan, reasonToSkip } from '../net/lan.ts'
import type { Host } from '../net/lan.ts'
import { say, tell } from './figure.ts'
import { batchOf } from './send-many.ts'

const eyesOpen = { ...neighbourCapture, filter: 'arp', bufferBytes: 8 * 1024 * 1024 }
const address = '192.0.2.100'
const clientMac = '02:00:00:00:00:50'

/** A request whose sender address is its number, which comes back as the target address of the answer. */
function request(): Uint8Array {
  const packet = {
    operation: 'request',
    senderMac: clientMac,
    senderAddress: '0.0.0.0',
    targetMac: '00:00:00:00:00:00',
    targetAddress: address,
  } as const
  return arpFrame(packet, 'ff:ff:ff:ff:ff:ff')
}

const at = { operation: 20, senderAddress: 28, targetAddress: 38 } as const

function number(frame: Uint8Array, count: number): Uint8Array {
  new DataView(frame.buffer, frame.byteOffset).setUint32(at.senderAddress, count)
  return frame
}

/** The number in an answer; 0 = no answer. */
function answerNumber(frame: Uint8Array): number {
  return frame[at.operation + 1] === 2 ? uint32At(frame, at.targetAddress) : 0
}

/**
 * One request every millisecond. How long each answer took, in µs, by the kernel's time stamps at the client's
 * interface: when the request left it and when the answer came in. What the asking process itself does between is not
 * in it.
 */
async function pingPong(capture: Capture, count: number): Promise<readonly number[]> {
  const sentAt = new Float64Array(count + 1)
  const took: number[] = []
  const eyes = openCapture('eth0', { ...eyesOpen, outgoing: true })
  const poll = whenReadable(
    eyes.fd,
    () => {
      for (let read = eyes.read(); read !== undefined; read = eyes.read()) {
        const answered = answerNumber(read.frame)
        const asked = uint32At(read.frame, at.senderAddress)
        const sent = sentAt[answered] ?? 0
        if (sent > 0) took.push(read.capturedAt - sent)
        else if (asked <= count) sentAt[asked] = read.capturedAt
      }
    },
    (error) => {
      throw error
    },
  )
  for (let next = 1; next <= count; next++) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    capture.inject(number(request(), next))
  }
  await new Promise((resolve) => setTimeout(resolve, 300))
  poll.close()
  eyes.close()
  return took
}

/** Of the client's interface: every frame that comes in is an answer. */
function framesReceived(): number {
  const row = /^\s*eth0:\s*\d+\s+(\d+)/m.exec(readFileSync('/proc/self/net/dev', 'utf8'))
  return Number(row?.[1])
}

type Rush = { readonly asked: number; readonly answered: number; readonly unanswered: number } // the first two a second

/** So many requests a second for some seconds. */
async function rush(capture: Capture, perSecond: number, ms: number): Promise<Rush> {
  const batch = batchOf(capture.fd, request())
  for (const [index, frame] of batch.frames.entries()) number(frame, index + 1)
  const before = framesReceived()
  const started = performance.now()
  let sent = 0
  let now = started
  for (; now < started + ms; now = performance.now()) {
    if (sent < ((now - started) * perSecond) / 1000) sent += batch.send()
  }
  const seconds = (now - started) / 1000
  const atOnce = framesReceived() - before
  await new Promise((resolve) => setTimeout(resolve, 500))
  const answered = framesReceived() - before
  return {
    asked: Math.round(sent / seconds),
    answered: Math.round(atOnce / seconds),
    unanswered: Math.max(0, sent - answered),
  }
}

/** The asking process: what it saw is one line of JSON. */
async function ask(what: string, count: number): Promise<void> {
  const capture = openCapture('eth0', { ...eyesOpen, filter: what === 'latency' ? 'arp' : 'less 1' })
  const seen = what === 'latency' ? await pingPong(capture, count) : await rush(capture, count, 3000)
  process.stdout.write(`${JSON.stringify(seen)}\n`)
  capture.close()
}

async function asked(client: Host, args: readonly [string, string]): Promise<unknown> {
  const script = new URL(import.meta.url).pathname
  const inside = [
    `--net=/run/netns/${client.namespace}`,
    'setpriv',
    '--pdeathsig',
    'KILL',
    process.execPath,
    script,
  ]
  const child = spawn('nsenter', [...inside, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface(child.stdout)) return JSON.parse(line)
  throw new Error(`${args.join(' ')}: the one who asks ended without a word`)
}

const requests = 5_000

async function measureLatency(client: Host, figure: string): Promise<void> {
  say(`${figure}: one request a millisecond`)
  const took = await asked(client, ['latency', String(requests)])
  const times = Array.isArray(took) ? took.filter((one) => typeof one === 'number') : []
  tell({ figure, unit: 'µs', goals: [{ of: 'p999', most: 5_000 }] }, times)
  const lost = requests - times.length
  tell({ figure: `${figure}: requests without an answer`, unit: 'requests', goals: nothing }, lost)
}

const nothing = [{ of: 'max', most: 0 }] as const

/** Gives how many were answered in a second. */
async function measureRush(client: Host, perSecond: number): Promise<number> {
  const seen = await asked(client, ['rush', String(perSecond)])
  const [answered, unanswered] = [dig(seen, 'answered'), dig(seen, 'unanswered')]
  if (typeof answered !== 'number') throw new Error('nothing was answered')
  const figure = `answers a second when ${perSecond.toLocaleString('en')} a second are asked for`
  tell(
    {
      figure,
      unit: 'a second',
      note: `${String(dig(seen, 'asked'))} a second were sent; unanswered in all: ${String(unanswered)}`,
    },
    answered,
  )
  return answered
}

/** Those of the manifest: they decide how much is collected, and when. */
function flagsOfSpeaker(): readonly string[] {
  const manifest = readFileSync(new URL('../../deploy/manifests/speaker.yaml', import.meta.url), 'utf8')
  const command = digList(parse(manifest), 'spec', 'template', 'spec', 'containers', 0, 'command')
  const flags = command.filter((word) => typeof word === 'string' && word.startsWith('--'))
  if (flags.length === 0) throw new Error('the manifest of the speaker names no flags of node')
  return flags.map(String)
}

async function main(): Promise<void> {
  const reason = reasonToSkip()
  if (reason !== undefined) throw new Error(reason)
  const lan = createLan()
  const node = addHost(lan, 'node', 1)
  const client = addHost(lan, 'client', 0x50)
  const engine = new EngineProcess(node, { nodeFlags: flagsOfSpeaker() })
  process.once('SIGTERM', () => {
    engine.kill()
    destroyLan(lan)
    process.exit(1)
  })
  try {
    engine.apply([address])
    await engine.ready(1)
    await measureLatency(client, 'ARP answer, idle')
    engine.wish({ type: 'parse', megabytes: 20, times: 20 })
    await engine.hear('the first parse', ({ parsedMs }) => parsedMs !== undefined, 10_000)
    await measureLatency(client, 'ARP answer while the main thread parses 20 MB once a second')
    const parses = engine.said.flatMap(({ parsedMs }) => (parsedMs === undefined ? [] : [parsedMs]))
    tell({ figure: 'for comparison: one such parse, which holds up the main thread', unit: 'ms' }, parses)
    const answered: number[] = []
    for (const perSecond of [20_000, 50_000, 100_000, 150_000])
      answered.push(await measureRush(client, perSecond))
    const goals = [{ of: 'max', least: 100_000 }] as const
    tell(
      { figure: 'ARP answers a second, the most of these', unit: 'a second', goals },
      Math.max(...answered),
    )
  } finally {
    engine.kill()
    destroyLan(lan)
  }
}

const [what, count] = process.argv.slice(2)
if (what === undefined) await main()
else await ask(what, Number(count))
