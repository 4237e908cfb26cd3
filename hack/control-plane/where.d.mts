// The types of where.mjs, for the tests and the lab.
export type Component =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kube-proxy'
  | 'kubectl'
export type Environment = Readonly<Record<string, string | undefined>>
export const components: readonly Component[]
export function kubernetesVersion(): string
export function cacheFolder(env?: Environment): string
export function wrongNames(env?: Environment): readonly string[]
export function componentPath(component: Component, env?: Environment): string
export function missingComponents(env?: Environment): readonly Component[]
