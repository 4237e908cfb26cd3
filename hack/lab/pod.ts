// A pod of the lab: a network namespace with an address of each family, routed by its node, and a backend in it.
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import type { Running } from '../../test/support/process.ts'
import { startProcess } from '../../test/support/process.ts'
import type { NodeName } from './names.ts'
import { namespaceName, podAddresses, podNamespaceName } from './names.ts'
import { ip, run } from './shell.ts'

export type PodPlace = {
  readonly lab: string // the lab's id
  readonly node: NodeName
  readonly host: number // its number on the node, from 2
  readonly name: string
  readonly port: number
  readonly logFolder: string
}

export type RunningPod = {
  readonly addresses: { readonly IPv4: string; readonly IPv6: string }
  readonly backend: Running
  readonly remove: () => Promise<void>
}

const program = fileURLToPath(new URL('backend.ts', import.meta.url))

export async function startPod(pod: PodPlace): Promise<RunningPod> {
  const namespace = podNamespaceName(pod.lab, pod.node, pod.host)
  const addresses = podAddresses(pod.node, pod.host)
  await cable(pod, namespace)
  const backend = startProcess({
    command: process.execPath,
    args: [program, pod.name, pod.node, String(pod.port)],
    namespace,
    logFile: join(pod.logFolder, 'backends.log'),
  })
  const remove = async (): Promise<void> => {
    backend.kill('SIGKILL')
    await backend.exited
    // The link first: the kernel takes a namespace apart when it has time, and the next pod wants the name.
    await ip([`link delete veth${pod.host}`], namespaceName(pod.lab, pod.node)).catch(() => undefined)
    await run('ip', ['netns', 'delete', namespace]).catch(() => undefined) // `down` may have been faster
  }
  return { addresses, backend, remove }
}

// Its link is named veth…, so that no speaker takes it for a way to the LAN.
async function cable(pod: PodPlace, namespace: string): Promise<void> {
  const addresses = podAddresses(pod.node, pod.host)
  const near = podAddresses(pod.node, 1)
  const link = `veth${pod.host}`
  const node = namespaceName(pod.lab, pod.node)
  await ip([`netns add ${namespace}`])
  await ip([`link add ${link} type veth peer name eth0 netns ${namespace}`], node)
  await ip(
    [
      'link set lo up',
      'link set eth0 up',
      `addr add ${addresses.IPv4}/32 dev eth0`,
      `addr add ${addresses.IPv6}/128 dev eth0 nodad`,
      `route add ${near.IPv4} dev eth0`,
      `route add ${near.IPv6} dev eth0`,
      `route add default via ${near.IPv4} src ${addresses.IPv4}`,
      `route add default via ${near.IPv6} src ${addresses.IPv6}`,
    ],
    namespace,
  )
  await ip(
    [
      `link set ${link} up`,
      `addr replace ${near.IPv4}/32 dev ${link}`,
      `addr replace ${near.IPv6}/128 dev ${link} nodad`,
      `route replace ${addresses.IPv4} dev ${link}`,
      `route replace ${addresses.IPv6} dev ${link}`,
    ],
    node,
  )
}
