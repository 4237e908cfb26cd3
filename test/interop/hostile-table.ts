// The messages and manners that broke other speakers, row by row as the references of the project list them (peers.md §5.1 to
// §5.5), and what plays each here. Vectors are played whole, on the wire: by hostile.test.ts over TCP, by hostile-bfd.test.ts
// over UDP. The verdict of each stands in its vector or its story.

export type AttackRow = {
  readonly section: '5.1' | '5.2' | '5.3' | '5.4' | '5.5'
  readonly row: string // its first words there
  readonly vectors?: Readonly<Record<string, readonly string[]>> // titles, by file of test/vectors
  readonly stories?: Readonly<Record<string, readonly string[]>> // titles, by test file
}

const open = (...titles: readonly string[]) => ({ 'bgp-open-attack': titles })
const update = (...titles: readonly string[]) => ({ 'bgp-update-attack': titles })
const notification = (...titles: readonly string[]) => ({ 'bgp-notification': titles })
const bfd = (...titles: readonly string[]) => ({ bfd: titles })
const overTcp = (...titles: readonly string[]) => ({ 'test/interop/hostile.test.ts': titles })
const act = (...titles: readonly string[]) => ({ 'test/interop/hostile-acts.ts': titles })
const overUdp = (...titles: readonly string[]) => ({ 'test/interop/hostile-bfd.test.ts': titles })
const bfdAct = (...titles: readonly string[]) => ({ 'test/interop/hostile-bfd-acts.ts': titles })
const octets = (title: string, counts: readonly number[]) =>
  counts.map((count) => title.replace('#', String(count)))

const opens: readonly Omit<AttackRow, 'section'>[] = [
  {
    row: 'CVE-2022-40302',
    vectors: open('CVE-2022-40302: extended length 2, where a parameter header needs 3 octets'),
  },
  { row: 'CVE-2022-40318', vectors: open('CVE-2022-40318: an extended length larger than what follows') },
  {
    row: 'CVE-2022-43681',
    vectors: open('CVE-2022-43681: an OPEN of 29 octets that ends with option length 255'),
  },
  { row: 'GoBGP 0f5f9078 (2016)', vectors: open('GoBGP 0f5f9078: optional parameter length 1') },
  { row: 'GoBGP 388ef503 (2018)', vectors: open('GoBGP 388ef503: random octets as optional parameters') },
  {
    row: 'GoBGP 08a001e0 (2025)',
    vectors: open(
      'GoBGP 08a001e0: a software version of inner length 0',
      'GoBGP 08a001e0: a software version without its length',
      'GoBGP 08a001e0: a software version one octet longer than present',
    ),
  },
  {
    row: 'FRR b685ab5e1b, 5d7af51c4f, 0d079e01e5 (2024)',
    vectors: open(
      'FRR b685ab5e1b: an FQDN whose host name ends exactly where the capability does',
      'FRR b685ab5e1b: a dynamic CAPABILITY message',
    ),
  },
  {
    row: 'FRR 5fd5e49544 (2026)',
    vectors: open('FRR 5fd5e49544: 3,855 octets of unknown capabilities'),
  },
  {
    row: 'FRR 4af8ea984f (2026)',
    vectors: open('FRR 4af8ea984f: LLGR with a length that is no multiple of 7'),
  },
  {
    row: 'FRR 02a5da440b, e1eb4ba98a',
    vectors: open(...octets('FRR 02a5da440b: a four-octet AS of # octets', [0, 3, 5])),
  },
  {
    row: 'FRR 30a332dad8 (CVE-2024-31949)',
    vectors: open('FRR 30a332dad8, CVE-2024-31949: a GR capability with a bad AFI in it'),
  },
  {
    row: 'CVE-2012-1820',
    vectors: open('CVE-2012-1820: an ORF capability that lies about its entries'),
  },
  {
    row: 'general',
    vectors: {
      'bgp-open-attack': [
        'a zero-length capability of an unknown code',
        'the same capability 100 times is one',
      ],
      'bgp-open': [
        'a capability that crosses its parameter',
        'two different four-octet AS',
        'my AS 0',
        'AS 0 in the capability',
        'AS_TRANS without the capability',
        'AS_TRANS in the capability',
        'identifier 0.0.0.0',
        'hold time one second',
        'hold time two seconds',
      ],
    },
    stories: act('our own identifier, from another AS, is no fault (RFC 6286)'),
  },
]

