import { expect } from 'chai'
import fc from 'fast-check'
import { newDiscovery, stepDiscovery } from './discovery.ts'
import type { Discovery, DiscoveryEffect, DiscoveryEvent, OwnEnd } from './discovery.ts'
import { decodeRouter, encodeRouter } from './router.ts'
import type { RouterPacket } from './router.ts'

const own: OwnEnd = { mac: '02:00:00:00:00:01', address: 'fe80::1' }
const routerMac = '02:00:00:00:00:02'
const linkUp: DiscoveryEvent = { type: 'link', own, why: '' }
const wake: DiscoveryEvent = { type: 'wake', inUse: false }

function heard(source: string, { mac = routerMac, inUse = false } = {}): DiscoveryEvent {
  const packet: RouterPacket = {
    source,
    destination: 'ff02::1',
    message: {
      type: 'router-advertisement',
      hopLimit: 64,
      managed: false,
      otherConfig: false,
      lifetimeS: 0,
      reachableMs: 0,
      retransMs: 0,
      options: [],
    },
  }
  return { type: 'received', packet, mac, inUse }
}

const asked: DiscoveryEvent = {
  type: 'received',
  packet: {
    source: 'fe80::2',
    destination: 'ff02::2',
    message: { type: 'router-solicitation', options: [] },
  },
  mac: routerMac,
  inUse: false,
}

type Happening = readonly [at: number, event: DiscoveryEvent]

/** What follows from each, in words. */
function play(...happenings: readonly Happening[]): readonly (readonly string[])[] {
  let discovery = newDiscovery
  return happenings.map(([now, event]) => {
    const step = stepDiscovery(discovery, event, { now, random: 0 })
    discovery = step.discovery
    return step.effects.map(inWords)
  })
}

function inWords(effect: DiscoveryEffect): string {
  switch (effect.type) {
    case 'send':
      return `${effect.packet.message.type} to ${effect.packet.destination}`
    case 'router':
      return `router ${effect.address ?? 'gone'}: ${effect.why}`
    case 'wake-at':
      return `wake at ${effect.at}`
  }
}

const advertise = 'router-advertisement to ff02::1'
const ask = 'router-solicitation to ff02::2'
const found = 'router fe80::2: it advertises itself'

describe('discovery of the router on a link', () => {
  it('advertises itself and asks at once, twice more after three seconds, then every seven to ten (§6.2.4)', () => {
    const told = play([0, linkUp], [3000, wake], [6000, wake], [13_000, wake])
    expect(told).to.deep.equal([
      [advertise, ask, 'wake at 3000'],
      [advertise, ask, 'wake at 6000'],
      [advertise, ask, 'wake at 13000'],
      [advertise, ask, 'wake at 20000'],
    ])
  })

  it('takes the address of the router that advertises itself, and does not ask any more', () => {
    const told = play([0, linkUp], [1000, heard('fe80::2')], [2000, heard('fe80::2')], [3000, wake])
    expect(told.slice(1)).to.deep.equal([[found], [], [advertise, 'wake at 6000']])
  })

  it('advertises a router that nobody should use: lifetime 0, no prefix, its link-layer address', () => {
    const [effect] = stepDiscovery(newDiscovery, linkUp, { now: 0, random: 0 }).effects
    if (effect?.type !== 'send') throw new Error('nothing was sent')
    expect(decodeRouter(encodeRouter(effect.packet))).to.deep.equal({
      source: 'fe80::1',
      destination: 'ff02::1',
      message: {
        type: 'router-advertisement',
        hopLimit: 0,
        managed: false,
        otherConfig: false,
        lifetimeS: 0,
        reachableMs: 0,
        retransMs: 0,
        options: [{ type: 'source-link-layer-address', mac: '02:00:00:00:00:01' }],
      },
    })
  })

  it('answers a solicitation, but not within three seconds of the last advertisement (§6.2.6)', () => {
    const told = play([0, linkUp], [1000, asked], [3000, wake], [6000, wake], [11_000, asked], [11_000, wake])
    expect(told[1]).to.deep.equal([])
    expect(told.slice(4)).to.deep.equal([['wake at 11000'], [advertise, ask, 'wake at 18000']])
  })

  it('a flood of solicitations draws no more than one advertisement in three seconds', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2000), fc.double({ min: 0, max: 1, noNaN: true }))), (steps) => {
        let [now, discovery]: [number, Discovery] = [0, newDiscovery]
        const sentAt: number[] = []
        const happen = (event: DiscoveryEvent, random: number) => {
          const step = stepDiscovery(discovery, event, { now, random })
          discovery = step.discovery
          if (step.effects.some((effect) => inWords(effect) === advertise)) sentAt.push(now)
        }
        happen(linkUp, 0)
        for (const [ms, random] of steps) {
          now += ms
          happen(asked, random)
          happen(wake, random)
        }
        for (const [index, at] of sentAt.entries())
          if (index > 0) expect(at - (sentAt[index - 1] ?? 0)).to.be.at.least(3000)
      }),
    )
  })

  it('a router that changes its address is followed at once, session or not', () => {
    const told = play([0, linkUp], [1, heard('fe80::2')], [2, heard('fe80::9', { inUse: true })])
    expect(told[2]).to.deep.equal(['router fe80::9: it has changed its address from fe80::2'])
  })

  it('of two routers the first is kept while it is heard, or has a session', () => {
    const mac = '02:00:00:00:00:03'
    const told = play(
      [0, linkUp],
      [1000, heard('fe80::2')],
      [2000, heard('fe80::3', { mac })],
      [90_000, heard('fe80::3', { mac, inUse: true })],
      [91_000, heard('fe80::3', { mac })],
    )
    const moved = 'router fe80::3: it advertises itself, and fe80::2 does not any more'
    expect(told.slice(1)).to.deep.equal([[found], [], [], [moved]])
  })

  it('a silent router without a session is asked for, and is gone when it does not answer', () => {
    const told = play(
      [0, linkUp],
      [1000, heard('fe80::2')],
      [20_000, wake],
      [31_000, wake],
      [91_000, wake],
      [99_000, heard('fe80::2')],
    )
    expect(told.slice(2)).to.deep.equal([
      [advertise, 'wake at 23000'],
      [advertise, ask, 'wake at 38000'],
      ['router gone: fe80::2 has not advertised itself for 90 s', advertise, ask, 'wake at 98000'],
      [found],
    ])
  })

  it('a silent router with a session stays, and is asked for only when it is silent without one', () => {
    const told = play(
      [0, linkUp],
      [1, heard('fe80::2')],
      [900_000, { type: 'wake', inUse: true }],
      [910_000, wake],
      [930_000, wake],
    )
    expect(told.slice(2)).to.deep.equal([
      [advertise, 'wake at 903000'],
      [advertise, 'wake at 917000'],
      [advertise, ask, 'wake at 937000'],
    ])
  })

  it('without its link the router is gone, and is found anew', () => {
    const down: DiscoveryEvent = { type: 'link', why: 'interface eth0 is down' }
    const told = play([0, linkUp], [1, heard('fe80::2')], [2, down], [3, down], [4, wake], [5, linkUp])
    expect(told.slice(2)).to.deep.equal([
      ['router gone: interface eth0 is down'],
      [],
      [],
      [advertise, ask, 'wake at 3005'],
    ])
  })

  it('does not find itself, and believes nobody before it has an address', () => {
    const told = play(
      [0, heard('fe80::2')],
      [1, linkUp],
      [2, heard('fe80::1')],
      [3, heard('fe80::7', { mac: own.mac })],
    )
    expect([told[0], told[2], told[3]]).to.deep.equal([[], [], []])
  })
})
