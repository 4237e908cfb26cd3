// JSON for the API server: as JSON.stringify(), and whole numbers beyond 2^53 to the last digit.

declare global {
  interface JSON {
    readonly rawJSON: (text: string) => object // https://github.com/tc39/proposal-json-parse-with-source
  }
}

/** A bigint is written as the number that it is; a double could not hold it. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'bigint' ? JSON.rawJSON(part.toString()) : part,
  )
}
