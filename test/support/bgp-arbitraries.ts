// Arbitrary BGP messages for property tests: all that may be encoded, and by which context.
import fc from 'fast-check'
import { addressFromBytes, cidrRange, formatAddress } from '../../protocols/net/address.ts'
import type { Family } from '../../protocols/net/address.ts'
import { formatHex } from '../../protocols/net/bytes.ts'
import type { AsSegment } from '../../protocols/bgp/as-path.ts'
import type { PathAttributes } from '../../protocols/bgp/attribute.ts'
import type { Capability } from '../../protocols/bgp/capability.ts'
import { anyContext } from '../../protocols/bgp/context.ts'
import type { Context } from '../../protocols/bgp/context.ts'
import type { Message } from '../../protocols/bgp/message.ts'
import type { Open } from '../../protocols/bgp/open.ts'
import type { RouteGroup } from '../../protocols/bgp/pack.ts'
import type { Update } from '../../protocols/bgp/update.ts'

const uint8 = fc.integer({ min: 0, max: 0xff })
const uint16 = fc.integer({ min: 0, max: 0xffff })
const uint32 = fc.integer({ min: 0, max: 0xffffffff })
const asNumber = fc.integer({ min: 1, max: 0xffffffff })

function octets(min: number, max = min): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: min, maxLength: max })
}

function hex(min: number, max = min): fc.Arbitrary<string> {
  return octets(min, max).map(formatHex)
}

const address4 = octets(4).map((bytes) => formatAddress(addressFromBytes(bytes)))
const address6 = octets(16).map((bytes) => formatAddress(addressFromBytes(bytes)))
const host4 = fc
  .tuple(fc.integer({ min: 1, max: 223 }), octets(3))
  .filter(([first]) => first !== 127)
  .map(([first, rest]) => `${first}.${rest.join('.')}`)

export function prefixOf(family: Family): fc.Arbitrary<string> {
  const bits = family === 'IPv4' ? 32 : 128
  return fc.tuple(octets(bits / 8), fc.integer({ min: 0, max: bits })).map(([bytes, length]) => {
    const { first } = cidrRange(addressFromBytes(bytes), length)
    return `${formatAddress({ family, value: first })}/${length}`
  })
}

const afi = fc.constantFrom(1, 2, 25, 16388)
const text = fc.string({ unit: 'grapheme', maxLength: 20 })

export const capability: fc.Arbitrary<Capability> = fc.oneof(
  fc.record({ name: fc.constant('multiprotocol' as const), afi, safi: uint8 }),
  fc.constantFrom(
    { name: 'route-refresh' } as const,
    { name: 'extended-message' } as const,
    { name: 'enhanced-route-refresh' } as const,
  ),
  fc.record({
    name: fc.constant('outbound-route-filtering' as const),
    entries: fc.array(
      fc.record({
        afi,
        safi: uint8,
        types: fc.array(fc.record({ type: uint8, sendReceive: uint8 }), { maxLength: 3 }),
      }),
      { maxLength: 3 },
    ),
  }),
  fc.record({
    name: fc.constant('extended-next-hop' as const),
    entries: fc.array(fc.record({ afi, safi: uint16, nextHopAfi: afi }), { maxLength: 4 }),
  }),
  fc.record({
    name: fc.constant('graceful-restart' as const),
    restarting: fc.boolean(),
    notification: fc.boolean(),
    restartTimeS: fc.integer({ min: 0, max: 4095 }),
    families: fc.array(fc.record({ afi, safi: uint8, forwardingPreserved: fc.boolean() }), { maxLength: 4 }),
  }),
  fc.record({
    name: fc.constant('add-path' as const),
    entries: fc.array(fc.record({ afi, safi: uint8, sendReceive: uint8 }), { maxLength: 4 }),
  }),
  fc.record({
    name: fc.constant('long-lived-graceful-restart' as const),
    families: fc.array(
      fc.record({
        afi,
        safi: uint8,
        forwardingPreserved: fc.boolean(),
        staleTimeS: fc.integer({ min: 0, max: 0xffffff }),
      }),
      { maxLength: 4 },
    ),
  }),
  fc.record({ name: fc.constant('fqdn' as const), hostname: text, domain: text }),
  fc.record({ name: fc.constant('software-version' as const), version: text }),
  fc.record({
    name: fc.constant('unknown' as const),
    code: fc.integer({ min: 128, max: 255 }),
    value: hex(0, 60),
  }),
)

/** Of every size up to the extended form; what its own fields say of AS and role agrees. */
export const open: fc.Arbitrary<Open> = fc
  .record({
    asNumber: asNumber.filter((number) => number !== 23456),
    holdTimeS: fc.oneof(fc.constant(0), fc.integer({ min: 3, max: 0xffff })),
    identifier: address4.filter((identifier) => identifier !== '0.0.0.0'),
    role: fc.constantFrom('provider', 'route-server', 'route-server-client', 'customer', 'peer', undefined),
    others: fc.array(capability, { maxLength: 40 }),
  })
  .map(({ asNumber: number, holdTimeS, identifier, role, others }) => {
    const full = { name: 'four-octet-as', asNumber: number } as const
    const roles = role === undefined ? [] : [{ name: 'role', role } as const]
    return {
      type: 'open',
      asNumber: number > 0xffff ? 23456 : number,
      holdTimeS,
      identifier,
      capabilities: [...others, ...roles, full],
    }
  })

function segments(context: Context, min: number): fc.Arbitrary<readonly AsSegment[]> {
  const number = context.fourOctetAs ? asNumber : fc.integer({ min: 1, max: 0xffff })
  const types =
    context.peer === 'internal' ? (['sequence', 'confederation-sequence'] as const) : (['sequence'] as const)
  return fc.array(
    fc.record({
      type: fc.constantFrom(...types),
      asNumbers: fc.array(number, { minLength: 1, maxLength: 255 }),
    }),
    { minLength: min, maxLength: 3 },
  )
}

