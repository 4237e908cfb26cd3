// How the manifests run a process: its command, environment, user and capabilities, read from the Deployment or the
// DaemonSet that the API server holds, so that the lab runs what a cluster would run.
import type { Api } from '../../test/support/api.ts'
import { dig, digList, digText } from '../../test/support/dig.ts'

export type Workload = {
  readonly component: 'controller' | 'speaker'
  readonly template: unknown // of its pods
  readonly serviceAccount: string
  readonly command: readonly string[] // as in the image: node /herald/speaker.js …
  readonly user: number
  readonly group: number
  readonly capabilities: readonly string[] // NET_RAW …; everything else is dropped
}

export const heraldNamespace = 'metallb-system'

const paths = { controller: 'deployments/controller', speaker: 'daemonsets/speaker' } as const

export async function readWorkload(api: Api, component: Workload['component']): Promise<Workload> {
  const object = await api.get(`/apis/apps/v1/namespaces/${heraldNamespace}/${paths[component]}`)
  const template = dig(object, 'spec', 'template')
  const container = dig(template, 'spec', 'containers', 0)
  const privileges = dig(container, 'securityContext')
  if (digList(privileges, 'capabilities', 'drop').join() !== 'ALL')
    throw new Error(`the manifest of the ${component} does not drop every capability`)
  const inPod = (key: string): number =>
    numberAt(privileges, key) ?? numberAt(dig(template, 'spec', 'securityContext'), key) ?? 0
  return {
    component,
    template,
    serviceAccount: digText(template, 'spec', 'serviceAccountName') ?? 'default',
    command: [...texts(dig(container, 'command')), ...texts(dig(container, 'args'))],
    user: inPod('runAsUser'),
    group: inPod('runAsGroup'),
    capabilities: texts(dig(privileges, 'capabilities', 'add')),
  }
}

/** The container's variables, fields of the pod filled in as the kubelet does it. */
export function environmentOf(
  workload: Workload,
  pod: { readonly name: string; readonly node: string },
): Readonly<Record<string, string>> {
  const fields: Readonly<Record<string, string>> = {
    'metadata.name': pod.name,
    'metadata.namespace': heraldNamespace,
    'spec.nodeName': pod.node,
  }
  const variables = digList(workload.template, 'spec', 'containers', 0, 'env')
  const pairs = variables.map((variable): [string, string] => {
    const field = digText(variable, 'valueFrom', 'fieldRef', 'fieldPath')
    const value = field === undefined ? digText(variable, 'value') : fields[field]
    return [digText(variable, 'name') ?? '', value ?? '']
  })
  return Object.fromEntries(pairs)
}

/**
 * setpriv's words for it. An ordinary user gets no capability by exec, and root only those in its bounding set.
 * --no-new-privs is allowPrivilegeEscalation: false.
 */
export function setprivFlags(workload: Workload): readonly string[] {
  const kept = workload.capabilities.map((name) => `,+${name.toLowerCase()}`).join('')
  return [
    `--reuid=${workload.user}`,
    `--regid=${workload.group}`,
    '--clear-groups',
    `--bounding-set=-all${kept}`,
    `--inh-caps=-all${kept}`,
    '--no-new-privs',
  ]
}

function texts(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : []
}

function numberAt(object: unknown, key: string): number | undefined {
  const value = dig(object, key)
  return typeof value === 'number' ? value : undefined
}
