// The life of a worker thread: real threads, and a clock that is a number.
import { expect } from 'chai'
import { fakeClock } from '../../test/support/fake-clock.ts'
import { untilTrue } from '../../test/support/until.ts'
import type { LogLine } from './l2-messages.ts'
import { RestartingWorker } from './restarting-worker.ts'

type Word = 'die' | 'break' | 'end' | 'nothing' | 'hello'

/** Does what it is told, and says what it heard. */
const code = `
  import { parentPort, workerData } from 'node:worker_threads'
  parentPort.on('message', (word) => {
    if (word === 'die') process.exit(3)
    if (word === 'break') throw new Error('out of luck')
    if (word === 'end') return parentPort.close()
    parentPort.postMessage(workerData + ' heard ' + word)
  })
`
const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`)

type Stage = ReturnType<typeof stage>

function stage(onRestarted: (worker: RestartingWorker<Word, string>) => void = () => undefined) {
  const { clock, advance, nextIn } = fakeClock()
  const heard: string[] = []
  const lines: LogLine[] = []
  const ends: ('died' | 'stopped')[] = []
  let restarts = 0
  const worker = new RestartingWorker<Word, string>({
    name: 'l2',
    title: 'the worker',
    url,
    data: 'this one',
    clock,
    onMessage: (message) => heard.push(message),
    onRestarted: () => {
      restarts += 1
      onRestarted(worker)
    },
    onEnded: (isStopped) => ends.push(isStopped ? 'stopped' : 'died'),
    onLog: (line) => lines.push(line),
  })
  return { worker, advance, nextIn, heard, lines, ends, restarts: () => restarts }
}

async function die({ worker, ends }: Stage, word: 'die' | 'break' = 'die'): Promise<void> {
  const before = ends.length
  worker.tell(word)
  await untilTrue('the thread has ended', () => ends.length > before)
}

describe('a worker thread that is started again', () => {
  let on: Stage

  beforeEach(() => {
    on = stage()
  })

  afterEach(() => on.worker.stop('end', 60_000))

  it('is told what was given to it at its start, hears, and is heard', async () => {
    on.worker.tell('hello')
    await untilTrue('the thread is heard', () => on.heard.length > 0)
    expect(on.heard).to.deep.equal(['this one heard hello'])
    expect(on.worker.isRunning).to.equal(true)
  })

  it('comes back after 100 ms, then after twice as long each time, up to 5 s', async () => {
    const waits: number[] = []
    for (let deaths = 0; deaths < 8; deaths++) {
      await die(on)
      expect([on.worker.isRunning, on.restarts()]).to.deep.equal([false, deaths])
      waits.push(on.nextIn())
      on.advance(on.nextIn())
      expect([on.worker.isRunning, on.restarts()]).to.deep.equal([true, deaths + 1])
    }
    expect(waits).to.deep.equal([100, 200, 400, 800, 1600, 3200, 5000, 5000])
  })

  it('comes back after 100 ms again when it has run for more than a minute', async () => {
    for (const ranMs of [0, 0, 60_001]) {
      on.advance(ranMs)
      await die(on)
      if (ranMs === 0) on.advance(on.nextIn())
    }
    expect(on.nextIn()).to.equal(100)
  })

  it('says in the log of what it died, with which code, and when it comes back', async () => {
    await die(on)
    on.advance(on.nextIn())
    await die(on, 'break')
    expect(on.lines).to.deep.equal([
      { level: 'error', message: 'the worker ended, starting it again', fields: { code: 3, inMs: 100 } },
      { level: 'error', message: 'the worker failed', fields: { error: 'Error: out of luck' } },
      { level: 'error', message: 'the worker ended, starting it again', fields: { code: 1, inMs: 200 } },
    ])
  })

  it('does not hear what was said while it was away', async () => {
    await die(on)
    on.worker.tell('nothing')
    on.advance(on.nextIn())
    on.worker.tell('hello')
    await untilTrue('the thread is heard', () => on.heard.length > 0)
    expect(on.heard).to.deep.equal(['this one heard hello'])
  })

  it('ends when it is asked to, and stays away', async () => {
    await on.worker.stop('end', 60_000)
    expect(on.ends).to.deep.equal(['stopped'])
    expect([on.worker.isRunning, on.nextIn(), on.lines.length]).to.deep.equal([false, Infinity, 0])
  })

  it('stays away when it is asked to end before it is back', async () => {
    await die(on)
    await on.worker.stop('end', 60_000)
    expect([on.worker.isRunning, on.nextIn(), on.restarts()]).to.deep.equal([false, Infinity, 0])
  })

  it('is not waited for any longer than was said when it does not end', async () => {
    const stopped = on.worker.stop('nothing', 2000)
    expect(on.nextIn()).to.equal(2000)
    on.advance(2000)
    await stopped
    expect([on.worker.isRunning, on.ends]).to.deep.equal([true, []])
  })
})

describe('a worker thread that was started again', () => {
  it('can be told everything at once', async () => {
    const on = stage((worker) => worker.tell('hello'))
    await die(on)
    on.advance(on.nextIn())
    await untilTrue('the thread is heard', () => on.heard.length > 0)
    expect(on.heard).to.deep.equal(['this one heard hello'])
    await on.worker.stop('end', 60_000)
  })
})
