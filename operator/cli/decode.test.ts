import { expect } from 'chai'
import { arpReply, gratuitousReply, gratuitousRequest } from '../../protocols/arp/frame.ts'
import { encodeArp } from '../../protocols/arp/packet.ts'
import type { ArpPacket } from '../../protocols/arp/packet.ts'
import { encodeBfd } from '../../protocols/bfd/packet.ts'
import type { BfdPacket } from '../../protocols/bfd/packet.ts'
import { anyContext } from '../../protocols/bgp/context.ts'
import { encodeMessage } from '../../protocols/bgp/message.ts'
import { ndpFrame, solicitedAdvertisement, unsolicitedAdvertisement } from '../../protocols/ndp/frame.ts'
import type { NdpPacket } from '../../protocols/ndp/message.ts'
import { encodeRouter } from '../../protocols/ndp/router.ts'
import type { RouterPacket } from '../../protocols/ndp/router.ts'
import { broadcastMac, encodeEthernet, zeroMac } from '../../protocols/net/ethernet.ts'
import { EtherType, IpProtocol, LinkType } from '../../protocols/net/iana.ts'
import { encodeIpv4, ipv4Bytes } from '../../protocols/net/ipv4.ts'
import { encodeIpv6, ipv6Bytes } from '../../protocols/net/ipv6.ts'
import { encodePcap } from '../../protocols/net/pcap.ts'
import { encodeTcp } from '../../protocols/net/tcp.ts'
import { encodeUdp } from '../../protocols/net/udp.ts'
import { decodeLines } from './decode.ts'
import { formatText, formatTime, printCapture } from './decode-text.ts'

const a = '02:00:00:00:00:0a'
const b = '02:00:00:00:00:0b'

const request: ArpPacket = {
  operation: 'request',
  senderMac: b,
  senderAddress: '192.0.2.2',
  targetMac: zeroMac,
  targetAddress: '192.0.2.10',
}

function solicitation(source: string, options: NdpPacket['message']['options']): NdpPacket {
  const message = { type: 'neighbor-solicitation', target: '2001:db8::10', options } as const
  return { source, destination: 'ff02::1:ff00:10', message }
}

const keepalive = encodeMessage({ type: 'keepalive' }, anyContext)

/** A capture of one packet, at 1700000000.000000007 s. */
function captureOf(bytes: Uint8Array, linkType: number = LinkType.ethernet, originalLength = bytes.length) {
  return encodePcap(linkType, [{ timeNs: 1_700_000_000_000_000_007n, linkType, originalLength, bytes }])
}

/** The line of text of one packet, without number and time. */
const bfd: BfdPacket = {
  diagnostic: 0,
  state: 'up',
  poll: true,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  detectMultiplier: 3,
  myDiscriminator: 17,
  yourDiscriminator: 4,
  desiredMinTxUs: 300_000,
  requiredMinRxUs: 350_000,
  requiredMinEchoRxUs: 0,
}

const advertisement = {
  type: 'router-advertisement',
  hopLimit: 0,
  managed: false,
  otherConfig: false,
  lifetimeS: 0,
  reachableMs: 0,
  retransMs: 0,
} as const

/** To all nodes of the link. */
function routerFrame(message: RouterPacket['message']): Uint8Array {
  const packet = encodeIpv6(encodeRouter({ source: 'fe80::b', destination: 'ff02::1', message }))
  return encodeEthernet({
    destination: '33:33:00:00:00:01',
    source: b,
    tags: [],
    etherType: EtherType.ipv6,
    payload: packet,
  })
}

function lineOf(bytes: Uint8Array, linkType?: number, originalLength?: number): string {
  const lines = [...printCapture(captureOf(bytes, linkType, originalLength), 'text')]
  expect(lines.length).to.equal(1)
  return (lines[0] ?? '').replace('1 2023-11-14T22:13:20.000000007Z ', '')
}

