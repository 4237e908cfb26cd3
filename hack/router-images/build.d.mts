// The types of build.mjs, for the tests.
export type ImageName = 'bird' | 'frr' | 'gobgp' | 'exabgp' | 'openbgpd'
export const imageNames: readonly ImageName[]
export function buildRouterImages(say: (line: string) => void, names?: readonly ImageName[]): void
export function routerImage(name: ImageName): { readonly tar: string; readonly tag: string } | undefined
