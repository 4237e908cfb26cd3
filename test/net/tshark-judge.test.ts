// An outside judge of our frames: tshark finds none malformed, and reads in each what we meant to write.
import { expect } from 'chai'
import fc from 'fast-check'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { arpFrame, arpReply, gratuitousReply, gratuitousRequest } from '../../protocols/arp/frame.ts'
import type { ArpPacket } from '../../protocols/arp/packet.ts'
import { ndpFrame, solicitedAdvertisement, unsolicitedAdvertisement } from '../../protocols/ndp/frame.ts'
import type { NdpPacket } from '../../protocols/ndp/message.ts'
import { broadcastMac, encodeEthernet, zeroMac } from '../../protocols/net/ethernet.ts'
import { EtherType, IpProtocol, LinkType } from '../../protocols/net/iana.ts'
import { encodeIpv4, ipv4Bytes } from '../../protocols/net/ipv4.ts'
import { encodeIpv6, formatIpv6, ipv6Bytes } from '../../protocols/net/ipv6.ts'
import { encodePcap } from '../../protocols/net/pcap.ts'
import { encodeTcp } from '../../protocols/net/tcp.ts'
import { encodeUdp } from '../../protocols/net/udp.ts'
import * as arbitrary from '../fuzz/arbitrary.ts'

const a = '02:00:00:00:00:0a'
const b = '02:00:00:00:00:0b'

/** How many packets of each kind are drawn, besides the frames that a node sends. */
const drawn = 300
const seed = 20260101