function frameOf(etherType: number, payload: Uint8Array): Uint8Array {
  return encodeEthernet({ destination: a, source: b, tags: [], etherType, payload })
}

function ipv4Frame(protocol: number, payload: Uint8Array, fragmentOffset = 0): Uint8Array {
  const rest = { tos: 0, identification: 1, dontFragment: false, moreFragments: false, ttl: 64 }
  const addresses = { source: '192.0.2.1', destination: '192.0.2.2' }
  const options = new Uint8Array(0)
  return frameOf(
    EtherType.ipv4,
    encodeIpv4({ ...rest, ...addresses, options, protocol, fragmentOffset, payload }),
  )
}

function ipv6Frame(nextHeader: number, payload: Uint8Array, hopLimit = 64): Uint8Array {
  const addresses = { source: '2001:db8::1', destination: '2001:db8::2' }
  const rest = { trafficClass: 0, flowLabel: 0, hopLimit, extensions: [] }
  return frameOf(EtherType.ipv6, encodeIpv6({ ...rest, ...addresses, nextHeader, payload }))
}

const segment = {
  sequence: 10,
  acknowledgment: 20,
  window: 502,
  urgentPointer: 0,
  options: new Uint8Array(0),
} as const
const [v4a, v4b] = [ipv4Bytes('192.0.2.1'), ipv4Bytes('192.0.2.2')]
const [v6a, v6b] = [ipv6Bytes('2001:db8::1'), ipv6Bytes('2001:db8::2')]

function tcpOf(ports: { sourcePort: number; destinationPort: number }, payload: Uint8Array): Uint8Array {
  return encodeTcp({ ...ports, ...segment, flags: ['PSH', 'ACK'], payload }, v4a, v4b)
}