const updates: readonly Omit<AttackRow, 'section'>[] = [
  {
    row: 'Attribute 28, 2 June 2023',
    vectors: update(
      'attribute 28 of 2 June 2023: an unknown transitive attribute with corrupt content is kept',
    ),
  },
  {
    row: 'CVE-2023-38802',
    vectors: update('CVE-2023-38802: Tunnel Encapsulation with corrupt content'),
  },
  {
    row: 'Attribute 40, 20 May 2025',
    vectors: update('attribute 40 of 20 May 2025: Prefix-SID of zeros on a normal /16'),
  },
  {
    row: 'Attribute 35 (OTC), 24 Oct 2025',
    vectors: update('attribute 35 of 24 October 2025: ONLY_TO_CUSTOMER with a length of 1,024'),
  },
  { row: 'CVE-2019-5892', vectors: update('CVE-2019-5892: attribute 255 of the DISCO experiment') },
  {
    row: 'CVE-2017-15865',
    vectors: update('CVE-2017-15865: an attribute length far beyond the message'),
  },
  { row: 'CVE-2023-41358', vectors: update('CVE-2023-41358: attributes of no octets, and NLRI') },
  {
    row: 'CVE-2023-46753',
    vectors: update('CVE-2023-46753: an unknown transitive attribute and nothing mandatory'),
  },
  {
    row: 'CVE-2023-46752',
    vectors: update('CVE-2023-46752: MP_REACH_NLRI with a next hop longer than the attribute'),
  },
  {
    row: 'CVE-2023-47234',
    vectors: update('CVE-2023-47234: an End-of-RIB with a malformed attribute'),
  },
  {
    row: 'CVE-2023-47235',
    vectors: update('CVE-2023-47235: MP_UNREACH_NLRI, NLRI behind it, and nothing mandatory'),
  },
  {
    row: 'CVE-2023-41359',
    vectors: update('CVE-2023-41359: an AIGP shorter than the header of its TLV'),
  },
  {
    row: 'CVE-2024-31948',
    vectors: update('CVE-2024-31948: Prefix-SID with an Originator SRGB of a bad length'),
  },
  {
    row: 'FRR e7bc47b501, 0f5834d499 (2024)',
    vectors: update(
      'FRR e7bc47b501: a link bandwidth shorter than 8 octets',
      'FRR 0f5834d499: an IPv6 link bandwidth shorter than 20 octets',
    ),
  },
  {
    row: 'FRR 32f91a88b6 (2023)',
    vectors: update('FRR 32f91a88b6: the same attribute twice', 'FRR 32f91a88b6: MP_REACH_NLRI twice'),
  },
  {
    row: 'FRR 70ff940fd1 (2023)',
    vectors: update('FRR 70ff940fd1: NLRI after an attribute that is treated as withdrawn'),
  },
  {
    row: 'FRR 761ed66524 (2019)',
    vectors: update(
      'FRR 761ed66524: NLRI with path identifiers where none were agreed on, or without where they were',
    ),
  },
  {
    row: 'CVE-2026-30405',
    vectors: update(...octets('CVE-2026-30405: NEXT_HOP of # octets', [0, 1, 2, 3])),
  },
  {
    row: 'CVE-2026-41643',
    vectors: {
      'bgp-update-attack': ['CVE-2026-41643: AS4_PATH before AS_PATH, malformed'],
      'bgp-update-two-octet-attack': [
        'AS4_PATH before AS_PATH, malformed',
        'AS4_PATH before AS_PATH, well-formed',
      ],
    },
  },
  { row: 'CVE-2026-41642', vectors: update('CVE-2026-41642: an unknown type flagged well-known') },
  {
    row: 'CVE-2026-37462 (9ce89366)',
    vectors: update(
      'CVE-2026-37462: a withdrawn routes length smaller than the prefix in it',
      'CVE-2026-37462: an attributes length smaller than the attribute in it',
    ),
  },
  {
    row: 'CVE-2026-37461',
    vectors: update('CVE-2026-37461: IPv6 EXTENDED COMMUNITIES shorter than 20'),
  },
  {
    row: 'GoBGP 9c13d68e (2026)',
    vectors: update('GoBGP 9c13d68e: an extended community of 8 octets whose subtype wants 20 is opaque'),
  },
  {
    row: 'GoBGP b6c58c87 (2026)',
    vectors: update(...octets('GoBGP b6c58c87: an inner TLV of # octets in Prefix-SID', [1, 2, 3, 4, 5])),
  },
  {
    row: 'GoBGP f9f7b55e (2026)',
    vectors: update('GoBGP f9f7b55e: an unknown sub-TLV is stepped over'),
  },
  {
    row: 'GoBGP 7b3e5553 (2026)',
    vectors: { 'bgp-update-ipv4': ['GoBGP 7b3e5553: a label stack without its bottom'] },
  },
  {
    row: 'GoBGP 173621ff (2026)',
    vectors: update('GoBGP 173621ff: MP_REACH_NLRI with a next hop of no octets'),
  },
  {
    row: 'GoBGP 15f0c50a (2019)',
    vectors: update(
      'GoBGP 15f0c50a: an AS_PATH segment beyond the attribute',
      'GoBGP 15f0c50a: an AS_PATH of odd length',
    ),
  },
  { row: 'BIRD 775a5a819', vectors: update('BIRD 775a5a819: an AS_PATH with an empty segment') },
  { row: 'BIRD 66370eac1', vectors: update('BIRD 66370eac1: attributes, but no NLRI') },
  {
    row: 'BIRD 3d96db91a (2026-07)',
    vectors: update('BIRD 3d96db91a: a flowspec rule is kept, not parsed'),
  },
  {
    row: 'FRR a2ae427708 (2026)',
    stories: act('a prefix limit of 32 bits is none, and one of two is one'),
  },
  {
    row: 'NLRI edges',
    vectors: {
      'bgp-update-attack': [
        'a prefix length of 33',
        'a prefix length of 255 with nothing behind',
        'an IPv6 prefix length of 129',
        'a truncated last prefix',
        '65,535 octets without extended messages',
      ],
      'bgp-update': ['bits set beyond the mask mean nothing', 'prefixes of every size of octets'],
      'bgp-open': [
        'a marker that is not all ones',
        'a length of 18',
        'a length of 4,097 without extended messages',
        'message type 0',
        'message type 6',
        'message type 255',
      ],
    },
    stories: act('4,096 octets full of default routes are one route'),
  },
]

