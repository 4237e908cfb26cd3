// How long a fuzz run lasts and from which seed it draws; both are printed, and a seed repeats a run.

/** The milliseconds of the whole rung; CI gives 30,000. */
export const budgetMs = positive('HERALD_FUZZ_MS', 3_000)

/** A new one each time, unless told. */
export const seed = positive('HERALD_FUZZ_SEED', 1 + Math.floor(Math.random() * 0x7ffffffe))

function positive(name: string, otherwise: number): number {
  const text = process.env[name]
  if (text === undefined || text === '') return otherwise
  const value = Number(text)
  if (!Number.isInteger(value) || value <= 0)
    throw new Error(`${name} must be a positive integer, not '${text}'`)
  return value
}

/** To repeat a failure. */
export const replayHint = `HERALD_FUZZ_SEED=${seed} HERALD_FUZZ_MS=${budgetMs}`
