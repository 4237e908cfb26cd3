// What went wrong, in words for who typed the command: what was tried, what stands in the way, what would be right.
import type { KindName } from '../../crds/kind.ts'
import { ApiError } from '../kube/api-error.ts'

/** What the user, or the cluster, got wrong: printed without a stack. */
export class Mistake extends Error {}

/** A list that the API server did not give. */
export type Refusal = { readonly kind: KindName; readonly namespace?: string; readonly error: unknown }

/** One look at a cluster needs many lists: all that were refused, so that all is mended at once. */
export class LookError extends Error {
  readonly refusals: readonly Refusal[]

  constructor(refusals: readonly Refusal[]) {
    super('lists were refused', { cause: refusals[0]?.error })
    this.refusals = refusals
  }
}

/** Where the command asked, and by whose leave. */
export type Asked = { readonly server: string; readonly access: string }

/** Undefined: a bug, which is shown as it is. */
export function inWords(error: unknown, asked: Asked): string | undefined {
  if (error instanceof Mistake) return error.message
  if (error instanceof ApiError) return answerInWords(error, asked)
  if (!(error instanceof LookError)) return undefined
  const { refusals } = error
  const foreign = refusals.find((refusal) => !(refusal.error instanceof ApiError))
  if (foreign !== undefined) return undefined
  const unanswered = refusals.find((refusal) => ![403, 404].includes(statusOf(refusal)))
  if (unanswered?.error instanceof ApiError) return answerInWords(unanswered.error, asked)
  const missing = refusals.filter((refusal) => statusOf(refusal) === 404)
  const forbidden = refusals.filter((refusal) => statusOf(refusal) === 403)
  return [...missingInWords(missing, asked), ...forbiddenInWords(forbidden)].join('\n')
}

function statusOf({ error }: Refusal): number {
  return error instanceof ApiError ? error.status : -1
}

function answerInWords(error: ApiError, { server, access }: Asked): string {
  if (error.status === 0) return `${server} does not answer: ${error.message} (tried by ${access})`
  if (error.status === 401) return `${server} does not accept the credentials of ${access}: ${error.message}`
  return `${server} answers ${error.status}: ${error.message}`
}

function missingInWords(refusals: readonly Refusal[], { server, access }: Asked): readonly string[] {
  if (refusals.length === 0) return []
  const kinds = refusals.map(({ kind }) => kind.kind).join(', ')
  return [
    `${server} knows no ${kinds}: Herald is not installed there (kubectl apply -k deploy/manifests), ` +
      `or it is another cluster than you meant (asked by ${access})`,
  ]
}

/** The role with these rights and no others: deploy/manifests/reader-role.yaml. */
const readerRole = 'metallb-system:reader'

function forbiddenInWords(refusals: readonly Refusal[]): readonly string[] {
  if (refusals.length === 0) return []
  const rights = refusals.map(({ kind, namespace }) => {
    const resource = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`
    return namespace === undefined ? resource : `${resource} in namespace ${namespace}`
  })
  const user = userIn(refusals)
  return [
    `${user ?? 'you'} may not list ${rights.join(', ')}: ` +
      `the ClusterRole ${readerRole} has all that herald needs to read`,
  ]
}

/** As the API server names who is asking: 'nodes is forbidden: User "jane" cannot list resource …' */
function userIn(refusals: readonly Refusal[]): string | undefined {
  for (const { error } of refusals) {
    const user = error instanceof ApiError ? /User "([^"]+)"/.exec(error.message)?.[1] : undefined
    if (user !== undefined) return user
  }
  return undefined
}