const sessions: readonly Omit<AttackRow, 'section'>[] = [
  {
    row: 'BIRD 8388f5a7e (2019, CVE-2019-16159)',
    vectors: notification(
      'CVE-2019-16159: a shutdown text of 255 octets',
      'a shutdown text longer than the message',
      'a shutdown text that is no UTF-8',
    ),
  },
  {
    row: 'FRR 7a110595c5, 6ae21da9bf (2026)',
    vectors: notification(
      'FRR 7a110595c5: a filter longer than the message',
      'FRR 6ae21da9bf: a filter cut off in its header',
    ),
    stories: act('a storm of ROUTE-REFRESH is answered, and ends with each answer'),
  },
  {
    row: 'BIRD 9784c76c9 (2025)',
    stories: act('whoever is no peer any more is not answered, while others are listened for'),
  },
  {
    row: 'BIRD 0e55258d6 (2026)',
    stories: overTcp('a peer that does not read, at a hold time of ${holdTimeS} s'),
  },
  {
    row: 'rustbgpd #1495 (2026)',
    stories: overTcp('without the key', 'with a TTL below the least'),
  },
  { row: 'kube-router < 2.9', stories: act('nothing but BGP listens: no gossip, and no command port') },
  {
    row: 'Cilium',
    stories: {
      'test/e2e/bgp.test.ts': [
        'a password comes from its Secret, and without the Secret there is no session',
      ],
      'reconcilers/peers.test.ts': [
        'by a process that reads no Secrets, rather than one without the password',
      ],
    },
  },
  {
    row: 'MetalLB',
    stories: {
      'test/interop/engine.test.ts': ['the journal of a session says what happened, and no password'],
      'operator/cli/plan.test.ts': ['shows no password, however its field is called'],
      'crds/bgp-peer.test.ts': ['a password never stands in an objection'],
    },
  },
  {
    row: 'slow peer',
    stories: overTcp('a peer that does not read, at a hold time of ${holdTimeS} s'),
  },
  {
    row: 'half-open flood, collision, 10,000 connects per second from unconfigured addresses',
    stories: {
      ...act('thousands of half-open connections in the name of a peer keep no other one out'),
      ...overTcp(
        '2,000 connections of the peer itself, one upon the other, leave one session',
        '10,000 connects from addresses that are no peers are not answered',
      ),
    },
  },
]

