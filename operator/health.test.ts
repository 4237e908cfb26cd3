// Health over real HTTP on loopback.
import { expect } from 'chai'
import { healthPages } from './health.ts'
import { serveHttp } from './http.ts'
import type { HttpServer } from './http.ts'

describe('health', () => {
  let server: HttpServer
  let syncing: string | undefined

  before(async () => {
    const ready = [{ name: 'caches', objection: () => syncing }]
    const live = [{ name: 'worker', objection: () => undefined }]
    server = await serveHttp({ port: 0, host: '127.0.0.1', pages: healthPages({ live, ready }) })
  })

  after(() => server.close())

  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`)
    return { status: response.status, body: await response.text() }
  }

  it('is ready when every fact holds', async () => {
    syncing = undefined
    expect(await get('/readyz')).to.deep.equal({ status: 200, body: '[+] worker\n[+] caches\n' })
  })

  it('says which fact is missing, and is alive all the same', async () => {
    syncing = 'services are not listed yet'
    expect(await get('/readyz')).to.deep.equal({
      status: 503,
      body: '[+] worker\n[-] caches: services are not listed yet\n',
    })
    expect((await get('/healthz')).status).to.equal(200)
  })

  it('knows no other page', async () => {
    expect((await get('/constructor')).status).to.equal(404)
  })
})
