// An outside judge: tshark reads every kind of frame that the engine sends, and finds nothing wrong with any.
import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addressProbe, arpRequest, nodeAndClient, staged, v4, v6 } from './stage.ts'

/** A capture file: https://datatracker.ietf.org/doc/html/draft-ietf-opsawg-pcap */
function pcapOf(frames: readonly Uint8Array[]): Uint8Array {
  const words = (...values: readonly number[]) => new Uint8Array(Uint32Array.from(values).buffer)
  const header = words(0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1)
  const records = frames.flatMap((frame) => [...words(0, 0, frame.length, frame.length), ...frame])
  return Uint8Array.of(...header, ...records)
}

describe('layer 2 on the wire: in the eyes of tshark', function () {
  this.timeout(180_000)
  const on = staged(async (stage) => {
    const pair = nodeAndClient(stage) // its wire hears the engine begin
    const engine = stage.engine(pair.node)
    engine.apply([v4, v6])
    await engine.ready(2)
    return { ...pair, folder: stage.folder('judge') }
  })

  function tshark(...args: readonly string[]): readonly string[] {
    const output = execFileSync('tshark', ['-n', '-r', join(on().folder, 'frames.pcap'), ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return output.split('\n').filter((line) => line !== '')
  }

  it('every announcement and every answer is well-formed, with a right checksum and hop limit', async () => {
    const { node, client, wire } = on()
    wire.send(arpRequest(client))
    wire.send(arpRequest(client, { sender: '0.0.0.0' }))
    wire.send(`ns from ${client.mac} fe80::50 to ${node.mac} ${v6} target ${v6}`)
    wire.send(addressProbe(client))
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
    writeFileSync(join(on().folder, 'frames.pcap'), pcapOf(frames.map(({ frame }) => frame)))
    expect(tshark('-Y', 'arp or (icmpv6.type == 136 and ipv6.hlim == 255)')).to.have.length(frames.length)
    expect(tshark('-Y', '_ws.malformed or icmpv6.checksum.status == 0')).to.deep.equal([])
    expect(tshark('-Y', 'arp.isannouncement or arp.isgratuitous').length).to.be.at.least(2)
  })
})