const lines: readonly (readonly [title: string, frame: Uint8Array | undefined, line: string])[] = [
  [
    'a gratuitous request',
    gratuitousRequest(a, '192.0.2.10'),
    `${a} > ${broadcastMac} ARP announcement: 192.0.2.10 is at ${a}`,
  ],
  [
    'a gratuitous reply',
    gratuitousReply(a, '192.0.2.10'),
    `${a} > ${broadcastMac} ARP gratuitous reply: 192.0.2.10 is at ${a}`,
  ],
  ['a reply', arpReply(request, a), `${a} > ${b} ARP reply: 192.0.2.10 is at ${a}`],
  [
    'a request',
    frameOf(EtherType.arp, encodeArp(request)),
    `${b} > ${a} ARP request: who has 192.0.2.10? tell 192.0.2.2 at ${b}`,
  ],
  [
    'a probe',
    frameOf(EtherType.arp, encodeArp({ ...request, senderAddress: '0.0.0.0' })),
    `${b} > ${a} ARP probe: is 192.0.2.10 in use?`,
  ],
  [
    'an unsolicited advertisement',
    unsolicitedAdvertisement(a, '2001:db8::10'),
    `${a} 2001:db8::10 > 33:33:00:00:00:01 ff02::1 NDP unsolicited advertisement: 2001:db8::10 is at ${a}, override`,
  ],
  [
    'an answer',
    solicitedAdvertisement({ packet: solicitation('2001:db8::2', []), frameSource: b }, a),
    `${a} 2001:db8::10 > ${b} 2001:db8::2 NDP advertisement: 2001:db8::10 is at ${a}, solicited override`,
  ],
  [
    'a solicitation',
    ndpFrame(
      solicitation('2001:db8::2', [{ type: 'source-link-layer-address', mac: b }]),
      b,
      '33:33:ff:00:00:10',
    ),
    `${b} 2001:db8::2 > 33:33:ff:00:00:10 ff02::1:ff00:10 NDP solicitation: who has 2001:db8::10? tell 2001:db8::2 at ${b}`,
  ],
  [
    'a probe with a nonce and an option that we do not know',
    ndpFrame(
      solicitation('::', [
        { type: 'nonce', nonce: '010203040506' },
        { type: 'unknown', code: 253, data: '000000000000' },
      ]),
      b,
      '33:33:ff:00:00:10',
    ),
    `${b} :: > 33:33:ff:00:00:10 ff02::1:ff00:10 NDP probe: is 2001:db8::10 in use? (nonce 010203040506, option 253)`,
  ],
  [
    'BGP over TCP',
    ipv4Frame(IpProtocol.tcp, tcpOf({ sourcePort: 43105, destinationPort: 179 }, keepalive)),
    `${b} 192.0.2.1:43105 > ${a} 192.0.2.2:179 BGP KEEPALIVE`,
  ],
  [
    'BGP that is none',
    ipv4Frame(IpProtocol.tcp, tcpOf({ sourcePort: 43105, destinationPort: 179 }, new Uint8Array(19))),
    `${b} 192.0.2.1:43105 > ${a} 192.0.2.2:179 BGP ! marker: not all ones (RFC 4271 §6.1)`,
  ],
  [
    'other TCP',
    ipv4Frame(IpProtocol.tcp, tcpOf({ sourcePort: 43105, destinationPort: 80 }, Uint8Array.of(1))),
    `${b} 192.0.2.1:43105 > ${a} 192.0.2.2:80 TCP PSH ACK seq 10 ack 20 win 502, 1 byte`,
  ],
  [
    'BFD over UDP over IPv6',
    ipv6Frame(
      IpProtocol.udp,
      encodeUdp({ sourcePort: 49152, destinationPort: 3784, payload: encodeBfd(bfd) }, v6a, v6b),
    ),
    `${b} [2001:db8::1]:49152 > ${a} [2001:db8::2]:3784 BFD up poll, my 17 your 4, sends every 300 ms, takes one every 350 ms, ×3`,
  ],
  [
    'BFD that is none',
    ipv6Frame(
      IpProtocol.udp,
      encodeUdp({ sourcePort: 49152, destinationPort: 4784, payload: new Uint8Array(24) }, v6a, v6b),
    ),
    `${b} [2001:db8::1]:49152 > ${a} [2001:db8::2]:4784 BFD ! version: 0 is not 1 (RFC 5880 §6.8.6)`,
  ],
  [
    'an echo request',
    ipv4Frame(IpProtocol.icmp, Uint8Array.of(8, 0, 0, 0)),
    `${b} 192.0.2.1 > ${a} 192.0.2.2 ICMP echo request`,
  ],
  [
    'an ICMP type without a name',
    ipv4Frame(IpProtocol.icmp, Uint8Array.of(42, 1, 0, 0)),
    `${b} 192.0.2.1 > ${a} 192.0.2.2 ICMP type 42, code 1`,
  ],
  [
    'a router solicitation that a router has forwarded',
    ipv6Frame(IpProtocol.icmpv6, Uint8Array.of(133, 0, 0, 0)),
    `${b} 2001:db8::1 > ${a} 2001:db8::2 NDP ! hopLimit: 64 is not 255 (RFC 4861 §7.1)`,
  ],
  [
    'a router solicitation',
    routerFrame({
      type: 'router-solicitation',
      options: [{ type: 'source-link-layer-address', mac: b }],
    }),
    `${b} fe80::b > 33:33:00:00:00:01 ff02::1 NDP router solicitation from fe80::b (source at ${b})`,
  ],
  [
    'a router advertisement as ours',
    routerFrame({ ...advertisement, options: [{ type: 'source-link-layer-address', mac: b }] }),
    `${b} fe80::b > 33:33:00:00:00:01 ff02::1 NDP router advertisement: no default router (source at ${b})`,
  ],
  [
    'a router advertisement with all that it may say',
    routerFrame({
      ...advertisement,
      lifetimeS: 1800,
      hopLimit: 64,
      managed: true,
      otherConfig: true,
      reachableMs: 30_000,
      retransMs: 1000,
      options: [
        { type: 'unknown', code: 5, data: '0000000005dc' },
        { type: 'unknown', code: 3, data: `40c0ffffffff00003840${'0'.repeat(8)}20010db8${'0'.repeat(24)}` },
        { type: 'unknown', code: 24, data: '300800000e1020010db800010000' },
        { type: 'unknown', code: 25, data: `000000000e1020010db8${'0'.repeat(22)}35` },
        { type: 'unknown', code: 3, data: '000000000000' },
      ],
    }),
    `${b} fe80::b > 33:33:00:00:00:01 ff02::1 NDP router advertisement: default router for 1800 s, hop limit 64, addresses by DHCPv6, other settings by DHCPv6, reachable 30000 ms, retransmits after 1000 ms (MTU 1500, prefix 2001:db8::/64 on-link autonomous for ever, preferred 14400 s, route 2001:db8:1::/48 high for 3600 s, DNS 2001:db8::35 for 3600 s, option 3)`,
  ],
  [
    'a fragment',
    ipv4Frame(IpProtocol.udp, new Uint8Array(16), 185),
    `${b} 192.0.2.1 > ${a} 192.0.2.2 IPv4 fragment of protocol 17: 16 bytes from 1480`,
  ],
  [
    'an IPv6 fragment',
    ipv6Frame(IpProtocol.fragment, new Uint8Array(16)),
    `${b} 2001:db8::1 > ${a} 2001:db8::2 IPv6 fragment`,
  ],
  [
    'a protocol that we do not read',
    ipv4Frame(112, new Uint8Array(16)),
    `${b} 192.0.2.1 > ${a} 192.0.2.2 IPv4 protocol 112`,
  ],
  ['a type that we do not read', frameOf(0x88cc, new Uint8Array(4)), `${b} > ${a} Ethernet EtherType 0x88cc`],
  ['an IEEE 802.3 frame', frameOf(38, new Uint8Array(38)), `${b} > ${a} IEEE 802.3 38 bytes of LLC`],
  [
    'an ICMP message without a type',
    ipv4Frame(IpProtocol.icmp, new Uint8Array(0)),
    `${b} 192.0.2.1 > ${a} 192.0.2.2 ICMP ! type: cut off: needs 1 byte, 0 left (RFC 792)`,
  ],
]

