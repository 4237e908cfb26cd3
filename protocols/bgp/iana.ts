// Code points of BGP, each once, with the RFC that assigned it (IANA registries "BGP Parameters",
// "Capability Codes", "Address Family Numbers", "BGP Extended Communities").

export const MessageType = {
  open: 1, // RFC 4271 §4.1
  update: 2,
  notification: 3,
  keepalive: 4,
  routeRefresh: 5, // RFC 2918 §3
} as const

export const Afi = {
  ipv4: 1, // RFC 4760 §7
  ipv6: 2,
} as const

export const Safi = {
  unicast: 1, // RFC 4760 §6
  multicast: 2,
  labeledUnicast: 4, // RFC 8277 §2
  mplsVpn: 128, // RFC 4364 §4.3.4
} as const

export const ErrorCode = {
  messageHeader: 1, // RFC 4271 §4.5
  open: 2,
  update: 3,
  holdTimerExpired: 4,
  finiteStateMachine: 5,
  cease: 6,
  routeRefresh: 7, // RFC 7313 §5
  sendHoldTimerExpired: 8, // RFC 9687 §5
} as const

export const HeaderSubcode = {
  connectionNotSynchronized: 1, // RFC 4271 §6.1
  badMessageLength: 2,
  badMessageType: 3,
} as const

export const OpenSubcode = {
  unspecific: 0, // RFC 4271 §6.2
  unsupportedVersionNumber: 1,
  badPeerAs: 2,
  badBgpIdentifier: 3,
  unsupportedOptionalParameter: 4,
  unacceptableHoldTime: 6,
  unsupportedCapability: 7, // RFC 5492 §5
  roleMismatch: 11, // RFC 9234 §4.2
} as const

export const UpdateSubcode = {
  malformedAttributeList: 1, // RFC 4271 §6.3
  unrecognizedWellKnownAttribute: 2,
  missingWellKnownAttribute: 3,
  attributeFlagsError: 4,
  attributeLengthError: 5,
  invalidOrigin: 6,
  invalidNextHop: 8,
  optionalAttributeError: 9,
  invalidNetworkField: 10,
  malformedAsPath: 11,
} as const

export const FsmSubcode = {
  unexpectedInOpenSent: 1, // RFC 6608 §3
  unexpectedInOpenConfirm: 2,
  unexpectedInEstablished: 3,
} as const

export const CeaseSubcode = {
  maximumPrefixes: 1, // RFC 4486 §4
  administrativeShutdown: 2,
  peerDeconfigured: 3,
  administrativeReset: 4,
  connectionRejected: 5,
  otherConfigurationChange: 6,
  connectionCollision: 7,
  outOfResources: 8,
  hardReset: 9, // RFC 8538 §3
  bfdDown: 10, // RFC 9384 §3
} as const

export const RouteRefreshSubcode = {
  invalidMessageLength: 1, // RFC 7313 §5
} as const

export const AttributeType = {
  origin: 1, // RFC 4271 §5.1.1
  asPath: 2, // RFC 4271 §5.1.2
  nextHop: 3, // RFC 4271 §5.1.3
  multiExitDisc: 4, // RFC 4271 §5.1.4
  localPref: 5, // RFC 4271 §5.1.5
  atomicAggregate: 6, // RFC 4271 §5.1.6
  aggregator: 7, // RFC 4271 §5.1.7
  communities: 8, // RFC 1997
  originatorId: 9, // RFC 4456 §8
  clusterList: 10, // RFC 4456 §8
  mpReach: 14, // RFC 4760 §3
  mpUnreach: 15, // RFC 4760 §4
  extendedCommunities: 16, // RFC 4360 §2
  as4Path: 17, // RFC 6793 §3
  as4Aggregator: 18, // RFC 6793 §3
  tunnelEncapsulation: 23, // RFC 9012 §2
  ipv6ExtendedCommunities: 25, // RFC 5701 §2
  aigp: 26, // RFC 7311 §3
  largeCommunities: 32, // RFC 8092 §3
  onlyToCustomer: 35, // RFC 9234 §5
  prefixSid: 40, // RFC 8669 §3
} as const

