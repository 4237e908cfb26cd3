// The proxy that the environment names for a server: HTTPS_PROXY, HTTP_PROXY and NO_PROXY as kubectl and every client in
// Go read them. https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
import { BlockList, isIP } from 'node:net'

type Environment = Readonly<Record<string, string | undefined>>

export function environmentProxy(server: string, env: Environment): string | undefined {
  const url = new URL(server)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port || (url.protocol === 'http:' ? '80' : '443')
  const proxy = variable(env, url.protocol === 'http:' ? 'HTTP_PROXY' : 'HTTPS_PROXY')
  if (proxy === undefined || host === 'localhost' || isIn(host, '127.0.0.0/8') || host === '::1')
    return undefined
  const exceptions = (variable(env, 'NO_PROXY') ?? '').split(',').map((entry) => entry.trim().toLowerCase())
  if (exceptions.some((entry) => isExcepted(entry, host, port))) return undefined
  return proxy.includes('://') ? proxy : `http://${proxy}`
}

function variable(env: Environment, name: string): string | undefined {
  return env[name] || env[name.toLowerCase()] || undefined
}

/** An address, a range, a domain with all below it, or only what is below it (.domain); each with a port or without. */
function isExcepted(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true
  if (entry.includes('/')) return isIn(host, entry)
  const [, bracketed, plain, only] = /^(?:\[(.+)\]|([^:]+|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? []
  const name = (bracketed ?? plain ?? '').replace(/^\*(?=\.)/, '')
  if (name === '' || (only !== undefined && only !== port)) return false
  if (isIP(host) !== 0) return isIP(name) !== 0 && isIn(host, `${name}/${isIP(name) === 4 ? 32 : 128}`)
  return name.startsWith('.') ? host.endsWith(name) : host === name || host.endsWith(`.${name}`)
}

function isIn(host: string, range: string): boolean {
  const [network = '', length = ''] = range.split('/')
  const family = isIP(network)
  if (family === 0 || family !== isIP(host) || !/^\d+$/.test(length)) return false
  if (Number(length) > (family === 4 ? 32 : 128)) return false
  const type = family === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  list.addSubnet(network, Number(length), type)
  return list.check(host, type)
}
