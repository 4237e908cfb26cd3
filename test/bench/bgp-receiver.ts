// BIRD as the receiver of the bgp bench: a session on each of its addresses, seen over its control socket.
import { writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import type { Host } from '../net/lan.ts'
import { startProcess, tailOf } from '../support/process.ts'
import { makeTemporaryFolder, removeFolder } from '../support/temporary.ts'
import { until } from '../support/until.ts'
import { wallClock } from './bgp-prefixes.ts'

/** Of a session: `ours` is the originator's. */
export type Ends = { readonly ours: string; readonly theirs: string }

export type ReceiverWish = {
  readonly ends: readonly Ends[] // one a session
  readonly as: { readonly ours: number; readonly theirs: number }
  readonly dials: boolean
}

/** What it says of one session. */
export type SessionSeen = {
  readonly isEstablished: boolean
  readonly sinceMs: number // wall clock, of the last change of state
  readonly imported: number
}

export type Receiver = {
  readonly enable: () => Promise<void>
  readonly disable: () => Promise<void>
  /** When every session was seen to be so: one time for each, by the wall clock. */
  readonly seen: (what: string, holds: (session: SessionSeen) => boolean) => Promise<readonly Sighting[]>
  readonly stop: () => Promise<void>
}

export type Sighting = { readonly at: number; readonly session: SessionSeen }

/** ExaBGP takes that long to read 100,000 routes, and waits longer and longer before it dials again. */
const patienceMs = 90_000
/** Between two questions; the answer of BIRD to one takes a fifth of a millisecond. */
const everyMs = 1

export async function startReceiver(host: Host, wish: ReceiverWish): Promise<Receiver> {
  const folder = makeTemporaryFolder('bench-bird')
  const [file, socket, log] = [join(folder, 'bird.conf'), join(folder, 'control'), join(folder, 'log')]
  writeFileSync(file, configOf(wish))
  const daemon = startProcess({
    command: 'bird',
    args: ['-f', '-c', file, '-s', socket],
    namespace: host.namespace,
    logFile: log,
    env: { TZ: 'UTC' },
  })
  const control = await until('BIRD answers', () => openControl(socket), { timeoutMs: 20_000 }).catch(
    (error: unknown) => {
      daemon.kill('SIGKILL')
      throw new Error(`BIRD: ${tailOf(log)}`, { cause: error })
    },
  )
  const sessions = async () => readSessions(await control.ask('show protocols all "r*"'))
  return {
    enable: async () => {
      await control.ask('enable "r*"')
    },
    disable: async () => {
      await control.ask('disable "r*"')
    },
    seen: (what, holds) => watch({ what, holds, sessions, count: wish.ends.length }),
    stop: async () => {
      control.close()
      daemon.kill('SIGKILL')
      await daemon.exited
      removeFolder(folder)
    },
  }
}

function configOf({ ends, as, dials }: ReceiverWish): string {
  const sessions = ends.flatMap(({ ours, theirs }, index) => [
    `protocol bgp r${index + 1} {`,
    '  disabled;',
    `  local ${theirs} as ${as.theirs};`,
    `  neighbor ${ours} as ${as.ours};`,
    dials ? '  connect delay time 1; connect retry time 1;' : '  passive on;',
    '  error wait time 1, 1;',
    '  ipv4 { import all; export none; };',
    '}',
  ])
  return [
    'log stderr all;',
    'timeformat protocol iso long us;',
    `router id ${ends[0]?.theirs};`,
    'protocol device { }',
    ...sessions,
    '',
  ].join('\n')
}

async function watch(of: {
  readonly what: string
  readonly holds: (session: SessionSeen) => boolean
  readonly sessions: () => Promise<readonly SessionSeen[]>
  readonly count: number
}): Promise<readonly Sighting[]> {
  const wall = wallClock()
  const sightings = new Map<number, Sighting>()
  let last: readonly SessionSeen[] = []
  const areAll = async () => {
    last = await of.sessions()
    const at = wall()
    for (const [index, session] of last.entries())
      if (!sightings.has(index) && of.holds(session)) sightings.set(index, { at, session })
    return sightings.size === of.count ? [...sightings.values()] : undefined
  }
  return until(of.what, areAll, { timeoutMs: patienceMs, everyMs }).catch((error: unknown) => {
    throw new Error(`${of.what}: ${JSON.stringify(last.slice(0, 3))}`, { cause: error })
  })
}

// 1002-r1         BGP        ---        up     2026-11-24 13:30:00.123456  Established
//      ...
//      Routes:         1000 imported, 0 exported, 1000 preferred
function readSessions(said: string): readonly SessionSeen[] {
  return said
    .split(/^(?:1002-| )(?=r\d+\s+BGP)/m)
    .slice(1)
    .map((text) => {
      const since = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}/.exec(text)?.[0] ?? ''
      return {
        isEstablished: /BGP state:\s+Established/.test(text),
        sinceMs: Date.parse(`${since.slice(0, 19).replace(' ', 'T')}Z`) + Number(since.slice(19)) * 1000,
        imported: Number(/Routes:\s+(\d+) imported/.exec(text)?.[1] ?? 0),
      }
    })
}

type Control = { readonly ask: (command: string) => Promise<string>; readonly close: () => void }

/** birdc is a process for each question; this is a line. An answer ends with a line of a code and a blank. */
function openControl(path: string): Promise<Control> {
  const socket = createConnection(path)
  let text = ''
  let waiting: ((answer: string) => void) | undefined
  socket.setEncoding('utf8').on('data', (more) => {
    text += more
    if (!/^\d{4} .*\n$/m.test(text.slice(text.lastIndexOf('\n', text.length - 2) + 1))) return
    const whole = text
    text = ''
    waiting?.(whole)
  })
  const answer = () => new Promise<string>((resolve) => (waiting = resolve))
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    waiting = () =>
      resolve({
        ask: (command) => {
          socket.write(`${command}\n`)
          return answer()
        },
        close: () => socket.destroy(),
      })
  })
}
