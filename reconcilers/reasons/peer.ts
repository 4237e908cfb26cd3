// Why a node keeps no session with a router, or not all of it.
import type { ReasonText } from './reason-text.ts'

export const peerReasons = {
  SecretNotFound: {
    cause: 'The Secret that is to hold the password does not exist; without it there is no session.',
    cure: 'Create it in the namespace of Herald, or correct spec.passwordSecret.',
  },
  SecretUnusable: {
    cause:
      'The Secret exists, but is of another type or has no password in it; without it there is no session.',
    cure: 'Create it with the type kubernetes.io/basic-auth and the key password.',
  },
  SecretNotRead: {
    cause: 'The password is in a Secret, which only the speakers read.',
    cure: 'Nothing to do: ask a speaker.',
  },
  DuplicatePeer: {
    cause:
      'An older BGPPeer means the same session: the same address or interface, port, VRF and source address.',
    cure: 'Delete one of the two, or give one another sourceAddress.',
  },
  SessionDown: {
    cause: 'The session with the router is not established; the message says why, as far as it is known.',
    cure: 'See whether the router is reachable, is set up for this node, and has the same AS numbers and password.',
  },
  VRFNotFound: {
    cause: 'The BGPPeer names a VRF (or an interface) that the node has not; the session waits for it.',
    cure: 'Make the VRF on the node, correct spec.vrf, or let nodeSelectors leave that node out.',
  },
  CannotListen: {
    cause:
      'Peers are to connect to the node (listen: true), and its port cannot be opened; the message says why.',
    cure: 'Give the speaker NET_BIND_SERVICE (deploy/overlays/bgp-listen), free the port, or leave listen out: the node dials.',
  },
  RoutesWithheld: {
    cause: 'The session is established, and some routes cannot be told over it.',
    cure: 'See the message; as a rule both sides must have the address family switched on.',
  },
  BFDNotUp: {
    cause:
      'The session is established, and BFD does not watch the way to the router: a loss of it is seen by the hold time only.',
    cure: 'See the message. The router must have BFD switched on for this node, with one hop or several as here, and the same key. Packets that are dropped for their TTL need a lower minimumTtl in the BFDProfile: BIRD sends those of several hops with 64.',
  },
  ReceivedRoutesNotKept: {
    cause:
      'The router tells more routes than a speaker keeps to show them. It uses none; those beyond are counted, and one that is told again counts again.',
    cure: 'Let the router tell this node no routes, or few. A prefixLimit on the BGPPeer ends sessions that go beyond it instead.',
  },
  ChangedAtNextOpen: {
    cause:
      'A setting was changed that routers hear only when a session begins; the running session keeps the old one.',
    cure: 'Nothing, if it may wait; else let the router end the session, or delete the BGPPeer and create it again.',
  },
  UnknownBFDProfile: {
    cause: 'The BGPPeer names a BFDProfile that does not exist; its sessions are kept without BFD.',
    cure: 'Create the BFDProfile, or correct spec.bfdProfile.',
  },
} as const satisfies Readonly<Record<string, ReasonText>>
