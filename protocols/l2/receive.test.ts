// What is answered, and what is not, with the reason.
import { expect } from 'chai'
import {
  config,
  eth0,
  eth1,
  holding,
  ignored,
  L2Bench,
  lines,
  macOfClient,
  macOfEth0,
  macOfOther,
  sent,
} from '../../test/support/l2-session.ts'
import { gratuitousReply, gratuitousRequest } from '../arp/frame.ts'
import { unsolicitedAdvertisement } from '../ndp/frame.ts'
import { concatBytes } from '../net/bytes.ts'
import { parseFrame } from './frame-text.ts'

function frame(text: string): Uint8Array {
  const bytes = parseFrame(text)
  if (bytes === undefined) throw new Error(`no frame: ${text}`)
  return bytes
}

function arpRequest(of: { target: string; sender?: string; mac?: string; to?: string }): Uint8Array {
  const { target, sender = '192.0.2.50', mac = macOfClient, to = 'ff:ff:ff:ff:ff:ff' } = of
  return frame(`arp request from ${mac} ${sender} for 00:00:00:00:00:00 ${target} to ${to}`)
}

const solicitation = frame(
  `ns from ${macOfClient} fe80::50 to 33:33:ff:00:00:10 ff02::1:ff00:10 target 2001:db8::10 source-mac ${macOfClient}`,
)

describe('requests that are answered', () => {
  it('an ARP request by broadcast, to the one who asked', () => {
    expect(lines(holding(['192.0.2.10']).frame(arpRequest({ target: '192.0.2.10' })))).to.deep.equal([
      `answer eth0 192.0.2.10: arp reply from ${macOfEth0} 192.0.2.10 for ${macOfClient} 192.0.2.50 to ${macOfClient}`,
    ])
  })

  it('an ARP request to our own MAC', () => {
    const request = arpRequest({ target: '192.0.2.10', to: macOfEth0 })
    expect(sent(holding(['192.0.2.10']).frame(request))).to.deep.equal(['answer eth0 192.0.2.10'])
  })

  it('an ARP probe, whose sender is 0.0.0.0', () => {
    const request = arpRequest({ target: '192.0.2.10', sender: '0.0.0.0' })
    expect(sent(holding(['192.0.2.10']).frame(request))).to.deep.equal(['answer eth0 192.0.2.10'])
  })

  it('a solicitation, with Solicited and Override', () => {
    expect(lines(holding(['2001:db8::10']).frame(solicitation))).to.deep.equal([
      `answer eth0 2001:db8::10: na from ${macOfEth0} 2001:db8::10 to ${macOfClient} fe80::50 target 2001:db8::10 flags SO target-mac ${macOfEth0}`,
    ])
  })

  it('a probe of duplicate address detection, to all nodes and without Solicited', () => {
    const probe = frame(
      `ns from ${macOfClient} :: to 33:33:ff:00:00:10 ff02::1:ff00:10 target 2001:db8::10 nonce 010203040506`,
    )
    expect(lines(holding(['2001:db8::10']).frame(probe))).to.deep.equal([
      `answer eth0 2001:db8::10: na from ${macOfEth0} 2001:db8::10 to 33:33:00:00:00:01 ff02::1 target 2001:db8::10 flags O target-mac ${macOfEth0}`,
    ])
  })

  it('a unicast probe of reachability without any option, to the MAC that sent it', () => {
    const probe = frame(`ns from ${macOfClient} fe80::50 to ${macOfEth0} 2001:db8::10 target 2001:db8::10`)
    expect(lines(holding(['2001:db8::10']).frame(probe))[0]).to.include(`to ${macOfClient} fe80::50`)
  })

  it('each on its interface, with the MAC of that interface', () => {
    const effects = holding(['192.0.2.10']).frame(arpRequest({ target: '192.0.2.10' }), { link: eth1.index })
    expect(lines(effects)[0]).to.include(`answer eth1 192.0.2.10: arp reply from ${eth1.mac}`)
  })

  it('a request with a priority and no VLAN, as blade fabrics tag them', () => {
    const request = arpRequest({ target: '192.0.2.10' })
    const tag = Uint8Array.of(0x81, 0, 0x60, 0) // priority 3, VLAN 0
    const tagged = concatBytes(request.subarray(0, 12), tag, request.subarray(12))
    expect(sent(holding(['192.0.2.10']).frame(tagged))).to.deep.equal(['answer eth0 192.0.2.10'])
  })

  it('answering leaves the session as it is', () => {
    const bench = holding(['192.0.2.10'])
    const { session } = bench
    bench.frame(arpRequest({ target: '192.0.2.10' }))
    expect(bench.session).to.equal(session)
  })
})

