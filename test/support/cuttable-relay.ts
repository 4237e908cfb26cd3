// A TCP relay on loopback that can be cut: open connections are reset and new ones too, until it is mended.
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'

export type CuttableRelay = {
  readonly server: string // https://127.0.0.1:port
  readonly cut: () => void
  readonly mend: () => void
  readonly close: () => Promise<void>
}

/** `target`: https://host:port; nothing of TLS is touched. */
export async function startCuttableRelay(target: string): Promise<CuttableRelay> {
  const { hostname, port } = new URL(target)
  const open = new Set<Socket>()
  let isCut = false
  const listener = createServer((near) => {
    if (isCut) {
      near.resetAndDestroy()
      return
    }
    const far = connect({ host: hostname, port: Number(port) })
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(0, '127.0.0.1', resolve)
  })
  const address = listener.address()
  const ownPort = typeof address === 'object' && address !== null ? address.port : 0
  const resetAll = (): void => open.forEach((socket) => socket.resetAndDestroy())
  return {
    server: `https://127.0.0.1:${ownPort}`,
    cut: () => {
      isCut = true
      resetAll()
    },
    mend: () => (isCut = false),
    close: async () => {
      const closed = new Promise<void>((resolve) => void listener.close(() => resolve()))
      resetAll()
      await closed
    },
  }
}
