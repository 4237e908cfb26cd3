// Vectors as a hostile peer plays them over TCP: what the speaker must say, and which routes it must hold, after each.
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BgpError } from '../../protocols/bgp/fault.ts'
import { decodeMessage, frameLength } from '../../protocols/bgp/message.ts'
import { packAnnouncement, packWithdrawal } from '../../protocols/bgp/pack.ts'
import { routeChanges } from '../../protocols/bgp/update.ts'
import type { RouteChanges } from '../../protocols/bgp/update.ts'
import type { Family } from '../../protocols/net/address.ts'
import { until } from '../support/until.ts'
import { parseVectors, receivedBytes } from '../vectors/vector.ts'
import type { Vector } from '../vectors/vector.ts'
import { contextOf } from './hostile-peer.ts'
import type { HostilePeer, Opening, Wire } from './hostile-peer.ts'
import type { SpeakerProcess } from './speaker-process.ts'

/** Played whole, in the place of an OPEN. */
export const openFiles = ['bgp-open', 'bgp-open-attack'] as const

/** Played whole, on an established session of this kind. */
export const establishedFiles: readonly (readonly [file: string, opening: Opening])[] = [
  ['bgp-update-attack', {}],
  ['bgp-update', {}],
  ['bgp-update-two-octet-attack', { twoOctet: true }],
  ['bgp-update-two-octet', { twoOctet: true }],
  ['bgp-update-ipv4', { ipv4Only: true }],
  ['bgp-notification', {}],
]

export function vectorsOf(name: string): readonly Vector[] {
  return parseVectors(readFileSync(join(import.meta.dirname, '..', 'vectors', `${name}.txt`), 'utf8'))
}

/** What the vector says of the session: '2/0', or nothing when the session stays. */
function resetOf({ outcome }: Vector): string | undefined {
  if (outcome.type === 'value') return undefined
  const [codes, verdict] = outcome.error.split(' ')
  return verdict === 'session-reset' ? codes : undefined
}

/** A message that is not all there is no error on a stream: more may come. */
function isUnfinished(bytes: Uint8Array, opening: Opening): boolean {
  try {
    const length = frameLength(bytes, contextOf(opening))
    return length === undefined || length > bytes.length
  } catch (error) {
    if (error instanceof BgpError) return false
    throw error
  }
}

async function endsWith(wire: Wire, codes: string, sent: Uint8Array): Promise<void> {
  const said = await wire.ending()
  expect(said === undefined ? wire.heard() : `${said.code}/${said.subcode}`).to.equal(codes)
  expect((said?.data.length ?? 0) / 2, 'octets that are echoed').to.be.at.most(Math.max(sent.length, 2))
}

/** In the place of our OPEN. */
export async function playOpen(wire: Wire, vector: Vector): Promise<void> {
  const bytes = receivedBytes(vector)
  await wire.message('open')
  wire.send(bytes)
  if (isUnfinished(bytes, {})) {
    wire.finish()
    expect(await wire.ending()).to.equal(undefined)
    return
  }
  const codes = resetOf(vector)
  if (codes !== undefined) return endsWith(wire, codes, bytes)
  if (decodeMessage(bytes, contextOf({})).type !== 'open') return endsWith(wire, '5/1', bytes) // RFC 6608: in OpenSent
  await wire.message('keepalive')
  wire.drop()
}

/** On established sessions, one after the other as long as they stand. */
export class Player {
  private readonly speaker: SpeakerProcess
  private readonly hostile: HostilePeer
  private readonly opening: Opening
  private wire: Wire | undefined
  private markers = 0

  constructor(speaker: SpeakerProcess, hostile: HostilePeer, opening: Opening) {
    this.speaker = speaker
    this.hostile = hostile
    this.opening = opening
  }

