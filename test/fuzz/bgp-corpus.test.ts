// Every message in the outside captures, whatever carries it: each place that looks like the marker of one is read.
// So are those that the layers below would have dropped. Beside it, corpus.test.ts reads the captures as they are.
import { expect } from 'chai'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { anyContext, viewerContext } from '../../protocols/bgp/context.ts'
import type { Context } from '../../protocols/bgp/context.ts'
import { BgpError } from '../../protocols/bgp/fault.ts'
import { decodeMessage, encodeMessage, frameLength } from '../../protocols/bgp/message.ts'
import { updateVerdict } from '../../protocols/bgp/update.ts'
import { uint16At } from '../../protocols/net/bytes.ts'

const shared = join(import.meta.dirname, '..', '..', '..', 'shared', 'corpora')
const captures = globSync('**/*bgp*.{pcap,pcapng}', { cwd: shared }).toSorted()

/** What looks like messages: from each marker as many octets as its length says, or as are there. */
function* candidates(file: Uint8Array): Generator<Uint8Array> {
  let run = 0
  for (const [index, octet] of file.entries()) {
    run = octet === 0xff ? run + 1 : 0
    if (run < 16) continue
    const start = index - 15
    const length = Math.max(19, uint16At(file, index + 1))
    yield file.subarray(start, Math.min(file.length, start + length))
  }
}

const contexts: readonly Context[] = [
  viewerContext,
  { ...viewerContext, fourOctetAs: false },
  anyContext,
  { ...anyContext, peer: 'internal' },
]

function outcome(bytes: Uint8Array, context: Context): string {
  try {
    const message = decodeMessage(bytes, context)
    if (message.type !== 'update') return message.type
    return updateVerdict(message) ?? 'update'
  } catch (error) {
    if (error instanceof BgpError) return error.verdict
    throw error
  }
}

/** What `tshark -r FILE -T fields -e bgp.type` counts in the same files. */
const expected: ReadonlyMap<string, Readonly<Record<string, number>>> = new Map([
  ['tcpdump/bgp-4byte-asn.pcap', { open: 8, keepalive: 16, update: 10, notification: 1 }],
  ['tcpdump/bgp-large-community.pcap', { update: 5 }],
  ['tcpdump/bgp-role.pcapng', { open: 1, keepalive: 2, update: 9 }],
  ['tcpdump/bgp-cease-hard-reset.pcap', { open: 2, notification: 1 }],
])

describe(`outside BGP messages (${captures.length} files)`, () => {
  before(() => {
    if (captures.length === 0)
      console.log('    note: no captures at ../shared/corpora beside the checkout; nothing is read here')
  })

  for (const name of captures) {
    const found = [...candidates(readFileSync(join(shared, name)))]

    it(`${name}: each of ${found.length} decodes or gets its verdict, in every context`, () => {
      for (const bytes of found)
        for (const context of contexts) expect(outcome(bytes, context)).to.be.a('string')
    })

    it(`${name}: what decodes is encoded and decoded to the same`, () => {
      for (const bytes of found) {
        if (frameLengthOf(bytes) !== bytes.length || !isClean(bytes)) continue
        const message = decodeMessage(bytes, viewerContext)
        expect(decodeMessage(encodeMessage(message, viewerContext), viewerContext)).to.deep.equal(message)
      }
    })

    const counts = expected.get(name)
    if (counts !== undefined)
      it(`${name}: holds what others count in it`, () => {
        const seen: Record<string, number> = {}
        for (const bytes of found) {
          const wide = outcome(bytes, viewerContext)
          const narrow = outcome(bytes, { ...viewerContext, fourOctetAs: false })
          const type = wide === 'update' || narrow === 'update' ? 'update' : wide
          seen[type] = (seen[type] ?? 0) + 1
        }
        expect(seen).to.deep.equal(counts)
      })
  }
})

function frameLengthOf(bytes: Uint8Array): number | undefined {
  try {
    return frameLength(bytes, viewerContext)
  } catch (error) {
    if (error instanceof BgpError) return undefined
    throw error
  }
}

function isClean(bytes: Uint8Array): boolean {
  return ['open', 'update', 'notification', 'keepalive', 'route-refresh'].includes(
    outcome(bytes, viewerContext),
  )
}
