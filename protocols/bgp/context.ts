// What two speakers agreed on by their OPENs, as far as it changes how bytes are read and written.

/** An address family of BGP: AFI and SAFI, RFC 4760 §6 and §7. */
export type AddressFamily = { readonly afi: number; readonly safi: number }

export type Context = {
  readonly fourOctetAs: boolean // both sent the capability, RFC 6793 §4.1
  readonly extendedMessage: boolean // the receiver of the message said it takes 65,535 octets, RFC 8654 §4
  readonly peer: 'internal' | 'external' | 'any' // any: what only one of them may say passes
  readonly families: 'any' | readonly AddressFamily[] // any: a viewer that saw no OPEN
}

export const messageLimit = 4096 // RFC 4271 §4.1
export const extendedMessageLimit = 65535 // RFC 8654 §3

/** A modern external session before and without an agreement on families: for viewers and tests. */
export const anyContext: Context = {
  fourOctetAs: true,
  extendedMessage: false,
  peer: 'external',
  families: 'any',
}

/** For who looks on and knows neither of the two. */
export const viewerContext: Context = { ...anyContext, extendedMessage: true, peer: 'any' }

export function agreesOn(context: Context, family: AddressFamily): boolean {
  if (context.families === 'any') return true
  return context.families.some(({ afi, safi }) => afi === family.afi && safi === family.safi)
}
