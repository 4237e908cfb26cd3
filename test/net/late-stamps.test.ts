// What the kernel says late of a frame that was sent is no sign of a dead link: a device on top of one that shapes its
// traffic gives a second stamp once the frame is through.
import { expect } from 'chai'
import { readdirSync, readlinkSync } from 'node:fs'
import { Captures } from '../../protocols/engine/captures.ts'
import { addressOf } from '../../protocols/engine/libc.ts'
import { sendForStamp } from '../../protocols/engine/send-moment.ts'
import { exclusionOf } from '../../protocols/l2/link.ts'
import { eth0 } from '../support/l2-session.ts'
import { inNamespace } from '../support/namespace.ts'
import { untilTrue } from '../support/until.ts'
import { arpRequest, nodeAndClient, staged } from './stage.ts'

/** Descriptors of this process. */
function sockets(): readonly number[] {
  return readdirSync('/proc/self/fd')
    .filter((fd) => isSocket(`/proc/self/fd/${fd}`))
    .map(Number)
}

function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith('socket:')
  } catch {
    return false // that of the folder itself
  }
}

/** Broadcast, of a type that nobody reads. */
function strangeFrame(): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(new ArrayBuffer(60))
  frame.fill(0xff, 0, 6)
  frame.set([2, 0, 0, 0, 0, 1, 0x88, 0xb5], 6)
  return frame
}

describe('layer 2 on the wire: stamps that come late', function () {
  this.timeout(180_000)
  const on = staged(nodeAndClient)

  it('close no capture, however often: what comes in is read as before', async () => {
    const { node, client, wire } = on()
    const failures: string[] = []
    let frames = 0
    const captures = new Captures({
      onFrame: () => (frames += 1),
      onFailed: (_, error) => failures.push(error),
    })
    const frame = strangeFrame()
    const before = new Set(sockets())
    const [opened] = inNamespace(node.namespace, () => captures.follow([eth0], exclusionOf([])))
    const [fd] = sockets().filter((each) => !before.has(each))
    try {
      expect(opened?.capture).to.equal('open')
      for (let round = 1; round <= 5; round++) {
        expect(sendForStamp(fd ?? -1, addressOf(frame.buffer), frame.length)).to.equal(frame.length)
        const known = frames
        await untilTrue('a request is read', () => {
          wire.send(arpRequest(client))
          return frames > known || failures.length > 0
        })
        expect(failures).to.deep.equal([])
      }
    } finally {
      captures.closeAll()
    }
  })
})
