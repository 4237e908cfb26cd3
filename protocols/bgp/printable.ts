// Text that a peer wrote, made fit to be shown: in a log, a status or a terminal it must not pass for ours.

/** Control, format and line characters replaced. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd')
}
