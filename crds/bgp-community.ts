// BGP communities as users write them: A:B (RFC 1997), large:A:B:C (RFC 8092), or the alias of one.

export type BGPCommunity =
  | { readonly type: 'standard'; readonly value: string } // 'A:B'
  | { readonly type: 'large'; readonly value: string } // 'A:B:C'

export const communityForms = 'A:B with parts up to 65535, or large:A:B:C with parts up to 4294967295'

/**
 * 'malformed': it has the parts of a community, and one of them is wrong.
 * undefined: it is no community; the name of an alias it may be.
 */
export function parseBGPCommunity(text: string): BGPCommunity | 'malformed' | undefined {
  const parts = text.split(':')
  if (parts.length === 2) return community('standard', parts, 0xffff)
  if (parts.length !== 4) return undefined
  return parts[0] === 'large' ? community('large', parts.slice(1), 0xffffffff) : 'malformed'
}

function community(
  type: BGPCommunity['type'],
  parts: readonly string[],
  limit: number,
): BGPCommunity | 'malformed' {
  const valid = parts.every((part) => /^\d{1,20}$/.test(part) && Number(part) <= limit)
  return valid ? { type, value: parts.map(Number).join(':') } : 'malformed'
}
