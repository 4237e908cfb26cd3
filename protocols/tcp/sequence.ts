// Sequence numbers: 32 bits that wrap (RFC 9293 §3.4).

export function after(sequence: number, count: number): number {
  return (sequence + count) >>> 0
}

/** How far `a` is ahead of `b`; negative when it is behind. Right while they are less than 2^31 apart. */
export function distance(a: number, b: number): number {
  return (a - b) | 0
}
