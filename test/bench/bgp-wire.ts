// What went over the wire to the receiver: a capture by tcpdump, read by our own decoder.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { viewerContext } from '../../protocols/bgp/context.ts'
import { decodeMessage, frameLength } from '../../protocols/bgp/message.ts'
import type { Message } from '../../protocols/bgp/message.ts'
import { concatBytes } from '../../protocols/net/bytes.ts'
import { readCapture } from '../../protocols/net/capture.ts'
import { EtherType, IpProtocol } from '../../protocols/net/iana.ts'
import { decodeIpv4 } from '../../protocols/net/ipv4.ts'
import { decodeLink } from '../../protocols/net/link.ts'
import { decodeTcp } from '../../protocols/net/tcp.ts'
import type { Host } from '../net/lan.ts'
import { startProcess, tailOf } from '../support/process.ts'
import { makeTemporaryFolder, removeFolder } from '../support/temporary.ts'
import { pause, untilTrue } from '../support/until.ts'

/** A message of the originator's. */
export type OnWire = { readonly at: number; readonly bytes: number; readonly message: Message } // wall clock, ms

export type Wire = { readonly stop: (from: string) => Promise<readonly OnWire[]> }

export async function listenOnWire(host: Host): Promise<Wire> {
  const folder = makeTemporaryFolder('bench-wire')
  const [file, log] = [join(folder, 'bgp.pcap'), join(folder, 'log')]
  const command = [
    '-i',
    host.device,
    '-n',
    '-Z',
    'root',
    '-s',
    '0',
    '-B',
    '32768',
    '-w',
    file,
    'tcp port 179',
  ]
  const tcpdump = startProcess({
    command: 'tcpdump',
    args: command,
    namespace: host.namespace,
    logFile: log,
  })
  await untilTrue('tcpdump listens', () => tailOf(log).includes('listening on'))
  return {
    stop: async (from) => {
      await pause(1_500) // the kernel gives tcpdump what came in once a second
      tcpdump.kill('SIGINT')
      await tcpdump.exited
      const said = tailOf(log)
      if (!/^0 packets dropped by kernel$/m.test(said)) throw new Error(`the capture has gaps: ${said}`)
      const messages = [...messagesFrom(readFileSync(file), from)]
      removeFolder(folder)
      return messages
    },
  }
}

type Stream = { pending: Uint8Array; next: number }

/** Of all connections. Between two namespaces nothing is lost; a retransmission is passed over. */
function* messagesFrom(file: Uint8Array, from: string): Generator<OnWire> {
  const streams = new Map<string, Stream>()
  for (const { linkType, bytes, timeNs = 0n } of readCapture(file)) {
    const frame = decodeLink(linkType, bytes)
    if (frame.etherType !== EtherType.ipv4) continue
    const packet = decodeIpv4(frame.payload)
    if (packet.source !== from || packet.protocol !== IpProtocol.tcp) continue
    const { sequence, flags, payload, sourcePort, destinationPort } = decodeTcp(packet.payload)
    const key = `${packet.destination} ${sourcePort} ${destinationPort}`
    if (flags.includes('SYN')) {
      streams.set(key, { pending: new Uint8Array(0), next: (sequence + 1) >>> 0 })
      continue
    }
    const stream = streams.get(key) ?? { pending: new Uint8Array(0), next: sequence }
    streams.set(key, stream)
    const ahead = (sequence - stream.next) | 0
    if (ahead > 0) throw new Error(`the capture misses ${ahead} octets of ${key}`)
    if (-ahead >= payload.length) continue
    stream.pending = concatBytes(stream.pending, payload.subarray(-ahead))
    stream.next = (sequence + payload.length) >>> 0
    yield* wholeMessages(stream, Number(timeNs / 1000n) / 1000)
  }
}

function* wholeMessages(stream: Stream, at: number): Generator<OnWire> {
  for (;;) {
    const length = frameLength(stream.pending, viewerContext)
    if (length === undefined || length > stream.pending.length) return
    yield { at, bytes: length, message: decodeMessage(stream.pending.subarray(0, length), viewerContext) }
    stream.pending = stream.pending.subarray(length)
  }
}

export type Volume = { readonly messages: number; readonly bytes: number; readonly prefixes: number }

/** Of the UPDATEs that announce. */
export function volumeOf(wire: readonly OnWire[]): Volume {
  const updates = wire.flatMap(({ bytes, message }) => {
    const prefixes = message.type === 'update' ? announcedBy(message).length : 0
    return prefixes > 0 ? [{ bytes, prefixes }] : []
  })
  return {
    messages: updates.length,
    bytes: updates.reduce((sum, { bytes }) => sum + bytes, 0),
    prefixes: updates.reduce((sum, { prefixes }) => sum + prefixes, 0),
  }
}

type UpdateMessage = Extract<Message, { readonly type: 'update' }>

function announcedBy({ nlri, attributes: { mpReach } }: UpdateMessage): readonly string[] {
  return mpReach !== undefined && 'prefixes' in mpReach ? [...nlri, ...mpReach.prefixes] : nlri
}

function withdrawnBy({ withdrawn, attributes: { mpUnreach } }: UpdateMessage): readonly string[] {
  return mpUnreach !== undefined && 'prefixes' in mpUnreach
    ? [...withdrawn, ...mpUnreach.prefixes]
    : withdrawn
}

/** When each change was on the wire for the first time: by 'announce 10.0.0.1/32'. */
export function changesOn(wire: readonly OnWire[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  const note = (key: string, at: number): void => {
    if (!found.has(key)) found.set(key, at)
  }
  for (const { at, message } of wire) {
    if (message.type !== 'update') continue
    for (const prefix of announcedBy(message)) note(`announce ${prefix}`, at)
    for (const prefix of withdrawnBy(message)) note(`withdraw ${prefix}`, at)
  }
  return found
}
