// The API server's own record of who asked it what: its audit log, kept for the service accounts of one namespace only, so
// that the requests of the bench itself are not among them.
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dig, digText } from '../support/dig.ts'
import { makeTemporaryFolder } from '../support/temporary.ts'

/** By 'verb resource' or 'verb resource/subresource', the verbs in the API server's words: get, list, watch, patch … */
export type Requests = ReadonlyMap<string, number>

export type Audit = {
  readonly flags: () => readonly string[] // for the API server; makes the folder that the log is in
  readonly take: () => Requests // since the last time
}

export function auditOf(namespace: string): Audit {
  let file = ''
  let position = 0
  let rest = ''
  const flags = (): readonly string[] => {
    const folder = makeTemporaryFolder('audit')
    const policy = join(folder, 'policy.json')
    file = join(folder, 'audit.log')
    writeFileSync(policy, JSON.stringify(policyFor(namespace)))
    writeFileSync(file, '')
    return [`--audit-policy-file=${policy}`, `--audit-log-path=${file}`, '--audit-log-maxsize=2000']
  }
  const take = (): Requests => {
    const added = textFrom(file, position)
    position += added.length
    const lines = `${rest}${added.toString('utf8')}`.split('\n')
    rest = lines.pop() ?? ''
    return countRequests(lines)
  }
  return { flags, take }
}

function policyFor(namespace: string): unknown {
  return {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'Metadata', userGroups: [`system:serviceaccounts:${namespace}`] }, { level: 'None' }],
  }
}

function textFrom(file: string, start: number): Buffer {
  const descriptor = openSync(file, 'r')
  try {
    const chunks: Buffer[] = []
    for (let position = start; ; ) {
      const chunk = Buffer.alloc(1 << 20)
      const length = readSync(descriptor, chunk, 0, chunk.length, position)
      if (length === 0) return Buffer.concat(chunks)
      chunks.push(chunk.subarray(0, length))
      position += length
    }
  } finally {
    closeSync(descriptor)
  }
}

// A watch is told when it starts and again when it ends, everything else once, when it is complete.
function countRequests(lines: readonly string[]): Requests {
  const counts = new Map<string, number>()
  for (const line of lines) {
    const event: unknown = JSON.parse(line)
    const verb = digText(event, 'verb') ?? ''
    const stage = digText(event, 'stage')
    if (stage !== (verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete')) continue
    const key = `${verb} ${subjectOf(event)}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

function subjectOf(event: unknown): string {
  const resource = digText(event, 'objectRef', 'resource')
  if (resource === undefined) return (digText(event, 'requestURI') ?? '').replace(/\?.*/, '')
  const subresource = dig(event, 'objectRef', 'subresource')
  return typeof subresource === 'string' ? `${resource}/${subresource}` : resource
}

/** Of those whose name has it. */
export function countOf(requests: Requests, pattern: RegExp): number {
  return [...requests].reduce((sum, [key, count]) => (pattern.test(key) ? sum + count : sum), 0)
}
