// The speaker whose traces these are: AS 65001 towards AS 65002, every jitter at its longest.
import type { SessionConfig } from '../../../protocols/bgp/config.ts'
import type { LocalEnd } from '../../../protocols/bgp/local-end.ts'

export const speaker: SessionConfig = {
  localAs: 65001,
  peerAs: 65002,
  identifier: '192.0.2.1',
  families: ['IPv4', 'IPv6'],
  holdTimeS: 90,
  passive: false,
  connectRetryMs: 5000,
  delayOpenMs: 0,
}

export const local: LocalEnd = {
  address: '192.0.2.1',
  nextHops: { IPv4: ['192.0.2.1'], IPv6: ['2001:db8::1'] },
}
