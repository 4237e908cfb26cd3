// A control plane that knows our kinds, for the tests of their schemas.
import { join } from 'node:path'
import type { ControlPlane, ControlPlaneOptions } from './control-plane.ts'
import { startControlPlane } from './control-plane.ts'

export const manifestsFolder = join(import.meta.dirname, '../../crds/manifests')

/** With all kinds established, and the namespace metallb-system. */
export async function startSchemaPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const plane = await startControlPlane(options)
  try {
    await plane.kubectl(['apply', '-k', manifestsFolder])
    await plane.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s'])
    await plane.kubectl(['create', 'namespace', 'metallb-system'])
    return plane
  } catch (error) {
    await plane.stop()
    throw error
  }
}

export function pathOf(plural: string, rest = '', version = 'v1beta1'): string {
  return `/apis/metallb.io/${version}/namespaces/metallb-system/${plural}${rest}`
}

/** A whole object around a spec. */
export function objectOf(kind: string, name: string, spec?: unknown, version = 'v1beta1'): object {
  return {
    apiVersion: `metallb.io/${version}`,
    kind,
    metadata: { name },
    ...(spec === undefined ? {} : { spec }),
  }
}

/** The words with which it was refused; '' when it was not. */
export function refusalOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => '',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
}
