// Sockets in another network namespace, held by this process: a socket belongs for ever to the namespace that its
// thread was in when it was made.
import { closeSync, openSync } from 'node:fs'
import koffi from 'koffi'

const setns: (fd: number, type: number) => number = koffi.load(null).func('int setns(int fd, int type)')
const networkNamespace = 0x40000000

export function inNamespace<T>(namespace: string, make: () => T): T {
  const home = openSync('/proc/thread-self/ns/net', 'r')
  const away = openSync(`/run/netns/${namespace}`, 'r')
  try {
    if (setns(away, networkNamespace) !== 0) throw new Error(`cannot enter ${namespace}`)
    return make()
  } finally {
    setns(home, networkNamespace)
    closeSync(away)
    closeSync(home)
  }
}
