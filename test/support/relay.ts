// Leads the caller's loopback to a server in another network namespace: the listening socket is made here,
// and the process that accepts from it lives there (a socket stays in the namespace that made it).
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { commandLine } from './process.ts'

export type Relay = { readonly stop: () => void }

const program = fileURLToPath(new URL('relay-inside.ts', import.meta.url))

/** 127.0.0.1:relayPort here → 127.0.0.1:port in the namespace. */
export async function startRelay(
  ports: { readonly relayPort: number; readonly port: number },
  namespace: string,
): Promise<Relay> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(ports.relayPort, '127.0.0.1', resolve)
  })
  const [command = 'nsenter', ...args] = commandLine({
    command: process.execPath,
    args: [program, String(ports.port)],
    namespace,
  })
  const child = spawn(command, args, { detached: true, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => reject(new Error('the relay ended at once')))
    child.once('message', () => resolve())
    child.send('listen', server)
  })
  server.close() // the child has it now
  child.unref()
  child.channel?.unref()
  return { stop: () => void child.kill('SIGKILL') }
}
