// Every codec that has vectors: the file NAME.txt beside this one holds those of the row NAME.
import { arpFaults, decodeArp, encodeArp } from '../../protocols/arp/packet.ts'
import { bfdFaults, decodeBfd, encodeBfd } from '../../protocols/bfd/packet.ts'
import { decodeNdp, encodeNdp, ndpFaults } from '../../protocols/ndp/message.ts'
import { decodeRouter, encodeRouter, routerFaults } from '../../protocols/ndp/router.ts'
import { optionFaults } from '../../protocols/ndp/option.ts'
import { readCapture } from '../../protocols/net/capture.ts'
import { decodeEthernet, encodeEthernet } from '../../protocols/net/ethernet.ts'
import { decodeIpv4, encodeIpv4, ipv4Bytes, ipv4Faults } from '../../protocols/net/ipv4.ts'
import { decodeIpv6, encodeIpv6, ipv6Faults } from '../../protocols/net/ipv6.ts'
import { decodeLink, linkFaults } from '../../protocols/net/link.ts'
import { pcapFaults } from '../../protocols/net/pcap.ts'
import { pcapngFaults } from '../../protocols/net/pcapng.ts'
import { decodeTcp, encodeTcp, tcpFaults } from '../../protocols/net/tcp.ts'
import { decodeUdp, encodeUdp, udpFaults } from '../../protocols/net/udp.ts'
import { bgpCodecs } from './bgp.ts'
import { codecOf } from './codec.ts'
import type { Codec } from './codec.ts'

/** The addresses in the pseudo-headers of the UDP and TCP vectors. */
const source = ipv4Bytes('192.0.2.1')
const destination = ipv4Bytes('192.0.2.2')

export const codecs: ReadonlyMap<string, Codec> = new Map([
  ['ethernet', codecOf({ decode: decodeEthernet, encode: encodeEthernet, faults: {} })],
  ['arp', codecOf({ decode: decodeArp, encode: encodeArp, faults: arpFaults })],
  ['ipv4', codecOf({ decode: decodeIpv4, encode: encodeIpv4, faults: ipv4Faults })],
  ['ipv6', codecOf({ decode: decodeIpv6, encode: encodeIpv6, faults: ipv6Faults })],
  [
    'ndp', // whole IPv6 packets: validity depends on the header
    codecOf({
      decode: (bytes) => decodeNdp(decodeIpv6(bytes)),
      encode: (packet) => encodeIpv6(encodeNdp(packet)),
      faults: { ...ndpFaults, ...optionFaults },
    }),
  ],
  [
    'ndp-router',
    codecOf({
      decode: (bytes) => decodeRouter(decodeIpv6(bytes)),
      encode: (packet) => encodeIpv6(encodeRouter(packet)),
      faults: { ...routerFaults, ...optionFaults },
    }),
  ],
  [
    'udp',
    codecOf({
      decode: decodeUdp,
      encode: (datagram) => encodeUdp(datagram, source, destination),
      faults: udpFaults,
    }),
  ],
  [
    'tcp',
    codecOf({
      decode: decodeTcp,
      encode: (segment) => encodeTcp(segment, source, destination),
      faults: tcpFaults,
    }),
  ],
  [
    'capture',
    codecOf({
      decode: (file) => [...readCapture(file)],
      faults: { ...pcapFaults, ...pcapngFaults },
      prefixesFail: false,
    }),
  ],
  [
    'link', // the link type, then the packet; how a packet ends is the matter of what it carries
    codecOf({
      decode: (bytes) => decodeLink(((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0), bytes.subarray(2)),
      faults: linkFaults,
      prefixesFail: false,
    }),
  ],
  ['bfd', codecOf({ decode: decodeBfd, encode: (packet) => encodeBfd(packet), faults: bfdFaults })],
  ...bgpCodecs,
])
