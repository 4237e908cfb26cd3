// Each change of a BGP session in the log, for who looks for it: from, to, and the session's own reason. What everybody is
// to see, a session that came up or was lost, the engine says by itself.
import type { BgpObserved, SessionObserved } from '../../protocols/bgp/observed.ts'
import type { Log } from '../log.ts'

export function startSessionLog(log: Log): (observed: BgpObserved) => void {
  const before = new Map<string, SessionObserved>()

  function note(peer: string, session: SessionObserved): void {
    const last = before.get(peer)
    before.set(peer, session)
    if (last?.state === session.state && last.since === session.since) return
    const { state, reason } = session
    const fields = { peer, ...(last === undefined ? {} : { from: last.state }), to: state, reason }
    log.debug(fields, 'BGP session changed')
  }

  return ({ peers }) => {
    for (const [peer, { session }] of Object.entries(peers)) note(peer, session)
    for (const peer of before.keys())
      if (peers[peer] === undefined) {
        before.delete(peer)
        log.info({ peer }, 'the peer is not meant for this node any more')
      }
  }
}
