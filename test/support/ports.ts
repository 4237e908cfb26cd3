// Free TCP ports on loopback, for servers that must be told theirs before they start.
import { createServer } from 'node:net'

/** All are held until each is known, so that no two are the same. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held = await Promise.all(Array.from({ length: count }, hold))
  await Promise.all(held.map(({ release }) => release()))
  return held.map(({ port }) => port)
}

function hold(): Promise<{ readonly port: number; readonly release: () => Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') return reject(new Error('no port was given'))
      const release = () => new Promise<void>((released) => server.close(() => released()))
      resolve({ port: address.port, release })
    })
  })
}
