// The end of all sessions. A peer that agreed on graceful restart keeps our routes, RFC 4724 §4.1: its connection ends without
// a word. All others hear GRACEFUL_SHUTDOWN (RFC 8326), have a while to find other ways, and then hear Cease/2.
import { agreementOf, stateOf } from '../bgp/session.ts'
import type { StopWish } from './bgp-messages.ts'
import type { BgpPeer } from './bgp-peer.ts'

export async function stopSessions(
  peers: readonly BgpPeer[],
  { keepRoutes, pauseMs, text }: StopWish,
): Promise<void> {
  const keeping = peers.filter((peer) => keepRoutes && isKept(peer))
  const leaving = peers.filter((peer) => !keeping.includes(peer))
  for (const peer of keeping) peer.feed({ type: 'stop', how: 'restart' })
  const drained = leaving.filter(({ session }) => stateOf(session) === 'Established' && hasRoutes(session))
  for (const peer of drained) peer.feed({ type: 'drain', on: true })
  if (drained.length > 0 && pauseMs > 0) await pause(pauseMs)
  for (const peer of leaving)
    peer.feed({ type: 'stop', how: 'shutdown', ...(text === undefined ? {} : { text }) })
  await Promise.all(peers.map((peer) => peer.close()))
}

function isKept({ session }: BgpPeer): boolean {
  return agreementOf(session)?.gracefulRestart !== undefined
}

function hasRoutes({ ribOut }: BgpPeer['session']): boolean {
  return ribOut.sizes.IPv4 + ribOut.sizes.IPv6 > 0
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
