// The types of where.mjs, for the tests and the lab.
export type Component =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kube-proxy'
  | 'kubectl'
export const components: readonly Component[]
export function kubernetesVersion(): string
export function cacheFolder(): string
export function namedByUser(component: Component): string | undefined
export function componentPath(component: Component): string
export function missingComponents(): readonly Component[]