describe('frames that are not answered', () => {
  const twoAddresses = ['192.0.2.10', '2001:db8::10']
  const request = arpRequest({ target: '192.0.2.10' })
  const tag = Uint8Array.of(0x81, 0, 0, 5)
  const cases: readonly [string, Uint8Array, string][] = [
    ['an empty frame', new Uint8Array(), 'cut-off'],
    ['half a header', request.subarray(0, 9), 'cut-off'],
    ['an ARP request that is cut off', request.subarray(0, 40), 'cut-off'],
    ['a solicitation that is cut off', solicitation.subarray(0, 80), 'cut-off'],
    ['a frame of a VLAN', concatBytes(request.subarray(0, 12), tag, request.subarray(12)), 'vlan-tagged'],
    ['ARP of another hardware type', patched(request, 15, 6), 'not-ethernet-ipv4'],
    ['ARP of another protocol', patched(request, 16, 0x86), 'not-ethernet-ipv4'],
    ['ARP with another length of addresses', patched(request, 18, 8), 'not-ethernet-ipv4'],
    ['RARP', patched(request, 21, 3), 'not-a-request'],
    ['a sender whose MAC is a group', patched(request, 22, 3), 'malformed'],
    ['a solicitation with a hop limit below 255', patched(solicitation, 21, 254), 'malformed'],
    ['a solicitation with a wrong checksum', patched(solicitation, 56, 0xab), 'malformed'],
    ['a router advertisement', patched(solicitation, 54, 134), 'not-a-request'],
    ['a request for another address', arpRequest({ target: '192.0.2.77' }), 'not-ours'],
    ['a request to another machine', arpRequest({ target: '192.0.2.10', to: macOfOther }), 'other-machine'],
    [
      'a request whose sender says that our address is his',
      arpRequest({ target: '192.0.2.1', sender: '192.0.2.10' }),
      'spoofed',
    ],
    ['our own announcement, looped back', gratuitousRequest(macOfEth0, '192.0.2.10'), 'own-frame'],
    [
      'our own announcement, relayed by another MAC',
      patched(gratuitousReply(macOfEth0, '192.0.2.10'), 6, 0x06),
      'own-frame',
    ],
    ['our own advertisement, looped back', unsolicitedAdvertisement(macOfEth0, '2001:db8::10'), 'own-frame'],
    ['another kind of frame', patched(request, 12, 0x88), 'not-a-request'],
  ]
  for (const [what, bytes, reason] of cases)
    it(`${what}: ${reason}`, () => {
      const effects = holding(twoAddresses).frame(bytes)
      expect(sent(effects)).to.deep.equal([])
      expect(ignored(effects)).to.deep.equal([reason])
    })

  it('a request on an interface that the claim does not name', () => {
    const bench = holding([{ address: '192.0.2.10', interfaces: ['eth0'] }])
    expect(ignored(bench.frame(request, { link: eth1.index }))).to.deep.equal(['not-on-this-interface'])
  })

  it('anything on an interface that is not used', () => {
    expect(ignored(holding(twoAddresses).frame(request, { link: 77 }))).to.deep.equal(['interface-not-used'])
  })

  it('a request for a claim that is gone', () => {
    const bench = holding(twoAddresses)
    bench.run({ type: 'configured', config: config([]) })
    expect(ignored(bench.frame(request))).to.deep.equal(['not-ours'])
  })

  it('two IPv6 claims that end alike are told apart', () => {
    const bench = holding(['2001:db8:1::10', '2001:db8:2::10'])
    expect(ignored(bench.frame(solicitation))).to.deep.equal(['not-ours'])
    const second = frame(
      `ns from ${macOfClient} fe80::50 to 33:33:ff:00:00:10 ff02::1:ff00:10 target 2001:db8:2::10 source-mac ${macOfClient}`,
    )
    expect(sent(bench.frame(second))).to.deep.equal(['answer eth0 2001:db8:2::10'])
  })
})

describe('a request around the first announcement', () => {
  function fresh(): L2Bench {
    const bench = new L2Bench()
    bench.now = 5000
    bench.feed({ type: 'interfaces', links: [eth0] })
    bench.feed({ type: 'configured', config: config(['192.0.2.10']) })
    return bench
  }
  const request = arpRequest({ target: '192.0.2.10' })

  it('before it: everybody is told, which cures the one who asked; he gets no answer of his own', () => {
    const effects = fresh().frame(request)
    expect(sent(effects)[0]).to.equal('announce eth0 192.0.2.10')
    expect(sent(effects)).to.not.include('answer eth0 192.0.2.10')
    expect(ignored(effects)).to.deep.equal(['before-announcement'])
  })

  it('captured before it, and read after it: no answer', () => {
    const bench = fresh()
    bench.run({ type: 'wake' })
    expect(ignored(bench.frame(request, { capturedAt: bench.wallMicros() - 1 }))).to.deep.equal([
      'before-announcement',
    ])
  })

  it('captured after it: answered', () => {
    const bench = fresh()
    bench.run({ type: 'wake' })
    expect(sent(bench.frame(request))).to.deep.equal(['answer eth0 192.0.2.10'])
  })

  it('that waited while we stood still: no answer, another may have the address by now', () => {
    const bench = fresh()
    bench.run({ type: 'wake' })
    expect(ignored(bench.frame(request, { isLate: true }))).to.deep.equal(['too-late'])
    expect(sent(bench.frame(request))).to.deep.equal(['answer eth0 192.0.2.10'])
  })

  it('a wall clock that was set back silences a claim for a second at most', () => {
    const bench = fresh()
    bench.run({ type: 'wake' })
    bench.advance(1000)
    const anHourAgo = bench.wallMicros() - 3.6e9
    expect(sent(bench.frame(request, { capturedAt: anHourAgo }))).to.deep.equal(['answer eth0 192.0.2.10'])
  })

  it('among thousands that still wait for their turn, the one that is asked for goes first', () => {
    const claims = Array.from({ length: 5000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`)
    const bench = new L2Bench()
    bench.run({ type: 'interfaces', links: [eth0] })
    bench.run({ type: 'configured', config: config(claims) })
    expect(sent(bench.frame(arpRequest({ target: '10.0.19.0' })))[0]).to.equal('announce eth0 10.0.19.0')
  })
})

function patched(bytes: Uint8Array, offset: number, value: number): Uint8Array {
  const copy = bytes.slice()
  copy[offset] = value
  return copy
}
