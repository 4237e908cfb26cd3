// Whether this is the long run (`npm run test:long`): tables are played whole then, and models run for longer.

export const isLong = process.env['HERALD_LONG'] === '1'

/** How often a property or a model is tried. */
export function tries(each: { readonly usual: number; readonly long: number }): number {
  return isLong ? each.long : each.usual
}
