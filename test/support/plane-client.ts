// The product's client (operator/kube) for a control plane of a test: nobody else uses its connections.
import { loadAuth } from '../../operator/kube/auth.ts'
import { createClient } from '../../operator/kube/client.ts'
import type { Client } from '../../operator/kube/client.ts'

/** Almighty with `plane.kubeconfig`; whoever else `plane.userKubeconfig()` says. The caller closes it. */
export function connectTo(kubeconfig: string): Client {
  return createClient({ auth: loadAuth({ kubeconfig }), userAgent: 'herald-test' })
}
