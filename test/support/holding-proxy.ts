// An HTTP proxy before an API server that keeps some requests back: what a slow network, or a process that was stopped
// between two instructions, does to a write that its sender has long given up.
import { createServer, request as plainRequest } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { request as secureRequest } from 'node:https'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

export type HeldRequest = {
  readonly method: string
  readonly path: string
  readonly body: string
  /** Sends it on, whether its sender still waits or not; resolves with the status of the answer. */
  readonly release: () => Promise<number>
}

export type HoldingProxy = {
  readonly server: string // http://127.0.0.1:port
  /** Keeps back from now on what matches; undefined: nothing. */
  readonly hold: (matches: ((asked: { method: string; path: string }) => boolean) | undefined) => void
  readonly held: () => readonly HeldRequest[]
  readonly close: () => Promise<void>
}

export async function startHoldingProxy(target: {
  readonly server: string
  readonly ca: Buffer
}): Promise<HoldingProxy> {
  const held: HeldRequest[] = []
  let isHeld: Parameters<HoldingProxy['hold']>[0]

  const server = createServer((asked, answer) => {
    void serve(asked, answer).catch(() => answer.destroy())
  })

  async function serve(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = asked
    const body = method === 'GET' ? '' : await text(asked)
    if (isHeld?.({ method, path }) !== true) return pass({ asked, answer, body, target })
    const { promise, resolve } = Promise.withResolvers<number>()
    const release = (): Promise<number> => {
      pass({ asked, answer, body, target, told: resolve })
      return promise
    }
    held.push({ method, path, body, release })
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    server: `http://127.0.0.1:${port}`,
    hold: (matches) => void (isHeld = matches),
    held: () => held,
    close: async () => {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

type Passing = {
  readonly asked: IncomingMessage
  readonly answer: ServerResponse
  readonly body: string
  readonly target: { readonly server: string; readonly ca: Buffer }
  readonly told?: (status: number) => void
}

function pass({ asked, answer, body, target, told }: Passing): void {
  const { server, ca } = target
  const { method, url = '/', headers } = asked
  const send = server.startsWith('https:') ? secureRequest : plainRequest
  const onward = send(server + url, {
    method: method ?? 'GET',
    headers: { ...headers, host: new URL(server).host },
    ca,
  })
  onward.on('response', (response) => {
    told?.(response.statusCode ?? 0)
    answer.writeHead(response.statusCode ?? 502, response.headers)
    response.pipe(answer)
    response.on('error', () => answer.destroy())
  })
  onward.on('error', () => answer.destroy())
  if (told === undefined) answer.on('close', () => onward.destroy()) // a held request outlives its sender
  onward.end(body)
}
