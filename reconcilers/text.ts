// Words for people: what users write may be 64 kB long; what Herald says of it is not.

/** Cut at the end, and said so. */
export function shorten(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`
}

/** In quotes, as JSON, and short. */
export function quote(text: string): string {
  return JSON.stringify(shorten(text, 100))
}
