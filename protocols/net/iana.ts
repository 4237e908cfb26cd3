// Code points of the layers below BGP and BFD, each once, with the registry's source beside it.

/** IEEE 802 numbers; RFC 9542 §B.1. */
export const EtherType = {
  ipv4: 0x0800, // RFC 894
  arp: 0x0806, // RFC 826
  vlan: 0x8100, // IEEE 802.1Q: customer tag
  ipv6: 0x86dd, // RFC 2464
  serviceVlan: 0x88a8, // IEEE 802.1ad: service tag
} as const

/** ARP parameters; RFC 826, RFC 5494. */
export const ArpHardwareType = { ethernet: 1 } as const
export const ArpOperation = { request: 1, reply: 2 } as const

/** Protocol numbers of IPv4, next header of IPv6; RFC 5237, RFC 7045 for the extension headers. */
export const IpProtocol = {
  hopByHopOptions: 0, // RFC 8200 §4.3
  icmp: 1, // RFC 792
  tcp: 6, // RFC 9293
  udp: 17, // RFC 768
  routing: 43, // RFC 8200 §4.4
  fragment: 44, // RFC 8200 §4.5
  icmpv6: 58, // RFC 4443
  noNextHeader: 59, // RFC 8200 §4.7
  destinationOptions: 60, // RFC 8200 §4.6
} as const

/** ICMP types; RFC 792. */
export const IcmpType = {
  echoReply: 0,
  destinationUnreachable: 3,
  redirect: 5,
  echoRequest: 8,
  timeExceeded: 11,
} as const

/** ICMPv6 types; RFC 4443 §2.1 unless said. */
export const Icmpv6Type = {
  destinationUnreachable: 1,
  packetTooBig: 2,
  timeExceeded: 3,
  parameterProblem: 4,
  echoRequest: 128,
  echoReply: 129,
  listenerQuery: 130, // RFC 2710 §3
  listenerReport: 131, // RFC 2710 §3
  listenerDone: 132, // RFC 2710 §3
  routerSolicitation: 133, // RFC 4861 §4.1
  routerAdvertisement: 134, // RFC 4861 §4.2
  neighborSolicitation: 135, // RFC 4861 §4.3
  neighborAdvertisement: 136, // RFC 4861 §4.4
  redirect: 137, // RFC 4861 §4.5
  listenerReport2: 143, // RFC 9777 §5.2
} as const

/** Neighbour discovery options. */
export const NdpOptionType = {
  sourceLinkLayerAddress: 1, // RFC 4861 §4.6.1
  targetLinkLayerAddress: 2, // RFC 4861 §4.6.1
  nonce: 14, // RFC 3971 §5.3.2, RFC 7527 §4.1
} as const

/** RFC 6335 registry. */
export const Port = {
  bgp: 179, // RFC 4271 §2
  bfdSingleHop: 3784, // RFC 5881 §4
  bfdMultiHop: 4784, // RFC 5883 §5
} as const

/** Link types of capture files: https://www.tcpdump.org/linktypes.html. */
export const LinkType = {
  null: 0, // BSD loopback, family in the byte order of the machine that captured
  ethernet: 1,
  raw: 101, // an IP packet, by its version nibble
  loop: 108, // OpenBSD loopback, family in network order
  linuxSll: 113, // Linux cooked capture
  ipv4: 228,
  ipv6: 229,
  linuxSll2: 276,
} as const
