// What a command waits for, said on stderr once it takes longer than a second, and nothing before.
import type { Client } from '../kube/client.ts'
import { processClock } from '../kube/clock.ts'
import type { Clock } from '../kube/clock.ts'
import type { Terminal } from './terminal.ts'

const silentMs = 1_000
const everyMs = 5_000

export type Patience = { readonly clock?: Clock; readonly waitsFor: () => string }

export async function withPatience<T>(
  { err }: Pick<Terminal, 'err'>,
  { clock = processClock, waitsFor }: Patience,
  work: Promise<T>,
): Promise<T> {
  const startedAt = clock.now()
  let cancel = clock.after(silentMs, tell)

  function tell(): void {
    err.write(`waiting since ${Math.round((clock.now() - startedAt) / 1_000)} s for ${waitsFor()}\n`)
    cancel = clock.after(everyMs, tell)
  }

  try {
    return await work
  } finally {
    cancel()
  }
}

/** The same client, and what is being listed by it at the moment. */
export function observed(client: Pick<Client, 'list'>): {
  readonly client: Pick<Client, 'list'>
  readonly underWay: () => readonly string[]
} {
  const underWay = new Set<string>()
  return {
    client: {
      list: async (kind, options) => {
        underWay.add(kind.plural)
        try {
          return await client.list(kind, options)
        } finally {
          underWay.delete(kind.plural)
        }
      },
    },
    underWay: () => [...underWay],
  }
}
