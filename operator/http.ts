// Two small HTTP servers: what Prometheus reads on one port, what the kubelet asks on another.
import { createServer } from 'node:http'
import type { Server, ServerResponse } from 'node:http'

export type Page = { readonly status: number; readonly type: string; readonly body: string }

export type Pages = Readonly<Record<string, () => Page | Promise<Page>>>

export type HttpOptions = { readonly port: number; readonly host?: string; readonly pages: Pages }

export type HttpServer = { readonly port: number; readonly close: () => Promise<void> }

/** Rejects when the port is taken. The server does not keep the process alive. */
export async function serveHttp({ port, host, pages }: HttpOptions): Promise<HttpServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined
    if (page === undefined) return send(response, { status: 404, type: 'text/plain', body: 'not found\n' })
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return send(response, { status: 405, type: 'text/plain', body: 'only GET\n' })
    void answer(response, page)
  })
  server.unref()
  await listen(server, port, host)
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () => close(server),
  }
}

async function answer(response: ServerResponse, page: () => Page | Promise<Page>): Promise<void> {
  try {
    send(response, await page())
  } catch (error) {
    send(response, { status: 500, type: 'text/plain', body: `${String(error)}\n` })
  }
}

function send(response: ServerResponse, { status, type, body }: Page): void {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8` }).end(body)
}

function listen(server: Server, port: number, host: string | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
    server.off('error', reject)
    resolve()
  })
  return promise
}

function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  server.closeAllConnections()
  return promise
}
