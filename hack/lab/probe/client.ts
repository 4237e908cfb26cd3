// The lab's hand on the client: starts the process in the client's namespace and asks it.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { commandLine } from '../../../test/support/process.ts'
import type { Announcement, ArpRecord, ArpWish, HttpRecord, HttpWish, ProbeCommand } from './records.ts'

export type Recording<T> = { readonly stop: () => Promise<readonly T[]> }

export type Client = {
  readonly askHttp: (wish: HttpWish) => Promise<Recording<HttpRecord>>
  readonly askArp: (wish: ArpWish) => Promise<Recording<ArpRecord>>
  /** Asks every 10 ms until answered; without `answeredAt` when nobody did in time. */
  readonly firstReply: (address: string, port: number, timeoutMs: number) => Promise<HttpRecord>
  /** Who says that he has it, by ARP or NDP; undefined = nobody. */
  readonly resolve: (address: string, timeoutMs: number) => Promise<string | undefined>
  /** What was announced since the last call. */
  readonly announcements: () => Promise<readonly Announcement[]>
  readonly stop: () => void
}

const program = fileURLToPath(new URL('inside.ts', import.meta.url))

export async function startClient(namespace: string): Promise<Client> {
  const [command = 'nsenter', ...args] = commandLine({
    command: process.execPath,
    args: ['--max-semi-space-size=16', program], // few pauses of the collector: it measures
    namespace,
  })
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  })
  const ask = await converse(child)
  let probes = 0
  return {
    askHttp: async (wish) => {
      const probe = (probes += 1)
      await ask<undefined>({ verb: 'http-start', probe, wish })
      return { stop: () => ask<readonly HttpRecord[]>({ verb: 'http-stop', probe }) }
    },
    askArp: async (wish) => {
      const probe = (probes += 1)
      await ask<undefined>({ verb: 'arp-start', probe, wish })
      return { stop: () => ask<readonly ArpRecord[]>({ verb: 'arp-stop', probe }) }
    },
    firstReply: (address, port, timeoutMs) => ask({ verb: 'first-reply', address, port, timeoutMs }),
    resolve: (address, timeoutMs) => ask({ verb: 'resolve', address, timeoutMs }),
    announcements: () => ask({ verb: 'announcements' }),
    stop: () => void child.kill('SIGKILL'),
  }
}

/** Both ends are this code, so the shape of an answer is what the command promises. */
type Ask = <T>(command: ProbeCommand) => Promise<T>
type Answer<T> = { readonly id: number; readonly result: T; readonly error?: string }

async function converse(child: ChildProcess): Promise<Ask> {
  let last = 0
  let exited: string | undefined
  child.on('exit', (code, signal) => {
    exited = `the client's process ended: ${signal ?? code}`
  })
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => reject(new Error(exited)))
    child.once('message', () => resolve())
  })
  child.setMaxListeners(0)
  return <T>(command: ProbeCommand) =>
    new Promise<T>((resolve, reject) => {
      if (exited !== undefined) return reject(new Error(exited))
      const id = (last += 1)
      const onMessage = (answer: Answer<T>): void => {
        if (answer.id !== id) return
        child.off('message', onMessage)
        child.off('exit', onExit)
        if (answer.error === undefined) resolve(answer.result)
        else reject(new Error(answer.error))
      }
      const onExit = (): void => reject(new Error(exited))
      child.on('message', onMessage)
      child.once('exit', onExit)
      child.send({ id, command })
    })
}
