// The schemas of BGPPeer: v1beta2, which is stored, and v1beta1, which MetalLB's users may still write.
//
// There is no conversion webhook: the API server rewrites apiVersion and drops what the other version's schema does
// not know. So that nothing is lost on the way through v1beta1 and back, its schema knows every field of v1beta2,
// and each of the two takes whatever the other can hold. Three things are looser for that than in MetalLB's schemas:
//   v1beta1 peerASN, peerAddress      not required: a peer may have dynamicASN or interface instead
//   v1beta1 nodeSelectors[].values    not required, may be empty: Exists and DoesNotExist have none
//   v1beta2 peerPort                  0 is taken, and means 179: v1beta1 takes it
import { bgpPeerKind } from './bgp-peer.ts'
import type { Definition } from './definition.ts'
import { ageColumn, column, readyColumn, reasonColumn, wide } from './definition.ts'
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
    'Name of the BFDProfile by which the way to the peer is watched; without it BFD is not used.',
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

const columns = [
  column('Address', '.spec.peerAddress', { description: 'Where the peer is' }),
  column('ASN', '.spec.peerASN', { description: 'AS number of the peer' }),
  column('BFD Profile', '.spec.bfdProfile', { description: 'How the way to the peer is watched' }),
  readyColumn,
  ageColumn,
  reasonColumn,
  wide(column('Interface', '.spec.interface', { description: 'Where the peer is, if unnumbered' })),
  wide(column('Multi Hops', '.spec.ebgpMultiHop', { description: 'May be more than one hop away' })),
]

const about = 'A router that nodes keep a BGP session with.'
const status = object('What became of it.', userStatus)

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
