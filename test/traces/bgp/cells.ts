// Every (state, event) cell of RFC 4271 §8.2.2 as text: what the event does to a lane that is in the state.
import type { FsmEvent, FsmEventName } from '../../../protocols/bgp/fsm-event.ts'
import { eventNumbers } from '../../../protocols/bgp/fsm-event.ts'
import type { Move, Surroundings } from '../../../protocols/bgp/lane.ts'
import type { Open } from '../../../protocols/bgp/open.ts'
import { idleLane } from '../../../protocols/bgp/session.ts'
import type { Lane, State } from '../../../protocols/bgp/session.ts'
import { formatEffect } from '../../../protocols/bgp/trace.ts'
import { stepLane } from '../../../protocols/bgp/transitions.ts'
import { local, speaker } from './speaker.ts'

const around: Surroundings = {
  config: speaker,
  now: 0,
  random: 1,
  restarting: false,
  idleHoldMs: 1000,
  dial: 'dial-2',
}

const open: Open = {
  type: 'open',
  asNumber: 65002,
  holdTimeS: 30,
  identifier: '192.0.2.2',
  capabilities: [
    { name: 'multiprotocol', afi: 1, safi: 1 },
    { name: 'four-octet-as', asNumber: 65002 },
  ],
}

const stopping = {
  notification: { type: 'notification', code: 6, subcode: 2, data: '' },
  reason: 'stop',
} as const
const violation = { code: 1, subcode: 1, data: '', message: 'broken' } as const
const said = { type: 'notification', code: 6, subcode: 4, data: '' } as const

/** One event of each kind. */
const samples: { readonly [Name in FsmEventName]: FsmEvent<Name> } = {
  'manual-start': { type: 'manual-start' },
  'manual-stop': { type: 'manual-stop', ...stopping },
  'automatic-start': { type: 'automatic-start' },
  'manual-start-passive': { type: 'manual-start-passive' },
  'automatic-start-passive': { type: 'automatic-start-passive' },
  'automatic-start-damped': { type: 'automatic-start-damped' },
  'automatic-start-damped-passive': { type: 'automatic-start-damped-passive' },
  'automatic-stop': { type: 'automatic-stop', ...stopping },
  'connect-retry-expires': { type: 'connect-retry-expires' },
  'hold-expires': { type: 'hold-expires' },
  'keepalive-expires': { type: 'keepalive-expires' },
  'delay-open-expires': { type: 'delay-open-expires' },
  'idle-hold-expires': { type: 'idle-hold-expires' },
  'tcp-valid': { type: 'tcp-valid' },
  'tcp-invalid': { type: 'tcp-invalid' },
  'tcp-acked': { type: 'tcp-acked', connection: 'dial-1', local },
  'tcp-confirmed': { type: 'tcp-confirmed', connection: 'accept-1', local },
  'tcp-fails': { type: 'tcp-fails', why: 'connection reset' },
  open: { type: 'open', open },
  'open-while-delayed': { type: 'open-while-delayed', open },
  'header-error': { type: 'header-error', violation },
  'open-error': { type: 'open-error', violation: { ...violation, code: 2, subcode: 6 } },
  'collision-dump': { type: 'collision-dump' },
  'notification-version-error': {
    type: 'notification-version-error',
    notification: { ...said, code: 2, subcode: 1 },
  },
  notification: { type: 'notification', notification: said },
  keepalive: { type: 'keepalive' },
  update: { type: 'update' },
  'update-error': { type: 'update-error', violation: { ...violation, code: 3, subcode: 1 } },
  'send-hold-expires': { type: 'send-hold-expires' },
}

function isEventName(name: string): name is FsmEventName {
  return Object.hasOwn(eventNumbers, name)
}

export const eventNames = Object.keys(eventNumbers).filter(isEventName)

/** Events that lead from Idle into each state; delayed: with the OPEN held back on a connection of the peer. */
const ways: {
  readonly [S in State | 'Active, OPEN delayed' | 'Connect, OPEN delayed']: readonly FsmEventName[]
} = {
  Idle: [],
  Active: ['manual-start-passive'],
  'Active, OPEN delayed': ['manual-start-passive', 'tcp-confirmed'],
  Connect: ['manual-start'],
  'Connect, OPEN delayed': ['manual-start', 'tcp-acked'],
  OpenSent: ['manual-start', 'tcp-acked'],
  OpenConfirm: ['manual-start', 'tcp-acked', 'open'],
  Established: ['manual-start', 'tcp-acked', 'open', 'keepalive'],
}

export type Standing = keyof typeof ways

export function isStanding(text: string): text is Standing {
  return Object.hasOwn(ways, text)
}

export const standings = Object.keys(ways).filter(isStanding)

function surroundings(standing: Standing, now: number): Surroundings {
  const delayOpenMs = standing.endsWith('delayed') ? 2000 : 0
  return { ...around, now, config: { ...speaker, delayOpenMs } }
}

function laneIn(standing: Standing): Lane {
  const first = { ...surroundings(standing, 0), dial: 'dial-1' }
  const lane = ways[standing].reduce<Lane>(
    (before, name) => stepLane(before, samples[name], first).lane,
    idleLane,
  )
  if (lane.connection === undefined) return lane
  const { sendHold: _, ...timers } = lane.timers
  return { ...lane, timers, connection: { ...lane.connection, isBusy: false } } // all that was sent is taken
}

/** Once a connection is open, what comes in is another one. */
function sampleIn(lane: Lane, name: FsmEventName): FsmEvent {
  const isOpen = lane.connection?.local !== undefined
  return name === 'tcp-acked' && isOpen ? { type: name, connection: 'dial-9', local } : samples[name]
}

/** The cells of one state, as they stand in its file. */
export function renderCells(standing: Standing): string {
  const before = laneIn(standing)
  const now = 1000
  const blocks = eventNames.map((name) => {
    const move = stepLane(before, sampleIn(before, name), surroundings(standing, now))
    return [`${name} (${eventNumbers[name]})`, ...moveLines(before, move, now)].join('\n')
  })
  return `# ${standing}\n\n${blocks.join('\n\n')}\n`
}

function moveLines(before: Lane, move: Move, now: number): string[] {
  if (move.lane === before && move.effects.length === 0) return ['  ignored']
  const { state, timers } = move.lane
  const running = Object.entries(timers).flatMap(([name, at]) =>
    at === undefined ? [] : [`${name} +${at - now}`],
  )
  return [
    ...move.effects.map((effect) => `  ${formatEffect(effect)}`),
    `  ${state === before.state ? 'stays' : state}${move.reason === undefined ? '' : `: ${move.reason}`}`,
    ...(running.length === 0 ? [] : [`  timers ${running.join(' ')}`]),
    ...(move.ending?.failed === true ? ['  counts as a failure'] : []),
    ...(move.ending?.keepsRoutes === true ? ['  keeps routes where graceful restart was agreed on'] : []),
  ]
}
