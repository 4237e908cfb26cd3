// Traces of a BGP session: what happens to it and what it makes of that, in the format of the engine's journal.
// A file holds several; each begins with '# title' and may say how the speaker differs: `given {"passive":true}`,
// `restarting`. Effects stand indented below their event.
import type { SessionConfig } from '../../../protocols/bgp/config.ts'
import { newSession } from '../../../protocols/bgp/session.ts'
import type { Session } from '../../../protocols/bgp/session.ts'
import { step } from '../../../protocols/bgp/step.ts'
import { formatEffect, parseEvent } from '../../../protocols/bgp/trace.ts'
import { speaker } from './speaker.ts'

export type Story = { readonly title: string; readonly lines: readonly string[] } // without effects

export function parseStories(text: string): Story[] {
  const stories: { title: string; lines: string[] }[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('# ')) stories.push({ title: line.slice(2), lines: [] })
    else if (line !== '' && !line.startsWith('  ')) stories.at(-1)?.lines.push(line)
  }
  return stories
}

/** The story with what the session really does below each event. */
export function renderStory({ title, lines }: Story): string {
  let session = speakerOf(lines)
  const rendered = lines.flatMap((line) => {
    const match = /^@(\d+)\s+(.*)$/.exec(line)
    if (match === null) return [line]
    const event = parseEvent(match[2] ?? '')
    if (event === undefined) throw new Error(`${title}: no event in "${line}"`)
    const stepped = step(session, event, Number(match[1]))
    session = stepped.session
    return [line, ...stepped.effects.map((effect) => `  ${formatEffect(effect)}`)]
  })
  return [`# ${title}`, ...rendered].join('\n')
}

function speakerOf(lines: readonly string[]): Session {
  const given = lines.find((line) => line.startsWith('given '))?.slice('given '.length) ?? '{}'
  const differs: unknown = JSON.parse(given)
  if (!isPartialConfig(differs)) throw new Error(`no configuration: ${given}`)
  const restarting = lines.includes('restarting')
  return newSession({ ...speaker, ...differs }, { seed: 1, now: 0, restarting })
}

function isPartialConfig(value: unknown): value is Partial<SessionConfig> {
  return typeof value === 'object' && value !== null && Object.keys(value).every(isField)
}

function isField(name: string): boolean {
  const others = [
    'keepaliveS',
    'sendHoldMs',
    'idleHold',
    'gracefulRestart',
    'role',
    'hostname',
    'softwareVersion',
    'prefixLimits',
  ]
  return Object.hasOwn(speaker, name) || others.includes(name)
}
