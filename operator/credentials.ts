// Who a process or the command is to the API server, or one line about why that cannot be told.
import { SettingsError } from './flags.ts'
import { loadAuth } from './kube/auth.ts'
import type { Auth, AuthOptions } from './kube/auth.ts'

/** A kubeconfig that cannot be used is a mistake of whoever named it. */
export function authFrom(where: AuthOptions): Auth {
  try {
    return loadAuth(where)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new SettingsError('--kubeconfig', where.kubeconfig ?? '', message)
  }
}
