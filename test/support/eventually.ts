// Waiting, without a clock, for what loopback and promises bring: one turn of the event loop after the other.

/** Asks after every turn. For tests with a fake clock, where until() would wait by the real one. */
export async function eventually(what: string, ask: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000 // before that of the rung, to say what was missing
  while (!ask()) {
    if (performance.now() > deadline) throw new Error(`it did not come about: ${what}`)
    await turn()
  }
}

/** Turns enough for an answer over loopback: for what must NOT happen. */
export async function turns(count = 50): Promise<void> {
  for (let turned = 0; turned < count; turned++) await turn()
}

function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