export const AttributeFlag = {
  optional: 0x80, // RFC 4271 §4.3
  transitive: 0x40,
  partial: 0x20,
  extendedLength: 0x10,
} as const

export const Origin = { igp: 0, egp: 1, incomplete: 2 } as const // RFC 4271 §4.3

export const AsSegmentType = {
  set: 1, // RFC 4271 §4.3
  sequence: 2,
  confederationSequence: 3, // RFC 5065 §3
  confederationSet: 4,
} as const

/** Stands in two-octet fields for an AS that does not fit, RFC 6793 §9. */
export const asTrans = 23456

export const CapabilityCode = {
  multiprotocol: 1, // RFC 4760 §8
  routeRefresh: 2, // RFC 2918 §2
  outboundRouteFiltering: 3, // RFC 5291 §5
  extendedNextHop: 5, // RFC 8950 §4
  extendedMessage: 6, // RFC 8654 §3
  role: 9, // RFC 9234 §4.1
  gracefulRestart: 64, // RFC 4724 §3
  fourOctetAs: 65, // RFC 6793 §3
  addPath: 69, // RFC 7911 §4
  enhancedRouteRefresh: 70, // RFC 7313 §3.1
  longLivedGracefulRestart: 71, // RFC 9494 §3.1
  fqdn: 73, // draft-walton-bgp-hostname-capability
  softwareVersion: 75, // draft-abraitis-bgp-version-capability
} as const

export const OptionalParameter = {
  capabilities: 2, // RFC 5492 §4
  extendedLength: 255, // RFC 9072 §2
} as const

export const Role = {
  provider: 0, // RFC 9234 §4.1
  routeServer: 1,
  routeServerClient: 2,
  customer: 3,
  peer: 4,
} as const

export const GracefulRestartFlag = {
  restartState: 0x8, // RFC 4724 §3
  notification: 0x4, // RFC 8538 §2
} as const

/** Of the four octets for each family: forwarding state was preserved, RFC 4724 §3. */
export const forwardingPreserved = 0x80

export const RefreshSubtype = {
  normal: 0, // RFC 7313 §3.2
  begin: 1,
  end: 2,
} as const

export const wellKnownCommunities = {
  '65535:0': 'GRACEFUL_SHUTDOWN', // RFC 8326 §4
  '65535:1': 'ACCEPT_OWN', // RFC 7611
  '65535:6': 'LLGR_STALE', // RFC 9494 §3.4
  '65535:7': 'NO_LLGR', // RFC 9494 §3.4
  '65535:666': 'BLACKHOLE', // RFC 7999 §5
  '65535:65281': 'NO_EXPORT', // RFC 1997
  '65535:65282': 'NO_ADVERTISE',
  '65535:65283': 'NO_EXPORT_SUBCONFED',
  '65535:65284': 'NOPEER', // RFC 3765 §3
} as const

export const gracefulShutdownCommunity = '65535:0' // RFC 8326 §4

export const ExtendedCommunityType = {
  twoOctetAs: 0x00, // RFC 4360 §3.1
  ipv4Address: 0x01, // RFC 4360 §3.2
  fourOctetAs: 0x02, // RFC 5668 §2
  opaque: 0x03, // RFC 4360 §3.3
  nonTransitiveTwoOctetAs: 0x40, // RFC 4360 §3.1
} as const

export const ExtendedCommunitySubtype = {
  routeTarget: 0x02, // RFC 4360 §4
  routeOrigin: 0x03, // RFC 4360 §5
  linkBandwidth: 0x04, // draft-ietf-idr-link-bandwidth §2
} as const

/** The name of a code point, or its number: `nameOf(MessageType, 2)` is 'update'. */
export function nameOf(table: Readonly<Record<string, number>>, code: number): string {
  return Object.entries(table).find(([, value]) => value === code)?.[0] ?? String(code)
}
