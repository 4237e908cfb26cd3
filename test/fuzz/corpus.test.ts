// Captures that nobody here wrote, some of them hostile: each packet decodes or fails as DecodeError.
// They lie beside the checkout and are not copied into it; where they are missing, that is printed.
import { expect } from 'chai'
import fc from 'fast-check'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeLines } from '../../operator/cli/decode.ts'
import type { DecodedPacket } from '../../operator/cli/decode.ts'
import { printCapture } from '../../operator/cli/decode-text.ts'
import { encodePcap } from '../../protocols/net/pcap.ts'
import { codecs } from '../vectors/codecs.ts'
import { parseVectors, receivedBytes } from '../vectors/vector.ts'
import { mutationOf } from './arbitrary.ts'
import { budgetMs, replayHint, seed } from './budget.ts'

const shared = join(import.meta.dirname, '..', '..', '..', 'shared', 'corpora')
const captures = globSync('**/*.{pcap,pcapng}', { cwd: shared }).sort()

/** By hand, from the RFCs; tshark, too, calls that checksum bad and that ICMPv6 malformed. */
const expected: ReadonlyMap<string, readonly string[]> = new Map([
  ['tcpdump/arp-too-long-tha.pcap', ['ARP ! hardwareType']],
  ['tcpdump/bgp-aigp.pcap', ['link layer ! linkType']], // Juniper Ethernet
  [
    'tcpdump/bgp-as-path-oobr.pcap', // tshark calls the same three malformed
    ['BGP ! path attributes length', 'BGP ! marker', 'BGP ! marker', 'IPv4 ! checksum'],
  ],
  ['tcpdump/bgp-bfd-cease.pcap', ['BGP']],
  ['tcpdump/bgp-cease-hard-reset.pcap', ['BGP', 'BGP', 'BGP']],
  ['tcpdump/bgp-extended-shutdown-msg.pcapng', ['BGP']],
  ['tcpdump/bgp-large-community.pcap', ['BGP']],
  ['tcpdump/bgp-malformed-hard-reset.pcap', ['BGP']],
  ['tcpdump/bgp-shutdown-communication.pcapng', ['BGP', 'BGP']],
  ['tcpdump/bgp_notification_rr_msg_error.pcap', ['BGP']],
  ['tcpdump/icmpv6-length-zero.pcapng', ['ICMPv6 ! type']],
  ['tcpdump/icmpv6-ns-nonce.pcap', ['NDP']],
])

function verdictOf({ protocol, error }: DecodedPacket): string {
  return error === undefined ? protocol : `${protocol} ! ${error.field}`
}

describe(`outside captures (${captures.length} files; ${replayHint})`, () => {
  before(() => {
    if (captures.length === 0)
      console.log('    note: no captures at ../shared/corpora beside the checkout; nothing is read here')
  })

  for (const name of captures) {
    const file = readFileSync(join(shared, name))

    it(`${name} is read to its end`, () => {
      const decoded = [...decodeLines(file)]
      expect(decoded.length).to.be.greaterThan(0)
      expect(decoded.map(({ protocol }) => protocol)).to.not.include('capture file')
      const verdicts = expected.get(name)
      if (verdicts !== undefined) expect(decoded.map(verdictOf)).to.deep.equal(verdicts)
    })

    it(`${name} with a few bytes changed is read or refused`, () => {
      const numRuns = file.length > 10_000 ? 5 : 50
      fc.assert(
        fc.property(mutationOf(file), (damaged) => {
          // A changed block type may leave a file without packets: that is read, too.
          expect(() => [...printCapture(damaged, 'json')]).to.not.throw()
        }),
        { seed, numRuns },
      )
    })
  }
})

describe(`fuzz of herald decode (${replayHint})`, () => {
  const vectors = [...codecs.keys()]
    .filter((name) => name === 'ethernet' || name === 'link' || name === 'capture')
    .flatMap((name) => {
      const text = readFileSync(join(import.meta.dirname, '..', 'vectors', `${name}.txt`), 'utf8')
      return parseVectors(text).map(receivedBytes)
    })

  it('whatever a file holds is printed, or said to be broken', function () {
    this.timeout(60_000 + budgetMs)
    const files = fc.oneof(
      fc.uint8Array({ maxLength: 500 }),
      fc.constantFrom(...vectors).chain(mutationOf),
      fc
        .tuple(fc.constantFrom(0, 1, 101, 113, 276), fc.uint8Array({ maxLength: 120 }))
        .map(([type, bytes]) => {
          return encodePcap(type, [{ linkType: type, originalLength: bytes.length, bytes }])
        }),
    )
    const property = fc.property(files, (file) => {
      for (const output of ['text', 'json'] as const)
        for (const line of printCapture(file, output)) expect(line).to.not.include('\n')
    })
    fc.assert(property, { seed, numRuns: 10_000_000, interruptAfterTimeLimit: budgetMs / 2 })
  })
})
