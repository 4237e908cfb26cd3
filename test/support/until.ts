// Waiting for the world to become so: asks again and again until the answer is there, or says what it saw last.

export type Patience = { readonly timeoutMs?: number; readonly everyMs?: number }

/** Thrown by an asker who knows that it will never be so. */
export class Hopeless extends Error {}

/** Resolves with the first answer that is not undefined. An error counts as 'not yet' and is shown at the end. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  patience: Patience = {},
): Promise<T> {
  const { timeoutMs = 60_000, everyMs = 50 } = patience
  const deadline = performance.now() + timeoutMs
  let lastError: unknown
  for (;;) {
    try {
      const answer = await ask()
      if (answer !== undefined) return answer
      lastError = undefined
    } catch (error) {
      if (error instanceof Hopeless) throw error
      lastError = error
    }
    if (performance.now() > deadline)
      throw new Error(`waited ${timeoutMs} ms for: ${what}`, { cause: lastError })
    await pause(everyMs)
  }
}

/** The same for a fact. */
export async function untilTrue(
  what: string,
  ask: () => Promise<boolean> | boolean,
  patience: Patience = {},
): Promise<void> {
  await until(what, async () => ((await ask()) ? true : undefined), patience)
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