  async play(vector: Vector): Promise<void> {
    if (this.wire?.hasEnded !== false) this.wire = await this.hostile.established(this.opening)
    const { wire } = this
    const bytes = receivedBytes(vector)
    if (isUnfinished(bytes, this.opening)) return this.playUnfinished(wire, bytes)
    const codes = resetOf(vector)
    if (codes !== undefined) {
      wire.send(bytes)
      return endsWith(wire, codes, bytes)
    }
    const message = decodeMessage(bytes, contextOf(this.opening))
    if (message.type === 'notification') {
      wire.send(bytes)
      expect(await wire.ending(), 'an answer to a NOTIFICATION').to.equal(undefined)
      return
    }
    await this.playTaken(
      wire,
      bytes,
      message.type === 'update' ? routeChanges(message, contextOf(this.opening)) : [],
    )
  }

  end(): void {
    this.wire?.drop()
  }

  private async playUnfinished(wire: Wire, bytes: Uint8Array): Promise<void> {
    wire.send(bytes)
    wire.finish()
    expect(await wire.ending()).to.equal(undefined)
  }

  /** The opposite first, so that what is then so is of the message's doing. */
  private async playTaken(wire: Wire, bytes: Uint8Array, changes: readonly RouteChanges[]): Promise<void> {
    const announced = changes.flatMap((change) => change.announced)
    const withdrawn = changes
      .flatMap((change) => change.withdrawn)
      .filter((prefix) => !announced.includes(prefix))
    for (const change of changes) wire.send(...this.opposite(change, withdrawn))
    const before = await this.held(wire)
    expect([
      announced.filter((prefix) => before.has(prefix)),
      withdrawn.filter((prefix) => !before.has(prefix)),
    ]).to.deep.equal([[], []])
    wire.send(bytes)
    const after = await this.held(wire)
    expect(
      announced.filter((prefix) => !after.has(prefix)),
      'announced',
    ).to.deep.equal([])
    expect(
      withdrawn.filter((prefix) => after.has(prefix)),
      'withdrawn',
    ).to.deep.equal([])
    expect(wire.hasEnded, `the session ended: ${wire.heard()}`).to.equal(false)
  }

  private opposite({ family, announced }: RouteChanges, withdrawn: readonly string[]): readonly Uint8Array[] {
    const context = contextOf(this.opening)
    const ofFamily = withdrawn.filter((prefix) => prefix.includes(':') === (family === 'IPv6'))
    return [
      ...(announced.length === 0
        ? []
        : [packWithdrawal({ family, prefixes: announced }, 0, context).message]),
      ...(ofFamily.length === 0 ? [] : [packAnnouncement(plainRoutes(family, ofFamily), 0, context).message]),
    ]
  }

  /** What the speaker holds of ours once it has read all that we sent: a route that is sent last says when. */
  private async held(wire: Wire): Promise<ReadonlySet<string>> {
    this.markers += 1
    const marker = `100.64.${this.markers >> 8}.${this.markers & 255}/32`
    const context = contextOf(this.opening)
    wire.send(packAnnouncement(plainRoutes('IPv4', [marker]), 0, context).message)
    const held = await until(
      `${marker} at the speaker; it said ${wire.heard()}`,
      async () => {
        if (wire.hasEnded) throw new Error(`the session has ended: ${JSON.stringify(wire.messages.at(-1))}`)
        const { received } = await this.speaker.routes('hostile')
        const prefixes = new Set(received.map(({ prefix }) => prefix))
        return prefixes.has(marker) ? prefixes : undefined
      },
      { timeoutMs: 30_000, everyMs: 5 },
    )
    wire.send(packWithdrawal({ family: 'IPv4', prefixes: [marker] }, 0, context).message)
    return held
  }
}

export function plainRoutes(family: Family, prefixes: readonly string[]) {
  const attributes = { origin: 'igp', asPath: [{ type: 'sequence', asNumbers: [65002] }] } as const
  return { family, nextHops: [family === 'IPv4' ? '192.0.2.3' : '2001:db8::3'], attributes, prefixes }
}
