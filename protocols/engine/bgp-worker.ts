// Entry of the bgp worker thread: messages of the main thread in, reports out. A file of its own in the bundle too, as
// l2-worker.ts.
import { randomInt } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { watchFar } from './bfd-distance.ts'
import { BfdDriver } from './bfd-driver.ts'
import { BgpDriver } from './bgp-driver.ts'
import type { BgpWorkerOptions, FromWorker, ToWorker } from './bgp-messages.ts'
import type { BgpClock } from './bgp-peer.ts'
import type { Dial } from './byte-stream.ts'
import { openDiscoveryPort } from './discovery-port.ts'
import { dialKernel } from './kernel-stream.ts'
import type { LogLine } from './l2-messages.ts'
import { NamedJournals } from './named-journals.ts'
import { LinkFollower } from './netlink.ts'
import { dialPacket, releasePacketStreams } from './packet-stream.ts'
import { raisePriority } from './priority.ts'

const defaultJournalBytes = 16 * 1024 * 1024
const bgpPort = 179

/** In whole milliseconds, as the journal has them. */
const clock: BgpClock = {
  now: () => Math.round(performance.now()),
  at: (at, run) => {
    // One more turn: what has been received by then is taken first.
    const timer = setTimeout(() => setImmediate(run), Math.max(0, Math.ceil(at - performance.now())))
    return () => clearTimeout(timer)
  },
}

const dial: Dial = (endpoint, events) =>
  endpoint.transport === 'Packet' ? dialPacket(endpoint, events) : dialKernel(endpoint, events)

function serve(port: NonNullable<typeof parentPort>, options: BgpWorkerOptions): void {
  const tell = (message: FromWorker) => port.postMessage(message)
  const onLog = (line: LogLine) => tell({ type: 'log', line })
  raisePriority('bgp', onLog)
  const { journalFile, journalBytes = defaultJournalBytes, listenPort = bgpPort } = options
  const journalNamed = (suffix: string) =>
    journalFile === undefined ? {} : { journal: new NamedJournals(`${journalFile}${suffix}`, journalBytes) }
  const driver = new BgpDriver({
    onReport: (report) => tell({ type: 'report', report }),
    onTaken: () => tell({ type: 'taken' }),
    onLog,
    dial,
    openDiscovery: openDiscoveryPort,
    bfd: (onChange) => new BfdDriver({ onChange, onLog, watchFar, ...journalNamed('.bfd') }),
    clock,
    listenPort,
    seed: randomInt(2 ** 32),
    ...journalNamed(''),
  })
  const follower = new LinkFollower({
    onTable: (links) => driver.setLinks(links),
    onError: (error) => die(error),
  })
  // Whatever ends this thread, nothing may be polled any more: koffi calling back into a thread that ends would take
  // the whole process with it.
  process.once('exit', () => {
    follower.close()
    driver.close()
    releasePacketStreams()
  })
  port.on('message', (message: ToWorker) => {
    if (message.type === 'show') {
      const routes = driver.show(message.peer, message.limit)
      return tell({ type: 'shown', id: message.id, ...(routes === undefined ? {} : { routes }) })
    }
    if (message.type !== 'stop') return driver.take(message)
    void driver.stop(message.how).finally(() => {
      follower.close()
      port.close()
    })
  })
}

/** The thread ends, and is started again. Thrown from the loop: what a poll callback throws goes nowhere. */
function die(error: unknown): void {
  setImmediate(() => {
    throw error
  })
}

if (parentPort !== null) serve(parentPort, workerData)
