// The schemas of BGPPeer: v1beta2, which is stored, and v1beta1, which MetalLB's users may still write.
//
// There is no conversion webhook: the API server rewrites apiVersion and drops what the other version's schema does
// not know. So that nothing is lost on the way through v1beta1 and back, its schema knows every field of v1beta2,
// and each of the two takes whatever the other can hold. Three things are looser for that than in MetalLB's schemas:
//   v1beta1 peerASN, peerAddress      not required: a peer may have dynamicASN or interface instead
//   v1beta1 nodeSelectors[].values    not required, may be empty: Exists and DoesNotExist have none
//   v1beta2 peerPort                  0 is taken, and means 179: v1beta1 takes it
import { bgpPeerKind, roles, transports } from './bgp-peer.ts'
import type { Definition } from './definition.ts'
import { column, userColumns } from './definition.ts'
import type { Properties, Schema } from './schema.ts'
import {
  flag,
  list,
  mapOfText,
  object,
  plainText,
  root,
  selectors,
  text,
  userStatus,
  whole,
} from './schema.ts'

const asNumber = { format: 'int64', minimum: 0, maximum: 0xffffffff } as const

const peerPort = 'TCP port of the peer; 0 is 179, the usual one.'

/** What MetalLB does not have; all of it optional. */
const additions: Properties = {
  transport: text(
    'How the bytes get to the peer: Kernel, by a TCP socket of the node, or Packet, by segments that the speaker makes ' +
      'itself, which leaves the port 179 of the node to others and needs nothing of its kernel. Kernel if it is not said.',
    { enum: transports },
  ),
  listen: flag(
    'Whether the peer may open the session too; without it only this side does, and no port of the node is taken.',
  ),
  ttlSecurityHops: whole(
    'How many hops away the peer is, at most: packets that have come farther are dropped (GTSM, RFC 5082). ' +
      'The peer must be set so too; 1 is a peer on the same link. In place of ebgpMultiHop.',
    { format: 'int32', minimum: 1, maximum: 254 },
  ),
  role: text('What this side is to the peer (RFC 9234); the two are held against each other.', {
    enum: roles,
  }),
  strictRole: flag('Whether there is no session with a peer that names no role. Together with role.'),
  prefixLimit: whole(
    'How many routes of each address family the peer may send; beyond that the session ends. None is used.',
    { format: 'int32', minimum: 1 },
  ),
  restartTime: text(
    'How long the peer keeps the routes while this side restarts, from 1s to 4095s; 120s if it is not said. ' +
      'Together with enableGracefulRestart.',
  ),
  longLivedStaleTime: text(
    'How much longer after that the peer keeps them as a last resort (RFC 9494), from 0s to 16777215s. ' +
      'Together with enableGracefulRestart.',
  ),
}

const shared: Properties = {
  myASN: whole('AS number of this side.', asNumber),
  peerASN: whole('AS number that the peer must have. Either this or dynamicASN.', asNumber),
  dynamicASN: text(
    'Takes the AS number that the peer says: internal, if it must be that of this side, or external, if it must be another. ' +
      'Either this or peerASN.',
    { enum: ['internal', 'external'] },
  ),
  localASN: whole('AS number that this peer sees in place of myASN.', { ...asNumber, minimum: 1 }),
  peerAddress: text('IP address of the peer. Either this or interface.'),
  interface: text(
    'Name of the network interface behind which the peer is found, by its link-local address. Either this or peerAddress.',
  ),
  sourceAddress: text(
    'IP address of the node from which the session is opened; without it the kernel chooses.',
  ),
  holdTime: text(
    'After how long a silence of the peer the session ends: 0s, which is never, or 3s and more, such as 90s.',
  ),
  keepaliveTime: text('How often a sign of life is sent; a third of holdTime if it is not said.'),
  connectTime: text('How long to wait between attempts to reach the peer: whole seconds from 1s to 65535s.', {
    'x-kubernetes-validations': [
      {
        rule: 'duration(self).getSeconds() >= 1 && duration(self).getSeconds() <= 65535',
        message: 'connectTime must be from 1s to 65535s',
      },
      {
        rule: 'duration(self).getMilliseconds() % 1000 == 0',
        message: 'connectTime must be a whole number of seconds',
      },
    ],
  }),
  routerID: text(
    'BGP identifier of this side, in the form of an IPv4 address; without it one is derived from the addresses of the node.',
  ),
  password: text('Password of the session (TCP-MD5), readable by whoever may read this object.'),
  passwordSecret: object(
    'The Secret that holds the password of the session (TCP-MD5): of type kubernetes.io/basic-auth, under the key password.',
    {
      name: text('Name of the Secret.'),
      namespace: text('Not read: the Secret must be in the namespace of this object.'),
    },
    { 'x-kubernetes-map-type': 'atomic' },
  ),
  bfdProfile: text(
    'Name of the BFDProfile by which the way to the peer is watched; without it BFD is not used. It is watched over ' +
      'several hops where ebgpMultiHop is true, where ttlSecurityHops is above 1, and for a peer of the own AS that is ' +
      'in no network of the node; else over one.',
  ),
  enableGracefulRestart: flag(
    'Asks the peer to keep the routes while this side restarts. It cannot be changed while it is set.',
    {
      'x-kubernetes-validations': [
        { rule: 'self == oldSelf', message: 'enableGracefulRestart cannot be changed after creation' },
      ],
    },
  ),
  ebgpMultiHop: flag('Whether a peer of another AS may be more than one hop away.'),
  vrf: text('Name of the VRF device of the node in which the peer is reached.'),
  ...additions,
}

