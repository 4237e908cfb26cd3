// One log line for each change of a BGP session that the main thread hears of: from, to, and the session's own reason.
import type { BgpObserved } from '../../protocols/bgp/observed.ts'
import type { SessionObserved } from '../../protocols/bgp/observed.ts'
import type { Log } from '../log.ts'

export function startSessionLog(log: Log): (observed: BgpObserved) => void {
  const before = new Map<string, SessionObserved>()

  function note(peer: string, session: SessionObserved): void {
    const last = before.get(peer)
    before.set(peer, session)
    if (last?.state === session.state && last.since === session.since) return
    const { state, reason } = session
    const fields = { peer, ...(last === undefined ? {} : { from: last.state }), to: state, reason }
    if (last?.state === 'Established') log.warn(fields, 'BGP session lost')
    else if (state === 'Established') log.info(fields, 'BGP session established')
    else log.info(fields, 'BGP session changed')
  }

  return ({ peers }) => {
    for (const [peer, { session }] of Object.entries(peers)) note(peer, session)
    for (const peer of before.keys())
      if (peers[peer] === undefined) {
        before.delete(peer)
        log.info({ peer }, 'BGP session ended: the peer is not meant for this node any more')
      }
  }
}
