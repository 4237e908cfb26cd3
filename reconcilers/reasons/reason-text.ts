// A row of the table of reasons: why it is so, and what would help.
export type ReasonText = { readonly cause: string; readonly cure: string }
