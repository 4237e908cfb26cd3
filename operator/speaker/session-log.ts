// Peers that go, in the log. What becomes of a session the engine says by itself, each change with its reason.
import type { BgpObserved } from '../../protocols/bgp/observed.ts'
import type { Log } from '../log.ts'

export function startSessionLog(log: Log): (observed: BgpObserved) => void {
  let before: ReadonlySet<string> = new Set()
  return ({ peers }) => {
    for (const peer of before)
      if (peers[peer] === undefined) log.info({ peer }, 'the peer is not meant for this node any more')
    before = new Set(Object.keys(peers))
  }
}
