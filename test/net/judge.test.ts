// An outside judge: tshark reads every kind of frame that the engine sends, and finds nothing wrong with any.
import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EngineProcess } from './engine-process.ts'
import { addHost, createLan, destroyLan, reasonToSkip } from './lan.ts'
import type { Host, Lan } from './lan.ts'
import { Wire } from './wire.ts'

const v4 = '192.0.2.100'
const v6 = '2001:db8::100'

/** A capture file: https://datatracker.ietf.org/doc/html/draft-ietf-opsawg-pcap */
function pcapOf(frames: readonly Uint8Array[]): Uint8Array {
  const words = (...values: readonly number[]) => new Uint8Array(Uint32Array.from(values).buffer)
  const header = words(0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1)
  const records = frames.flatMap((frame) => [...words(0, 0, frame.length, frame.length), ...frame])
  return Uint8Array.of(...header, ...records)
}

describe('layer 2 on the wire: in the eyes of tshark', function () {
  this.timeout(60_000)
  let lan: Lan
  let node: Host
  let client: Host
  let engine: EngineProcess
  let wire: Wire
  let folder: string

  before(async function () {
    const reason = reasonToSkip()
    if (reason !== undefined) {
      process.stdout.write(`skipped: ${reason}\n`)
      this.skip()
    }
    lan = createLan()
    node = addHost(lan, 'node', 1)
    client = addHost(lan, 'client', 0x50)
    wire = new Wire(client)
    engine = new EngineProcess(node)
    engine.apply([v4, v6])
    await engine.ready(2)
    folder = mkdtempSync(join(tmpdir(), 'herald-net-'))
  })

  after(async () => {
    wire?.close()
    await engine?.stop()
    if (lan !== undefined) destroyLan(lan)
    if (folder !== undefined) rmSync(folder, { recursive: true })
  })

  function tshark(...args: readonly string[]): readonly string[] {
    const output = execFileSync('tshark', ['-n', '-r', join(folder, 'frames.pcap'), ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return output.split('\n').filter((line) => line !== '')
  }

  it('every announcement and every answer is well-formed, with a right checksum and hop limit', async () => {
    wire.send(`arp request from ${client.mac} 192.0.2.80 for 00:00:00:00:00:00 ${v4} to ff:ff:ff:ff:ff:ff`)
    wire.send(`arp request from ${client.mac} 0.0.0.0 for 00:00:00:00:00:00 ${v4} to ff:ff:ff:ff:ff:ff`)
    wire.send(`ns from ${client.mac} fe80::50 to ${node.mac} ${v6} target ${v6}`)
    wire.send(
      `ns from ${client.mac} :: to 33:33:ff:00:01:00 ff02::1:ff00:100 target ${v6} nonce 0102030405ff`,
    )
    const awaited = [
      /^arp request from \S+ (\S+) for \S+ \1 to ff/,
      /^arp reply from \S+ (\S+) for \S+ \1 to ff/,
      /^arp reply .* 192\.0\.2\.80 to/,
      /^arp reply .* 0\.0\.0\.0 to/,
      /^na .* flags SO/,
      /^na .* flags O/,
    ]
    for (const pattern of awaited) await wire.find(pattern)
    const frames = wire.seen.filter(({ text }) => /^(arp|na) /.test(text) && text.includes(` ${node.mac} `))
    writeFileSync(join(folder, 'frames.pcap'), pcapOf(frames.map(({ frame }) => frame)))
    expect(tshark('-Y', 'arp or (icmpv6.type == 136 and ipv6.hlim == 255)')).to.have.length(frames.length)
    expect(tshark('-Y', '_ws.malformed or icmpv6.checksum.status == 0')).to.deep.equal([])
    expect(tshark('-Y', 'arp.isannouncement or arp.isgratuitous').length).to.be.at.least(2)
  })
})