/** The fields that tshark finds in each frame; one that it does not find is missing. */
function judge(frames: readonly Uint8Array[], fields: readonly string[]): readonly Record<string, string>[] {
  const folder = mkdtempSync(join(tmpdir(), `herald-judge-${process.pid}-`))
  try {
    const file = join(folder, 'frames.pcap')
    const packets = frames.map((bytes) => ({
      linkType: LinkType.ethernet,
      originalLength: bytes.length,
      bytes,
    }))
    writeFileSync(file, encodePcap(LinkType.ethernet, packets))
    const lines = runTshark(file, ['_ws.malformed', ...fields])
    expect(lines.length).to.equal(frames.length)
    return lines.map((line) => foundFields(line, ['_ws.malformed', ...fields]))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function runTshark(file: string, fields: readonly string[]): readonly string[] {
  const checks = [
    '-o',
    'ip.check_checksum:TRUE',
    '-o',
    'udp.check_checksum:TRUE',
    '-o',
    'tcp.check_checksum:TRUE',
  ]
  const names = fields.flatMap((field) => ['-e', field])
  const options = ['-n', '-r', file, ...checks, '-T', 'fields', '-E', 'separator=|', ...names]
  try {
    const text = execFileSync('tshark', options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return text.split('\n').slice(0, -1)
  } catch (cause) {
    throw new Error(
      'this test needs tshark (apt-get install tshark), which the set-up of npm test installs',
      { cause },
    )
  }
}

function foundFields(line: string, fields: readonly string[]): Record<string, string> {
  const values = line.split('|')
  return Object.fromEntries(
    fields.map((field, index) => [field, sameText(values[index] ?? '')]).filter(([, value]) => value !== ''),
  )
}

/** tshark writes the end of some IPv6 addresses as a dotted quad. */
function sameText(value: string): string {
  return /^[0-9a-f:]+:[0-9.]+$/.test(value) && value.includes('.') ? formatIpv6(ipv6Bytes(value)) : value
}

/** Frame by frame, so that a difference is shown whole. */
function expectEach(found: readonly object[], expected: readonly object[]): void {
  for (const [index, fields] of expected.entries())
    expect(found[index], `frame ${index + 1}`).to.deep.equal(fields)
  expect(found.length).to.equal(expected.length)
}

const arpFields = [
  'eth.dst',
  'eth.src',
  'arp.opcode',
  'arp.src.hw_mac',
  'arp.src.proto_ipv4',
  'arp.dst.hw_mac',
  'arp.dst.proto_ipv4',
]

function expectedArp(packet: ArpPacket, destination: string): Record<string, string> {
  return {
    'eth.dst': destination,
    'eth.src': packet.senderMac,
    'arp.opcode': packet.operation === 'request' ? '1' : '2',
    'arp.src.hw_mac': packet.senderMac,
    'arp.src.proto_ipv4': packet.senderAddress,
    'arp.dst.hw_mac': packet.targetMac,
    'arp.dst.proto_ipv4': packet.targetAddress,
  }
}

const ndpFields = [
  'eth.dst',
  'eth.src',
  'ipv6.src',
  'ipv6.dst',
  'ipv6.hlim',
  'icmpv6.type',
  'icmpv6.checksum.status',
  'icmpv6.nd.ns.target_address',
  'icmpv6.nd.na.target_address',
  'icmpv6.nd.na.flag.r',
  'icmpv6.nd.na.flag.s',
  'icmpv6.nd.na.flag.o',
  'icmpv6.opt.type',
  'icmpv6.opt.linkaddr',
  'icmpv6.opt.nonce',
]

function expectedNdp(packet: NdpPacket, source: string, destination: string): Record<string, string> {
  const { message } = packet
  const { options } = message
  const types = options.map(
    ({ type }) =>
      ({ 'source-link-layer-address': 1, 'target-link-layer-address': 2, nonce: 14, unknown: 0 })[type],
  )
  const expected = {
    'eth.dst': destination,
    'eth.src': source,
    'ipv6.src': packet.source,
    'ipv6.dst': packet.destination,
    'ipv6.hlim': '255',
    'icmpv6.checksum.status': '1', // good
    ...targetAndFlags(packet),
    'icmpv6.opt.type': types.join(','),
    'icmpv6.opt.linkaddr': options.flatMap((option) => ('mac' in option ? [option.mac] : [])).join(','),
    'icmpv6.opt.nonce': options.flatMap((option) => ('nonce' in option ? [option.nonce] : [])).join(','),
  }
  return Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== ''))
}

function targetAndFlags({ message }: NdpPacket): Record<string, string> {
  if (message.type === 'neighbor-solicitation')
    return { 'icmpv6.type': '135', 'icmpv6.nd.ns.target_address': message.target }
  return {
    'icmpv6.type': '136',
    'icmpv6.nd.na.target_address': message.target,
    'icmpv6.nd.na.flag.r': message.router ? '1' : '0',
    'icmpv6.nd.na.flag.s': message.solicited ? '1' : '0',
    'icmpv6.nd.na.flag.o': message.override ? '1' : '0',
  }
}

describe('tshark', function () {
  this.timeout(180_000)

  it('reads our gratuitous ARP as such, and our announcement as an announcement', () => {
    const frames = [gratuitousRequest(a, '192.0.2.10'), gratuitousReply(a, '192.0.2.10')]
    const found = judge(frames, [...arpFields, 'arp.isgratuitous', 'arp.isannouncement'])
    const common = { senderMac: a, senderAddress: '192.0.2.10', targetAddress: '192.0.2.10' }
    expect(found).to.deep.equal([
      {
        ...expectedArp({ ...common, operation: 'request', targetMac: zeroMac }, broadcastMac),
        'arp.isgratuitous': '1',
        'arp.isannouncement': '1',
      },
      {
        ...expectedArp({ ...common, operation: 'reply', targetMac: a }, broadcastMac),
        'arp.isgratuitous': '1',
      },
    ])
  })

  it('reads every ARP packet as we wrote it, and our reply to it', () => {
    const packets = fc.sample(arbitrary.arpPacket, { numRuns: drawn, seed })
    const found = judge(
      packets.flatMap((packet) => [arpFrame(packet, b), arpReply(packet, a)]),
      arpFields,
    )
    const expected = packets.flatMap((packet) => {
      const { senderMac, senderAddress, targetAddress } = packet
      const turned = { senderAddress: targetAddress, targetAddress: senderAddress, targetMac: senderMac }
      return [expectedArp(packet, b), expectedArp({ operation: 'reply', senderMac: a, ...turned }, senderMac)]
    })
    expectEach(found, expected)
  })

  it('reads our unsolicited advertisement as we meant it', () => {
    const target = '2001:db8::10'
    const packet: NdpPacket = {
      source: target,
      destination: 'ff02::1',
      message: {
        type: 'neighbor-advertisement',
        router: false,
        solicited: false,
        override: true,
        target,
        options: [{ type: 'target-link-layer-address', mac: a }],
      },
    }
    expect(judge([unsolicitedAdvertisement(a, target)], ndpFields)).to.deep.equal([
      expectedNdp(packet, a, '33:33:00:00:00:01'),
    ])
  })

  it('reads every solicitation as we wrote it, and our answer to it', () => {
    const asked = fc.sample(
      arbitrary.ndpSolicitation.filter(({ message }) =>
        message.options.every(({ type }) => type !== 'unknown'),
      ),
      { numRuns: drawn, seed },
    )
    const answers = asked.map((packet) => solicitedAdvertisement({ packet, frameSource: b }, a))
    const found = judge(
      asked.flatMap((packet, index) => [
        ndpFrame(packet, b, broadcastMac),
        answers[index] ?? new Uint8Array(0),
      ]),
      ndpFields,
    )
    const expected = asked.flatMap((packet) => [expectedNdp(packet, b, broadcastMac), expectedAnswer(packet)])
    expectEach(found, expected)
  })

  it('reads every advertisement as we wrote it', () => {
    const packets = fc.sample(
      arbitrary.ndpAdvertisement.filter(({ message }) =>
        message.options.every(({ type }) => type !== 'unknown'),
      ),
      { numRuns: drawn, seed },
    )
    const frames = packets.map((packet) => ndpFrame(packet, a, b))
    expectEach(
      judge(frames, ndpFields),
      packets.map((packet) => expectedNdp(packet, a, b)),
    )
  })

  it('finds the checksums of our IPv4, UDP and TCP right', () => {
    const segments = fc.sample(arbitrary.tcpSegment, { numRuns: 50, seed })
    const options = new Uint8Array(0)
    const found = judge(
      segments.flatMap((segment) => {
        const ports = { sourcePort: 50000, destinationPort: 50001 } // that tshark knows no protocol for
        const tcp = encodeTcp(
          { ...segment, ...ports, options },
          ipv4Bytes('192.0.2.1'),
          ipv4Bytes('192.0.2.2'),
        )
        const udp = encodeUdp({ ...segment, ...ports }, ipv6Bytes('2001:db8::1'), ipv6Bytes('2001:db8::2'))
        return [ipv4Frame(IpProtocol.tcp, tcp), ipv6Frame(IpProtocol.udp, udp)]
      }),
      ['ip.checksum.status', 'tcp.checksum.status', 'udp.checksum.status'],
    )
    const good = [{ 'ip.checksum.status': '1', 'tcp.checksum.status': '1' }, { 'udp.checksum.status': '1' }]
    expect(found).to.deep.equal(segments.flatMap(() => good))
  })
})

/** RFC 4861 §7.2.4, by hand. */
function expectedAnswer(packet: NdpPacket): Record<string, string> {
  const { target, options } = packet.message
  const isProbe = packet.source === '::'
  const named = options.find((option) => option.type === 'source-link-layer-address')
  const namedMac =
    named !== undefined && (Number.parseInt(named.mac.slice(0, 2), 16) & 1) === 0 ? named.mac : b
  const answer: NdpPacket = {
    source: target,
    destination: isProbe ? 'ff02::1' : packet.source,
    message: {
      type: 'neighbor-advertisement',
      router: false,
      solicited: !isProbe,
      override: true,
      target,
      options: [{ type: 'target-link-layer-address', mac: a }],
    },
  }
  return expectedNdp(answer, a, isProbe ? '33:33:00:00:00:01' : namedMac)
}

function ipv4Frame(protocol: number, payload: Uint8Array): Uint8Array {
  const packet = encodeIpv4({
    source: '192.0.2.1',
    destination: '192.0.2.2',
    tos: 0,
    identification: 1,
    dontFragment: true,
    moreFragments: false,
    fragmentOffset: 0,
    ttl: 64,
    protocol,
    options: new Uint8Array(0),
    payload,
  })
  return encodeEthernet({ destination: a, source: b, tags: [], etherType: EtherType.ipv4, payload: packet })
}

function ipv6Frame(nextHeader: number, payload: Uint8Array): Uint8Array {
  const packet = encodeIpv6({
    source: '2001:db8::1',
    destination: '2001:db8::2',
    trafficClass: 0,
    flowLabel: 0,
    hopLimit: 64,
    extensions: [],
    nextHeader,
    payload,
  })
  return encodeEthernet({ destination: a, source: b, tags: [], etherType: EtherType.ipv6, payload: packet })
}
