// Events and effects of a BFD session as lines of a trace, and back: the format of the engine's journal.
//
//   @15 received init my=17 your=4 tx=300000 rx=300000 mult=3
//     state init up: peer hears us
//     send up my=4 your=17 tx=300000 rx=300000 mult=3 flags=P
//     wake-at 240.5
//
// No key and no digest: what is received here was found right, and what is sent is signed afterwards.
import type { BfdConfig } from './config.ts'
import { AuthenticationType, BfdState } from './iana.ts'
import type { AuthenticationSection, BfdPacket } from './packet.ts'
import { newBfdSession } from './session.ts'
import type { BfdEffect, BfdEvent } from './session.ts'
import type { BfdSession } from './state.ts'

export function formatBfdEvent(event: BfdEvent): string {
  switch (event.type) {
    case 'received':
      return `received ${formatPacket(event.packet)}`
    case 'configured':
      return `configured ${JSON.stringify(withoutKey(event.config))}`
    case 'start':
    case 'wake':
    case 'admin-down':
    case 'admin-up':
    case 'stop':
      return event.type
  }
}

export function formatBfdEffect(effect: BfdEffect): string {
  switch (effect.type) {
    case 'send':
      return `send ${formatPacket(effect.packet)}`
    case 'wake-at':
      return `wake-at ${Number(effect.at.toFixed(3))}`
    case 'state':
      return `state ${effect.from} ${effect.to}: ${effect.reason}`
    case 'discard':
      return `discard ${effect.reason}`
    case 'close':
      return 'close'
  }
}

/** Undefined for text that is no event. */
export function parseBfdEvent(text: string): BfdEvent | undefined {
  const [word = ''] = text.split(' ', 1)
  const rest = text.slice(word.length + 1)
  switch (word) {
    case 'start':
    case 'wake':
    case 'admin-down':
    case 'admin-up':
    case 'stop':
      return { type: word }
    case 'received': {
      const packet = parsePacket(rest)
      return packet === undefined ? undefined : { type: 'received', packet }
    }
    case 'configured': {
      const config = parsed(rest)
      return isConfig(config) ? { type: 'configured', config } : undefined
    }
    default:
      return undefined
  }
}

/**
 * A whole session as one line: from there on its events can be replayed. One that has just been made is told by what it
 * was made of, which any later version of ours understands.
 */
export function formatBfdSession(session: BfdSession): string {
  const { localDiscriminator, seed } = session
  const config = withoutKey(session.config)
  const whole = JSON.stringify({ ...session, config })
  const isNew = whole === JSON.stringify(newBfdSession(config, localDiscriminator, seed))
  return isNew ? JSON.stringify({ config, localDiscriminator, seed }) : whole
}

export function parseBfdSession(text: string): BfdSession | undefined {
  const value = parsed(text)
  if (isSession(value)) return { ...noTimes, ...value }
  return isMaking(value) ? newBfdSession(value.config, value.localDiscriminator, value.seed) : undefined
}

type Making = Pick<BfdSession, 'config' | 'localDiscriminator' | 'seed'>

function isMaking(value: unknown): value is Making {
  return typeof value === 'object' && value !== null && 'config' in value && 'seed' in value
}

/** JSON leaves out what is undefined. */
const noTimes = { sendAt: undefined, detectAt: undefined, forgetAt: undefined, closeAt: undefined } as const

/** Which key it was matters to nobody: a packet with another one is no event. */
function withoutKey(config: BfdConfig): BfdConfig {
  const { authentication } = config
  return authentication === undefined ? config : { ...config, authentication: { ...authentication, key: '' } }
}

const flagNames = {
  poll: 'P',
  final: 'F',
  controlPlaneIndependent: 'C',
  demand: 'D',
} as const

function formatPacket(packet: BfdPacket): string {
  const flags = Object.entries(flagNames).filter(([name]) => flagOf(packet, name))
  const { diagnostic, requiredMinEchoRxUs, authentication } = packet
  return [
    `${packet.state} my=${packet.myDiscriminator} your=${packet.yourDiscriminator}`,
    `tx=${packet.desiredMinTxUs} rx=${packet.requiredMinRxUs} mult=${packet.detectMultiplier}`,
    ...(diagnostic === 0 ? [] : [`diag=${diagnostic}`]),
    ...(requiredMinEchoRxUs === 0 ? [] : [`echo=${requiredMinEchoRxUs}`]),
    ...(flags.length === 0 ? [] : [`flags=${flags.map(([, letter]) => letter).join('')}`]),
    ...(authentication === undefined ? [] : [`auth=${formatSection(authentication)}`]),
  ].join(' ')
}

function flagOf(packet: BfdPacket, name: string): boolean {
  switch (name) {
    case 'poll':
      return packet.poll
    case 'final':
      return packet.final
    case 'demand':
      return packet.demand
    default:
      return packet.controlPlaneIndependent
  }
}

function formatSection(section: AuthenticationSection): string {
  return section.type === 'simplePassword'
    ? `${section.type}/${section.keyId}`
    : `${section.type}/${section.keyId}/${section.sequence}`
}

function parsePacket(text: string): BfdPacket | undefined {
  const [word = '', ...fields] = text.trim().split(/\s+/)
  const state = stateNamed(word)
  const said = new Map(fields.map((field): [string, string] => split(field)))
  const numberOf = (name: string) => Number(said.get(name) ?? 0)
  const flags = said.get('flags') ?? ''
  const authentication = parseSection(said.get('auth'))
  if (state === undefined || !['my', 'your', 'tx', 'rx', 'mult'].every((name) => said.has(name)))
    return undefined
  return {
    diagnostic: numberOf('diag'),
    state,
    poll: flags.includes('P'),
    final: flags.includes('F'),
    controlPlaneIndependent: flags.includes('C'),
    demand: flags.includes('D'),
    detectMultiplier: numberOf('mult'),
    myDiscriminator: numberOf('my'),
    yourDiscriminator: numberOf('your'),
    desiredMinTxUs: numberOf('tx'),
    requiredMinRxUs: numberOf('rx'),
    requiredMinEchoRxUs: numberOf('echo'),
    ...(authentication === undefined ? {} : { authentication }),
  }
}

function split(field: string): [string, string] {
  const at = field.indexOf('=')
  return [field.slice(0, at), field.slice(at + 1)]
}

function stateNamed(word: string): BfdState | undefined {
  return isState(word) ? word : undefined
}

function isState(word: string): word is BfdState {
  return Object.hasOwn(BfdState, word)
}

const noBytes = new Uint8Array(0)

function parseSection(text: string | undefined): AuthenticationSection | undefined {
  const [type = '', keyId, sequence] = text?.split('/') ?? []
  if (!isAuthenticationType(type)) return undefined
  return type === 'simplePassword'
    ? { type, keyId: Number(keyId), password: noBytes }
    : { type, keyId: Number(keyId), sequence: Number(sequence), digest: noBytes }
}

function isAuthenticationType(word: string): word is AuthenticationType {
  return Object.hasOwn(AuthenticationType, word)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What a journal of ours wrote. */
function isConfig(value: unknown): value is BfdConfig {
  return typeof value === 'object' && value !== null && 'detectMultiplier' in value
}

function isSession(value: unknown): value is BfdSession {
  return typeof value === 'object' && value !== null && 'localDiscriminator' in value && 'inForce' in value
}
