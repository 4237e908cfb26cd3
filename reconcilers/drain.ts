// Signs by which a node asks its routers to prefer others: everything it announces by BGP then says GRACEFUL_SHUTDOWN
// (RFC 8326), and goes on being announced, so that it is still the way in where there is no other. Each sign is opt-in.
import type { Node } from '../crds/core.ts'
import { labelKeyProblem } from '../crds/labels.ts'
import type { Verdict } from './verdict.ts'

export type DrainSign =
  | { readonly type: 'cordoned' }
  | { readonly type: 'label'; readonly key: string; readonly value?: string }
  | { readonly type: 'taint'; readonly key: string }
  | { readonly type: 'condition'; readonly name: string } // that is True

export const drainSignForms = 'cordoned, label:KEY, label:KEY=VALUE, taint:KEY or condition:TYPE'

/** Undefined: it is no sign. */
export function parseDrainSign(text: string): DrainSign | undefined {
  if (text === 'cordoned') return { type: 'cordoned' }
  const [type = '', ...rest] = text.split(':')
  const name = rest.join(':')
  if (name === '') return undefined
  if (type === 'condition') return /^[A-Za-z0-9./_-]+$/.test(name) ? { type, name } : undefined
  if (type === 'taint') return labelKeyProblem(name) === undefined ? { type, key: name } : undefined
  if (type !== 'label') return undefined
  const [key = '', ...value] = name.split('=')
  if (labelKeyProblem(key) !== undefined) return undefined
  return value.length === 0 ? { type, key } : { type, key, value: value.join('=') }
}

/** The first sign that the node gives. */
export function drainVerdict(node: Node | undefined, signs: readonly DrainSign[] = []): Verdict | undefined {
  const found = node === undefined ? undefined : signs.find((sign) => isGiven(sign, node))
  if (found === undefined) return undefined
  const message = `node ${node?.name} ${words(found)}: its routes say GRACEFUL_SHUTDOWN, so that routers prefer other nodes`
  return { reason: 'NodeDraining', message }
}

function isGiven(sign: DrainSign, { labels, leaving, taints = [], trueConditions = [] }: Node): boolean {
  switch (sign.type) {
    case 'cordoned':
      return leaving !== undefined
    case 'label':
      return Object.hasOwn(labels, sign.key) && (sign.value === undefined || labels[sign.key] === sign.value)
    case 'taint':
      return taints.includes(sign.key)
    case 'condition':
      return trueConditions.includes(sign.name)
  }
}

function words(sign: DrainSign): string {
  switch (sign.type) {
    case 'cordoned':
      return 'is cordoned or shutting down'
    case 'label':
      return `has the label ${sign.key}${sign.value === undefined ? '' : `=${sign.value}`}`
    case 'taint':
      return `has the taint ${sign.key}`
    case 'condition':
      return `has the condition ${sign.name}`
  }
}
