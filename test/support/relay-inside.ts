// The other end of relay.ts: accepts on the socket it is handed, connects inside its own namespace.
import { connect, Server } from 'node:net'

const port = Number(process.argv[2])

process.on('message', (_message, handle) => {
  if (!(handle instanceof Server)) return
  handle.on('connection', (near) => {
    const far = connect(port, '127.0.0.1')
    near.setNoDelay(true)
    far.setNoDelay(true)
    near.pipe(far).pipe(near)
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  process.send?.('ready')
})
