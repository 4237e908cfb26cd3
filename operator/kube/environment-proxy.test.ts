// Which way the environment sends us, by the rules that kubectl follows.
import { expect } from 'chai'
import { environmentProxy } from './environment-proxy.ts'

const server = 'https://api.example.com:6443'
const proxy = 'http://proxy.example:3128'

describe('the proxy of the environment', () => {
  it('is HTTPS_PROXY for HTTPS and HTTP_PROXY for HTTP, in capitals or not', () => {
    expect(environmentProxy(server, { HTTPS_PROXY: proxy })).to.equal(proxy)
    expect(environmentProxy(server, { https_proxy: proxy })).to.equal(proxy)
    expect(environmentProxy('http://api.example.com', { HTTP_PROXY: proxy })).to.equal(proxy)
    expect(environmentProxy(server, { HTTP_PROXY: proxy })).to.equal(undefined)
    expect(environmentProxy(server, { HTTPS_PROXY: '', https_proxy: proxy })).to.equal(proxy)
  })

  it('may be written without its scheme', () => {
    expect(environmentProxy(server, { HTTPS_PROXY: 'proxy.example:3128' })).to.equal(proxy)
  })

  it('is not asked for what runs on this machine', () => {
    for (const own of ['https://127.0.0.1:6443', 'https://localhost:6443', 'https://[::1]:6443'])
      expect(environmentProxy(own, { HTTPS_PROXY: proxy }), own).to.equal(undefined)
  })

  const cases: readonly [string, string, 'by proxy' | 'directly'][] = [
    ['*', server, 'directly'],
    ['other.example, api.example.com', server, 'directly'],
    ['example.com', server, 'directly'], // and all below it
    ['.example.com', server, 'directly'],
    ['*.example.com', server, 'directly'],
    ['.example.com', 'https://example.com', 'by proxy'], // only what is below it
    ['ample.com', server, 'by proxy'],
    ['api.example.com:6443', server, 'directly'],
    ['api.example.com:443', server, 'by proxy'],
    ['api.example.com:443', 'https://api.example.com', 'directly'],
    ['10.96.0.1', 'https://10.96.0.1:443', 'directly'],
    ['10.96.0.1:6443', 'https://10.96.0.1', 'by proxy'],
    ['10.96.0.0/16', 'https://10.96.0.1', 'directly'],
    ['10.97.0.0/16', 'https://10.96.0.1', 'by proxy'],
    ['10.96.0.0/99', 'https://10.96.0.1', 'by proxy'],
    ['fd00:96::/108', 'https://[fd00:96::1]', 'directly'],
    ['fd00:96::1', 'https://[fd00:96::1]:6443', 'directly'],
    ['[fd00:96::1]:6443', 'https://[fd00:96::1]:6443', 'directly'],
    ['[fd00:96::1]:443', 'https://[fd00:96::1]:6443', 'by proxy'],
    ['FD00:0096::1', 'https://[fd00:96::1]:6443', 'directly'],
    [',', server, 'by proxy'],
  ]
  for (const [exceptions, to, way] of cases)
    it(`leads ${way} to ${to} with NO_PROXY=${exceptions}`, () => {
      const found = environmentProxy(to, { HTTPS_PROXY: proxy, NO_PROXY: exceptions })
      expect(found).to.equal(way === 'by proxy' ? proxy : undefined)
    })
})
