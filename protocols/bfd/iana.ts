// Code points of BFD (RFC 5880 §4.1, §4.4; IANA "BFD Parameters").

/** RFC 5880 §4.1, Sta. */
export const BfdState = { adminDown: 0, down: 1, init: 2, up: 3 } as const
export type BfdState = keyof typeof BfdState

/** RFC 5880 §4.1, Diag. Codes that are not here are kept as numbers. */
export const Diagnostic = {
  none: 0,
  detectionTimeExpired: 1,
  echoFailed: 2,
  neighborSignaledDown: 3,
  forwardingPlaneReset: 4,
  pathDown: 5,
  concatenatedPathDown: 6,
  administrativelyDown: 7,
  reverseConcatenatedPathDown: 8,
} as const

/** RFC 5880 §4.1, Auth Type. */
export const AuthenticationType = {
  simplePassword: 1,
  keyedMd5: 2,
  meticulousKeyedMd5: 3,
  keyedSha1: 4,
  meticulousKeyedSha1: 5,
} as const
export type AuthenticationType = keyof typeof AuthenticationType

export const bfdVersion = 1

/** RFC 5881 §4, RFC 5883 §5. */
export const BfdPort = { singleHop: 3784, multihop: 4784 } as const

/** RFC 5881 §4: source ports of both single hop and multihop sessions. */
export const bfdSourcePorts = { first: 49152, last: 65535 } as const