describe('herald decode', () => {
  for (const [title, frame, line] of lines)
    it(`says of ${title}: ${line}`, () => {
      expect(lineOf(frame ?? new Uint8Array(0))).to.equal(line)
    })

  it('names the VLANs of a tagged frame, outermost first', () => {
    const tags = [
      { type: EtherType.serviceVlan, priority: 0, dropEligible: false, id: 10 },
      { type: EtherType.vlan, priority: 3, dropEligible: false, id: 100 },
    ]
    const payload = encodeArp(request)
    const frame = encodeEthernet({ destination: a, source: b, tags, etherType: EtherType.arp, payload })
    expect(lineOf(frame)).to.equal(
      `${b} > ${a} vlan 10 vlan 100 ARP request: who has 192.0.2.10? tell 192.0.2.2 at ${b}`,
    )
  })

  it('gives the rule that a packet breaks, and the addresses that were read before', () => {
    const frame = unsolicitedAdvertisement(a, '2001:db8::10')
    frame[21] = 64
    expect(lineOf(frame)).to.equal(
      `${a} 2001:db8::10 > 33:33:00:00:00:01 ff02::1 NDP ! hopLimit: 64 is not 255 (RFC 4861 §7.1)`,
    )
  })

  it('says how much of a cut off packet was not captured', () => {
    const frame = gratuitousRequest(a, '192.0.2.10').subarray(0, 20)
    expect(lineOf(frame, LinkType.ethernet, 60)).to.equal(
      `${a} > ${broadcastMac} ARP ! operation: cut off: needs 2 bytes, 0 left (RFC 826, Packet format); 40 bytes not captured`,
    )
  })

  it('reads a packet without MACs, and one of which only the source is known', () => {
    const raw = ipv4Frame(IpProtocol.icmp, Uint8Array.of(8, 0, 0, 0)).subarray(14)
    expect(lineOf(raw, LinkType.raw)).to.equal('192.0.2.1 > 192.0.2.2 ICMP echo request')
    const cooked = Uint8Array.of(0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 0x0b, 0, 0, 8, 6, ...encodeArp(request))
    expect(lineOf(cooked, LinkType.linuxSll)).to.equal(
      `${b} > ? ARP request: who has 192.0.2.10? tell 192.0.2.2 at ${b}`,
    )
  })

  it('names a link layer that we do not read', () => {
    expect(lineOf(new Uint8Array(4), 178)).to.equal(
      'link layer ! linkType: 178 is not one that we read (tcpdump.org/linktypes)',
    )
  })

  it('goes on after a packet that breaks a rule', () => {
    const packets = [new Uint8Array(3), gratuitousRequest(a, '192.0.2.10')].map((bytes) => {
      return { linkType: LinkType.ethernet, originalLength: bytes.length, bytes }
    })
    const decoded = [...decodeLines(encodePcap(LinkType.ethernet, packets))]
    expect(decoded.map(({ number, protocol, error }) => [number, protocol, error?.field])).to.deep.equal([
      [1, 'link layer', 'destination'],
      [2, 'ARP', undefined],
    ])
  })

  it('ends with what is wrong with the file', () => {
    const file = captureOf(gratuitousRequest(a, '192.0.2.10'))
    const texts = [...decodeLines(file.subarray(0, file.length - 1))].map(formatText)
    expect(texts).to.deep.equal([
      '1 capture file ! packet: cut off: needs 60 bytes, 59 left (draft-ietf-opsawg-pcap §5)',
    ])
    expect([...printCapture(Uint8Array.of(1, 2, 3, 4), 'text')]).to.deep.equal([
      '1 capture file ! magic: 0x1020304 begins neither pcap nor pcapng (draft-ietf-opsawg-pcap §4)',
    ])
  })

  it('prints an object a line as JSON', () => {
    const printed = [...printCapture(captureOf(gratuitousReply(a, '192.0.2.10')), 'json')]
    expect(printed.map((line): unknown => JSON.parse(line))).to.deep.equal([
      {
        number: 1,
        time: '2023-11-14T22:13:20.000000007Z',
        source: { mac: a },
        destination: { mac: broadcastMac },
        vlans: [],
        protocol: 'ARP',
        message: `gratuitous reply: 192.0.2.10 is at ${a}`,
        detail: {
          operation: 'reply',
          senderMac: a,
          senderAddress: '192.0.2.10',
          targetMac: a,
          targetAddress: '192.0.2.10',
        },
      },
    ])
  })

  it('prints an error as JSON with its field and its rule', () => {
    const [line = ''] = printCapture(captureOf(new Uint8Array(3), LinkType.ethernet, 60), 'json')
    expect(JSON.parse(line)).to.deep.include({
      protocol: 'link layer',
      error: {
        field: 'destination',
        rfc: 'RFC 894',
        message: 'destination: cut off: needs 6 bytes, 3 left (RFC 894)',
        missingBytes: 57,
      },
    })
  })

  it('prints any time that a file can hold', () => {
    expect(formatTime(0n)).to.equal('1970-01-01T00:00:00.000000000Z')
    expect(formatTime(253_402_300_799_999_999_999n)).to.equal('9999-12-31T23:59:59.999999999Z')
    expect(formatTime(253_402_300_800_000_000_000n)).to.equal('@253402300800.000000000')
    expect(formatTime(-1n)).to.equal('@-0.000000001')
    expect(formatTime(-1_000_000_000n)).to.equal('@-1.000000000')
  })
})
