// What MetalLB's webhooks refuse: BGPPeers.
import { peer, zoneA } from './case.ts'
import type { Case } from './case.ts'

export const peerCases: readonly Case[] = [
  {
    title: 'a peer',
    by: 'nobody',
    object: peer('r-good', { peerAddress: '10.30.0.1', holdTime: '90s', keepaliveTime: '30s' }),
  },
  {
    title: 'a peer without an own AS',
    by: 'policy',
    object: peer('r-0', { peerAddress: '10.30.0.2', myASN: 0 }),
    message: /myASN is required/,
  },
  { title: 'an own AS that is a text', by: 'schema', object: peer('r-text', { myASN: 'mine' }) },
  {
    title: 'no AS of the peer',
    by: 'policy',
    object: peer('r-noasn', { peerAddress: '10.30.0.3', peerASN: 0 }),
    message: /peerASN is required/,
  },
  {
    title: 'two ASs of the peer',
    by: 'policy',
    object: peer('r-twoasn', { peerAddress: '10.30.0.4', dynamicASN: 'external' }),
    message: /dynamicASN must be absent/,
  },
  {
    title: 'a dynamic AS that is none',
    by: 'schema',
    object: peer('r-dynamic', { peerASN: 0, dynamicASN: 'any' }),
  },
  {
    title: 'several hops within one AS',
    by: 'policy',
    object: peer('r-hops', { peerAddress: '10.30.0.5', peerASN: 64512, ebgpMultiHop: true }),
    message: /ebgpMultiHop is for peers of another AS/,
  },
  {
    title: 'a peer that is nowhere',
    by: 'policy',
    object: peer('r-nowhere', { peerAddress: '' }),
    message: /peerAddress is required/,
  },
  {
    title: 'a peer in two places',
    by: 'policy',
    object: peer('r-places', { peerAddress: '10.30.0.6', interface: 'eth0' }),
    message: /interface must be absent/,
  },
  {
    title: 'an address that is none',
    by: 'policy',
    object: peer('r-address', { peerAddress: '10.30.0.256' }),
    message: /peerAddress must be an IP address/,
  },
  {
    title: 'a source that is no address',
    by: 'policy',
    object: peer('r-source', { peerAddress: '10.30.0.7', sourceAddress: 'eth0' }),
    message: /sourceAddress must be an IP address/,
  },
  {
    title: 'a router ID that is none',
    by: 'policy',
    object: peer('r-id', { peerAddress: '10.30.0.8', routerID: 'one' }),
    message: /routerID must have the form/,
  },
  {
    title: 'a hold time of two seconds',
    by: 'policy',
    object: peer('r-hold', { peerAddress: '10.30.0.9', holdTime: '2s' }),
    message: /holdTime must be 0s or at least 3s/,
  },
  {
    title: 'keepalives rarer than the hold time',
    by: 'policy',
    object: peer('r-keep', { peerAddress: '10.30.0.10', holdTime: '9s', keepaliveTime: '10s' }),
    message: /keepaliveTime must not be longer/,
  },
  {
    title: 'two passwords',
    by: 'policy',
    object: peer('r-password', { peerAddress: '10.30.0.11', password: 'x', passwordSecret: { name: 'y' } }),
    message: /password must be absent/,
  },
  {
    title: 'a node selector of a peer twice',
    by: 'policy',
    object: peer('r-nodes', { peerAddress: '10.30.0.12', nodeSelectors: [zoneA, zoneA] }),
    message: /nodeSelectors names the same selector twice/,
  },
  {
    title: 'a second peer for one session',
    by: 'policy',
    standing: peer('r1-old', { peerAddress: '10.31.0.1' }),
    object: peer('r1-new', { peerAddress: '10.31.0.1' }),
    message: /BGPPeer r1-new and BGPPeer r1-old mean one session/,
  },
  {
    title: 'a second session by another port',
    by: 'nobody',
    standing: peer('r2-old', { peerAddress: '10.31.0.2' }),
    object: peer('r2-new', { peerAddress: '10.31.0.2', peerPort: 1790 }),
  },
  {
    title: 'a second peer written in another way',
    by: 'verdict',
    standing: peer('r3-old', { peerAddress: 'fd00:31::1' }),
    object: peer('r3-new', { peerAddress: 'fd00:31:0::1' }),
  },
  // MetalLB refuses these in some of its modes: with FRR peers that differ so, in its native mode what follows them.
  {
    title: 'two peers with a router ID each',
    by: 'nobody',
    standing: peer('r4-old', { peerAddress: '10.31.0.4', routerID: '10.31.0.1' }),
    object: peer('r4-new', { peerAddress: '10.31.0.5', routerID: '10.31.0.2' }),
  },
  {
    title: 'two peers with an own AS each',
    by: 'nobody',
    standing: peer('r5-old', { peerAddress: '10.31.0.6', myASN: 64600 }),
    object: peer('r5-new', { peerAddress: '10.31.0.7', myASN: 64601 }),
  },
  {
    title: 'what needed FRR: a dynamic AS, graceful restart, a time to connect, keepalives',
    by: 'nobody',
    object: peer('r-frr', {
      peerAddress: '10.31.0.8',
      peerASN: 0,
      dynamicASN: 'external',
      enableGracefulRestart: true,
      connectTime: '10s',
      keepaliveTime: '10s',
    }),
  },
  {
    title: 'a profile for BFD that is not there',
    by: 'verdict',
    object: peer('r-bfd', { peerAddress: '10.31.0.9', bfdProfile: 'nowhere' }),
  },
  {
    title: 'an interval of BFD that is too short for any',
    by: 'schema',
    object: { kind: 'BFDProfile', name: 'f-short', spec: { receiveInterval: 1 } },
  },
]
