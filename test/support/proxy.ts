// The two kinds of proxy that a kubeconfig's proxy-url may name, on loopback, counting the tunnels they opened:
// HTTP with CONNECT (RFC 9110 §9.3.6) and SOCKS5 without authentication (RFC 1928).
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'

export type Proxy = {
  readonly url: string
  readonly tunnels: () => readonly string[] // host:port of each
  readonly close: () => Promise<void>
}

export async function startHttpProxy(): Promise<Proxy> {
  const server = createHttpServer((_, response) => response.writeHead(405).end())
  const served = serve(server, 'http')
  server.on('connect', (request, near: Socket) => {
    const { hostname, port } = new URL(`http://${request.url ?? ''}`)
    served.tunnel({ near, host: hostname, port: Number(port) }, () =>
      near.write('HTTP/1.1 200 Connection established\r\n\r\n'),
    )
  })
  return served.listening()
}

export async function startSocksProxy(): Promise<Proxy> {
  const server = createServer((near) => {
    near.once('data', () => {
      near.write(Uint8Array.of(5, 0)) // no authentication
      near.once('data', (asked: Buffer) => {
        served.tunnel({ near, ...socksTarget(asked) }, () =>
          near.write(Uint8Array.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 0)),
        )
      })
    })
  })
  const served = serve(server, 'socks5')
  return served.listening()
}

// 05 01 00, then the type: 1 = IPv4, 3 = a length and a name; then the port
function socksTarget(asked: Buffer): { readonly host: string; readonly port: number } {
  const isName = asked[3] === 3
  const end = isName ? 5 + (asked[4] ?? 0) : 8
  const host = isName ? asked.toString('latin1', 5, end) : asked.subarray(4, 8).join('.')
  return { host, port: asked.readUInt16BE(end) }
}

type Tunnel = { readonly near: Socket; readonly host: string; readonly port: number }

function serve(server: Server, scheme: 'http' | 'socks5') {
  const opened: string[] = []
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => void sockets.add(socket))

  function tunnel({ near, host, port }: Tunnel, accept: () => void): void {
    opened.push(`${host}:${port}`)
    const far = connect({ host, port }, () => {
      accept()
      near.pipe(far)
      far.pipe(near)
    })
    sockets.add(far)
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
  }

  async function listening(): Promise<Proxy> {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', resolve)
    })
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const close = async (): Promise<void> => {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    }
    return { url: `${scheme}://127.0.0.1:${port}`, tunnels: () => opened, close }
  }

  return { tunnel, listening }
}