const disableMP = 'Has no effect; taken so that older manifests apply. See dualStackAddressFamily.'
const dualStack = 'Whether IPv4 and IPv6 routes are both told over this one session.'
const nodeSelectors = 'Selects the nodes that keep a session with this peer; without it every node does.'

const specV1beta2 = object(
  'The peer, and how the session is kept.',
  {
    ...shared,
    peerPort: whole(peerPort, { minimum: 0, maximum: 16384, default: 179 }),
    disableMP: flag(disableMP, { default: false }),
    dualStackAddressFamily: flag(dualStack, { default: false }),
    nodeSelectors: selectors(nodeSelectors),
  },
  { required: ['myASN'] },
)

// MetalLB's older kind of selector: the same shape, nothing said of how it merges.
const olderSelector: Schema = object('Selects by label: all parts of it must hold.', {
  matchExpressions: list(
    'Requirements that must all hold.',
    object(
      'One requirement on the labels of a node.',
      {
        key: text('The label that is looked at.'),
        operator: text('How the label is compared: In, NotIn, Exists or DoesNotExist.'),
        values: list('What the label is compared with.', plainText),
      },
      { required: ['key', 'operator'] },
    ),
  ),
  matchLabels: mapOfText('Labels that must all be there, with exactly these values.'),
})

const specV1beta1 = object(
  'The peer, and how the session is kept.',
  {
    ...shared,
    peerPort: whole(peerPort, { minimum: 0, maximum: 16384 }),
    disableMP: flag(disableMP),
    dualStackAddressFamily: flag(dualStack),
    nodeSelectors: list(nodeSelectors, olderSelector),
  },
  { required: ['myASN'] },
)

const columns = userColumns(
  [
    column('Address', '.spec.peerAddress', { description: 'Where the peer is' }),
    column('ASN', '.spec.peerASN', { description: 'AS number of the peer' }),
    column('BFD Profile', '.spec.bfdProfile', { description: 'How the way to the peer is watched' }),
    column('Nodes', '.status.nodes', { type: 'integer', description: 'Nodes that are to keep a session' }),
    column('Established', '.status.established', {
      type: 'integer',
      description: 'Nodes whose session is established',
    }),
  ],
  [
    column('Interface', '.spec.interface', { description: 'Where the peer is, if unnumbered' }),
    column('Multi Hops', '.spec.ebgpMultiHop', { description: 'May be more than one hop away' }),
  ],
)

const about = 'A router that nodes keep a BGP session with.'

const missing = object(
  'One node without the session.',
  {
    node: text('Name of the node.'),
    reason: text('Why, as one word for programs; docs/reasons.md explains each.'),
    message: text('Why, in a sentence for people.'),
  },
  { required: ['node'] },
)

const status = object('What became of it.', {
  ...userStatus,
  nodes: whole('How many nodes are to keep a session with the peer.', { format: 'int32', minimum: 0 }),
  established: whole('How many of them have one that is established.', { format: 'int32', minimum: 0 }),
  notEstablished: list('The first 20 of the others, by name.', missing, {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['node'],
  }),
})

export const bgpPeerDefinition: Definition = {
  name: bgpPeerKind,
  shortNames: ['bgpp'],
  versions: [
    {
      name: 'v1beta1',
      deprecationWarning: 'metallb.io/v1beta1 BGPPeer is deprecated, please use metallb.io/v1beta2',
      columns,
      schema: root(about, { spec: specV1beta1, status }),
    },
    { name: 'v1beta2', columns, schema: root(about, { spec: specV1beta2, status }) },
  ],
}
