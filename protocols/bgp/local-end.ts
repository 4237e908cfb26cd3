// Our end of a connection, RFC 4271 §5.1.3.
import type { Family } from '../net/address.ts'

/** Where a connection ends on our side, and by which addresses the peer reaches us from there. */
export type LocalEnd = {
  readonly address: string
  readonly nextHops: Readonly<Partial<Record<Family, readonly string[]>>> // IPv6: global, then link-local
}
