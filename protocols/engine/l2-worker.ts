// Entry of the layer 2 worker thread: messages of the main thread in, reports out.
//
// It is a file of its own in the bundle too: esbuild gets it as a second entry point beside the process that starts it
// (build/speaker.js → build/l2-worker.js), ESM, platform node, `koffi` external. See defaultUrl in restarting-worker.ts.
import { parentPort, workerData } from 'node:worker_threads'
import { ClaimTable } from './claim-feed.ts'
import { Journal } from './journal.ts'
import { L2Driver } from './l2-driver.ts'
import type { FromWorker, LogLine, ToWorker, WorkerOptions } from './l2-messages.ts'
import { raisePriority } from './priority.ts'

const defaultJournalBytes = 16 * 1024 * 1024

function serve(port: NonNullable<typeof parentPort>, options: WorkerOptions): void {
  const tell = (message: FromWorker) => port.postMessage(message)
  const onLog = (line: LogLine) => tell({ type: 'log', line })
  raisePriority('l2', onLog)
  const { journalFile, journalBytes = defaultJournalBytes } = options
  const driver = new L2Driver({
    onReport: (report) => tell({ type: 'report', report }),
    onHandedOver: (id) => tell({ type: 'handed-over', id }),
    onLog,
    ...(journalFile === undefined ? {} : { journal: new Journal(journalFile, journalBytes) }),
  })
  const claims = new ClaimTable()
  // Whatever ends this thread, nothing may be polled any more: koffi calling back into a thread that ends would take
  // the whole process with it.
  process.once('exit', () => driver.close())
  port.on('message', (message: ToWorker) => {
    switch (message.type) {
      case 'apply':
        return driver.apply({ ...message.config, claims: claims.take(message.changes) })
      case 'yield':
        return driver.yield(message.id, message.addresses, message.withinMs)
      case 'announce-anew':
        return driver.announceAnew(message.addresses)
      case 'stop':
        driver.close()
        return port.close()
    }
  })
}

if (parentPort !== null) serve(parentPort, workerData)