const community = fc.tuple(uint16, uint16).map((parts) => parts.join(':'))
const largeCommunity = fc.tuple(uint32, uint32, uint32).map((parts) => parts.join(':'))

/** Attributes without next hop and routes. */
export function attributes(context: Context): fc.Arbitrary<PathAttributes> {
  const optional = fc.record(
    {
      multiExitDisc: uint32,
      atomicAggregate: fc.constant(true as const),
      aggregator: fc.record({
        asNumber: context.fourOctetAs ? asNumber : fc.integer({ min: 1, max: 0xffff }),
        address: address4,
      }),
      communities: fc.array(community, { minLength: 1, maxLength: 80 }),
      extendedCommunities: fc.array(hex(8), { minLength: 1, maxLength: 5 }),
      ipv6ExtendedCommunities: fc.array(hex(20), { minLength: 1, maxLength: 3 }),
      largeCommunities: fc.uniqueArray(largeCommunity, { minLength: 1, maxLength: 30 }),
      onlyToCustomer: uint32,
      unknown: fc.uniqueArray(
        fc.record({
          type: fc.integer({ min: 41, max: 127 }),
          flags: fc.constantFrom(0x80, 0xc0, 0xe0),
          value: hex(0, 300),
        }),
        { minLength: 1, maxLength: 3, selector: ({ type }) => type },
      ),
    },
    { requiredKeys: [] },
  )
  const mandatory = fc.record({
    origin: fc.constantFrom('igp' as const, 'egp' as const, 'incomplete' as const),
    asPath: segments(context, 0),
  })
  const internal = fc.record({ localPref: uint32, originatorId: address4 })
  const two = fc.record({ as4Path: segments({ ...context, fourOctetAs: true, peer: 'external' }, 1) })
  return fc
    .tuple(
      mandatory,
      optional,
      context.peer === 'internal' ? internal : fc.constant({}),
      context.fourOctetAs ? fc.constant({}) : two,
    )
    .map((parts) => Object.assign({}, ...parts))
    .map(sortedUnknown)
}

/** As a decoder finds them: the encoder writes attributes by type. */
function sortedUnknown(value: PathAttributes): PathAttributes {
  if (value.unknown === undefined) return value
  return { ...value, unknown: value.unknown.toSorted((a, b) => a.type - b.type) }
}

function prefixes(kind: Family): fc.Arbitrary<string[]> {
  return fc.array(prefixOf(kind), { maxLength: 20 })
}

const nextHops6 = fc.oneof(fc.tuple(address6), fc.tuple(address6, address6))

export function update(context: Context): fc.Arbitrary<Update> {
  const reach = fc.oneof(
    fc.record({
      afi: fc.constant(2),
      safi: fc.constant(1),
      nextHops: nextHops6,
      prefixes: prefixes('IPv6'),
    }),
    fc.record({ afi: fc.constant(1), safi: fc.constant(1), nextHops: nextHops6, prefixes: prefixes('IPv4') }),
    fc.record({
      afi: fc.constant(25),
      safi: fc.constant(70),
      opaqueNextHop: hex(0, 30),
      opaqueNlri: hex(0, 60),
    }),
  )
  const unreach = fc.record({ afi: fc.constant(2), safi: fc.constant(1), prefixes: prefixes('IPv6') })
  const routes = fc.record({ mpReach: reach, mpUnreach: unreach }, { requiredKeys: [] })
  return fc
    .record({
      withdrawn: prefixes('IPv4'),
      nlri: prefixes('IPv4'),
      nextHop: host4,
      base: attributes(context),
      routes,
    })
    .map(({ withdrawn, nlri, nextHop, base, routes: mp }) => ({
      type: 'update' as const,
      withdrawn,
      attributes: { ...base, nextHop, ...mp },
      nlri,
    }))
}

export const context: fc.Arbitrary<Context> = fc
  .record({
    fourOctetAs: fc.boolean(),
    extendedMessage: fc.boolean(),
    peer: fc.constantFrom('internal' as const, 'external' as const),
  })
  .map((agreed) => ({ ...anyContext, ...agreed }))

/** A message and the context that it is written and read in. */
export const messageInContext: fc.Arbitrary<readonly [Message, Context]> = context.chain((agreed) =>
  fc.tuple(
    fc.oneof(
      open,
      { arbitrary: update(agreed), weight: 4 },
      fc.record({
        type: fc.constant('notification' as const),
        code: uint8,
        subcode: uint8,
        data: hex(0, 90),
      }),
      fc.constant({ type: 'keepalive' } as const),
      fc.record({ type: fc.constant('route-refresh' as const), afi, subtype: uint8, safi: uint8 }),
    ),
    fc.constant(agreed),
  ),
)

/** Routes of one family with the same attributes, many or few. */
export function routeGroup(agreed: Context): fc.Arbitrary<RouteGroup> {
  const group4 = fc.record({
    family: fc.constant('IPv4' as const),
    nextHops: fc.oneof(fc.tuple(host4), fc.tuple(address6)),
    attributes: attributes(agreed),
    prefixes: fc.uniqueArray(prefixOf('IPv4'), { maxLength: 2000, size: 'max' }),
  })
  const group6 = fc.record({
    family: fc.constant('IPv6' as const),
    nextHops: nextHops6,
    attributes: attributes(agreed),
    prefixes: fc.uniqueArray(prefixOf('IPv6'), { maxLength: 500, size: 'max' }),
  })
  return fc.oneof(group4, group6)
}
