// A whole session as one line and back, for the head of a journal: from there on its events can be replayed.
// JSON, but that the maps in it are marked as such, and that what is missing in a list stays missing.
import { newSession } from './session.ts'
import type { Session } from './session.ts'

/** One that has just been made is told by what it was made of, which any later version of ours understands. */
export function formatSession(session: Session): string {
  const { config, seed, since, restarting } = session
  const whole = textOf(session)
  const isNew = whole === textOf(newSession(config, { seed, now: since, restarting }))
  return isNew ? JSON.stringify({ config, seed, since, restarting }) : whole
}

function textOf(session: Session): string {
  return JSON.stringify(session, (_key, value: unknown) =>
    value instanceof Map ? { [mapMark]: [...value] } : value,
  )
}

const mapMark = '$map'

/** Undefined for text that formatSession has not written. */
export function parseSession(text: string): Session | undefined {
  try {
    const value: unknown = JSON.parse(text, (_key, part: unknown) => revived(part))
    if (isSession(value)) return value
    if (!isMaking(value)) return undefined
    const { config, seed, since, restarting } = value
    return newSession(config, { seed, now: since, restarting })
  } catch {
    return undefined
  }
}

/** JSON writes null for a branch of a tree that is not there. */
function revived(part: unknown): unknown {
  if (part === null) return undefined
  if (typeof part !== 'object' || !(mapMark in part) || !Array.isArray(part[mapMark])) return part
  const entries: readonly unknown[] = part[mapMark]
  return new Map(entries.flatMap((entry) => (isPair(entry) ? [entry] : [])))
}

function isPair(value: unknown): value is readonly [unknown, unknown] {
  return Array.isArray(value) && value.length === 2
}

type Making = Pick<Session, 'config' | 'seed' | 'since' | 'restarting'>

/** What a journal of ours wrote. */
function isSession(value: unknown): value is Session {
  return typeof value === 'object' && value !== null && 'lanes' in value && 'ribOut' in value
}

function isMaking(value: unknown): value is Making {
  return typeof value === 'object' && value !== null && 'config' in value && 'seed' in value
}
