// kubeconfig files for one user each, as plain data (JSON is YAML).
import { writeFileSync } from 'node:fs'
import type { Certificate } from './certificates.ts'
import { fileAsBase64 } from './certificates.ts'

export type KubeUser = { readonly certificate: Certificate } | { readonly token: string }

export type Kubeconfig = {
  readonly server: string
  readonly authorityFile: string
  readonly user: KubeUser
  readonly namespace?: string
}

export function writeKubeconfig(file: string, config: Kubeconfig): string {
  const context = { cluster: 'herald', user: 'herald', namespace: config.namespace ?? 'default' }
  const cluster = {
    server: config.server,
    'certificate-authority-data': fileAsBase64(config.authorityFile),
  }
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'herald', cluster }],
    users: [{ name: 'herald', user: credentials(config.user) }],
    contexts: [{ name: 'herald', context }],
    'current-context': 'herald',
  }
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  return file
}

function credentials(user: KubeUser): Readonly<Record<string, string>> {
  if ('token' in user) return { token: user.token }
  return {
    'client-certificate-data': fileAsBase64(user.certificate.certificateFile),
    'client-key-data': fileAsBase64(user.certificate.keyFile),
  }
}