const bfds: readonly Omit<AttackRow, 'section'>[] = [
  {
    row: 'control-packet length checked before session look-up (d6f779ebbc, f067ab5d9f)',
    vectors: bfd('a length below 24', 'a length above what came'),
  },
  { row: 'version bits (3f658e8b1c)', vectors: bfd('version 0') },
  { row: 'M flag must be 0 (665ec41339)', vectors: bfd('the multipoint bit') },
  {
    row: 'auth section length (ef88ba3127)',
    vectors: bfd(
      'an auth len that is not what Length leaves',
      'keyed SHA1 with the digest of MD5',
      'a password of 17 bytes',
    ),
  },
  {
    row: 'auth bit set with no auth section (98707b04d4)',
    vectors: bfd('authentication announced, and no room for it'),
  },
  {
    row: 'demultiplex only on Your Discriminator when non-zero (b2ab620121)',
    stories: bfdAct(
      'the discriminator of another session is no way into it: the address counts too, and the key',
    ),
  },
  {
    row: 'Your Discriminator 0 only in Down/AdminDown',
    vectors: bfd('up, and your discriminator 0'),
  },
  { row: 'detect multiplier 0', vectors: bfd('detect mult 0') },
  { row: 'My Discriminator 0', vectors: bfd('my discriminator 0') },
  {
    row: 'passive mode with zero discriminator (17d576e897)',
    stories: bfdAct(
      'a passive session is begun by Down and by nothing else that has no discriminator of ours',
    ),
  },
  {
    row: 'echo packet length and offset (447ffc214f, 3a702f06b3)',
    stories: bfdAct('echo packets of any length are nobody’s'),
  },
  {
    row: 'TTL ≠ 255 on single hop',
    stories: overUdp('what came through a router, or from nobody we know, is dropped by the kernel'),
  },
  {
    row: 'wrong source port accepted',
    stories: bfdAct('no source port makes up for the key, and no key but the one agreed on is one'),
  },
  {
    row: 'keychain accepting any key (8686d941a2, 2026)',
    vectors: bfd('an authentication type that nobody knows', 'the reserved byte of a keyed digest'),
    stories: bfdAct('no source port makes up for the key, and no key but the one agreed on is one'),
  },
  {
    row: 'integer overflow of intervals (46da676a62)',
    stories: bfdAct('intervals and multipliers at both ends are what they say, and no timer runs over'),
  },
  {
    row: 'BIRD 509d0f3b8: password list freed on reload',
    stories: bfdAct('keys that change while packets come are the new ones at once, and the old ones no more'),
  },
  {
    row: 'Flood: BFD packets at 100k/s from spoofed source',
    stories: overUdp('of strangers', 'in the router’s name, without the key'),
  },
]

/** Herald speaks no gossip: members are known by their Leases. So there is nobody to send these to. */
const gossips: readonly Omit<AttackRow, 'section'>[] = [
  'unbounded LZW decompression (#362/#363)',
  'index of an empty decompressed buffer (#369)',
  'nil version vector (#368)',
  'earlier malformed-input panics (7a84acf, 2021)',
  'gossip without any key (Antrea until 2.7)',
].map((row) => ({ row, stories: act('nothing but BGP listens: no gossip, and no command port') }))

export const attackRows: readonly AttackRow[] = [
  ...opens.map((each) => ({ section: '5.1', ...each }) as const),
  ...updates.map((each) => ({ section: '5.2', ...each }) as const),
  ...sessions.map((each) => ({ section: '5.3', ...each }) as const),
  ...bfds.map((each) => ({ section: '5.4', ...each }) as const),
  ...gossips.map((each) => ({ section: '5.5', ...each }) as const),
]
