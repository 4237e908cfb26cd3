// Secret (core v1), as far as it is read: the password of the type kubernetes.io/basic-auth.
import type { KindName, Parsed, Resource } from './kind.ts'
import { at, objectTo, partAt, readIdentity, readString, topOf } from './read.ts'

export const secretKind = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
  namespaced: true,
} as const satisfies KindName

export type Secret = {
  readonly namespace: string
  readonly name: string
  readonly type: string
  readonly password?: string // decoded; never in a log
}

export function parseSecret(resource: Resource): Parsed<Secret> {
  const top = topOf(resource)
  const { namespace, name } = readIdentity(top)
  const type = readString(at(top, 'type')) ?? 'Opaque'
  const place = at(partAt(top, 'data'), 'password')
  const encoded = readString(place)
  const password = encoded === undefined ? undefined : decodeText(encoded)
  // What stands there is not quoted: it may be the password.
  if (encoded !== undefined && password === undefined)
    objectTo({ ...place, raw: '(hidden)' }, 'must be UTF-8 text in base64')
  return {
    value: { namespace, name, type, ...(password === undefined ? {} : { password }) },
    objections: top.objections,
  }
}

function decodeText(base64: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
