// The write queue on a clock that is a number, against a server that answers when told.
import { expect } from 'chai'
import { fakeClock } from '../../test/support/fake-clock.ts'
import { startWriteQueue } from './write-queue.ts'

type Flight = {
  readonly key: string
  readonly item: string
  readonly succeed: () => void
  readonly fail: (status: number | string) => void
}

function queueUnderTest(atOnce = 2) {
  const { clock, advance } = fakeClock()
  const flights: Flight[] = []
  const log: string[] = []
  const settled = { count: 0 }
  const queue = startWriteQueue<string>({
    write: (key, item) => {
      log.push(`${key}=${item}`)
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      flights.push({ key, item, succeed: resolve, fail: (status) => reject(new Error(String(status))) })
      return promise
    },
    failed: ({ error }) => {
      if (String(error).includes('422')) return { again: true, afterMs: 30_000, waitsFor: 'change' }
      if (String(error).includes('no answer')) return { again: true, waitsFor: 'answer' }
      return { again: String(error).includes('503') }
    },
    settled: () => settled.count++,
    atOnce,
    clock,
  })
  const put = (key: string, item: string, urgent = false, spacingMs = 0) =>
    queue.put(key, { item, urgent, spacingMs })
  /** The promise chains of the queue run to their end. */
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  const succeed = async () => {
    flights.shift()?.succeed()
    await turn()
  }
  const fail = async (status: number | string) => {
    flights.shift()?.fail(status)
    await turn()
  }
  return { queue, put, succeed, fail, log, advance, settled }
}

describe('the write queue', () => {
  it('writes no more at once than it may', async () => {
    const { put, log, succeed } = queueUnderTest(2)
    for (const key of ['a', 'b', 'c', 'd']) put(key, '1')
    expect(log).to.deep.equal(['a=1', 'b=1'])
    await succeed()
    expect(log).to.deep.equal(['a=1', 'b=1', 'c=1'])
  })

  it('writes what is urgent first', async () => {
    const { put, log, succeed } = queueUnderTest(1)
    put('a', 'conditions')
    put('b', 'conditions')
    put('c', 'address', true)
    await succeed()
    await succeed()
    expect(log).to.deep.equal(['a=conditions', 'c=address', 'b=conditions'])
  })

  it('writes the latest wish for an object, and never two at once', async () => {
    const { put, log, succeed } = queueUnderTest()
    put('a', '1')
    put('a', '2')
    put('a', '3')
    expect(log).to.deep.equal(['a=1'])
    await succeed()
    expect(log).to.deep.equal(['a=1', 'a=3'])
  })

  it('is done with an object when what was written is what is wished again meanwhile', async () => {
    const { queue, put, log, succeed, settled } = queueUnderTest(1)
    put('a', '1')
    put('b', '1')
    put('a', '1')
    await succeed()
    expect(log).to.deep.equal(['a=1', 'b=1'])
    expect([...queue.pending().keys()]).to.deep.equal(['b'])
    expect(settled.count).to.equal(1)
  })

  it('says whether urgent ones wait for their turn', async () => {
    const { queue, put, succeed } = queueUnderTest(1)
    put('a', '1', true)
    put('b', '1')
    expect(queue.isHurried()).to.equal(false)
    put('c', '1', true)
    expect(queue.isHurried()).to.equal(true)
    await succeed()
    expect(queue.isHurried()).to.equal(false)
  })

  it('does not write what was dropped before its turn', async () => {
    const { queue, put, log, succeed } = queueUnderTest(1)
    put('a', '1')
    put('b', '1')
    queue.drop('b')
    await succeed()
    expect(log).to.deep.equal(['a=1'])
    expect(queue.pending().size).to.equal(0)
  })

  it('writes no second time at once when an object is dropped and wished again under way', async () => {
    const { queue, put, log, succeed } = queueUnderTest()
    put('a', '1')
    queue.drop('a')
    put('a', '2')
    expect(log).to.deep.equal(['a=1'])
    await succeed()
    expect(log).to.deep.equal(['a=1', 'a=2'])
  })

  it('comes back to a write that failed, later each time, with the latest wish', async () => {
    const { put, log, fail, succeed, advance, queue } = queueUnderTest()
    put('a', '1')
    await fail(503)
    put('a', '2')
    advance(49)
    expect(log).to.deep.equal(['a=1'])
    advance(1)
    expect(log).to.deep.equal(['a=1', 'a=2'])
    await fail(503)
    advance(99)
    expect(log).to.have.length(2)
    advance(1)
    await succeed()
    expect(log).to.deep.equal(['a=1', 'a=2', 'a=2'])
    expect(queue.pending().size).to.equal(0)
  })

  it('gives up what cannot succeed', async () => {
    const { put, log, fail, advance, queue, settled } = queueUnderTest()
    put('a', '1')
    await fail(404)
    advance(60_000)
    expect(log).to.deep.equal(['a=1'])
    expect(queue.pending().size).to.equal(0)
    expect(settled.count).to.equal(1)
  })

  it('keeps the spacing of an object, and writes its first wish at once', async () => {
    const { put, log, succeed, advance } = queueUnderTest()
    put('pool', '1', false, 1_000)
    await succeed()
    advance(100)
    put('pool', '2', false, 1_000)
    put('pool', '3', false, 1_000)
    advance(899)
    expect(log).to.deep.equal(['pool=1'])
    advance(1)
    expect(log).to.deep.equal(['pool=1', 'pool=3'])
  })

  it('tells what is wished and not yet done', async () => {
    const { queue, put, succeed } = queueUnderTest(1)
    put('a', '1', true)
    put('b', '2', true)
    put('b', '3', true)
    expect([...queue.pending()]).to.deep.equal([
      ['a', '1'],
      ['b', '3'],
    ])
    await succeed()
    expect([...queue.pending()]).to.deep.equal([['b', '3']])
  })

  it('starts nothing after stop', async () => {
    const { queue, put, log, fail, advance } = queueUnderTest(1)
    put('a', '1')
    put('b', '1')
    const stopped = queue.stop()
    await fail(503)
    advance(60_000)
    await stopped
    expect(log).to.deep.equal(['a=1'])
  })

  it('tries another wish at once after a refusal, and the same one only when the rest is over', async () => {
    const { put, log, fail, advance } = queueUnderTest()
    put('a', 'bad', true)
    await fail(422)
    put('a', 'bad', true)
    advance(29_999)
    expect(log).to.deep.equal(['a=bad'])
    put('a', 'good', true)
    expect(log).to.deep.equal(['a=bad', 'a=good'])
  })

  it('tries another wish at once that came before the refusal', async () => {
    const { put, log, fail } = queueUnderTest()
    put('a', 'bad')
    put('a', 'good')
    await fail(422)
    expect(log).to.deep.equal(['a=bad', 'a=good'])
  })

  it('goes on when there is somebody again who answers', async () => {
    const { queue, put, log, fail } = queueUnderTest()
    put('a', '1')
    put('b', '1')
    await fail('no answer')
    await fail(422)
    queue.wake()
    expect(log).to.deep.equal(['a=1', 'b=1', 'a=1'])
  })

  it('writes at once what somebody waits for, whatever its spacing, and says when that is done', async () => {
    const { queue, put, log, succeed } = queueUnderTest(1)
    put('memory', '1', false, 1_000)
    await succeed()
    put('memory', '2', false, 1_000)
    put('other', '1')
    put('third', '1')
    let done = false
    void queue.hurry((key) => key === 'memory').then(() => void (done = true))
    await succeed() // of the other, which was under way
    expect(log).to.deep.equal(['memory=1', 'other=1', 'memory=2'])
    expect(done).to.equal(false)
    await succeed()
    expect(done).to.equal(true)
  })

  it('has nobody who waits stand behind the urgent ones of a burst', async () => {
    const { queue, put, log, succeed } = queueUnderTest(1)
    put('memory', '1')
    for (const key of ['a', 'b', 'c']) put(key, '1', true)
    put('memory', '2')
    let done = false
    void queue.hurry((key) => key === 'memory').then(() => void (done = true))
    await succeed() // of the one under way, which is another wish by now
    await succeed()
    expect([log, done]).to.deep.equal([['memory=1', 'memory=2', 'a=1'], true])
  })

  it('makes who waits after a failure wait for the next attempt', async () => {
    const { queue, put, fail, succeed } = queueUnderTest(1)
    put('memory', '1')
    const first = queue.hurry(() => true)
    await fail('no answer')
    await first
    let done = false
    const second = queue.hurry(() => true).then(() => void (done = true))
    await new Promise<void>((resolve) => setImmediate(resolve))
    expect(done).to.equal(false)
    await succeed()
    await second
  })

  it('writes the latest wish before it says so', async () => {
    const { queue, put, log, succeed } = queueUnderTest(1)
    put('memory', '1', false, 1_000)
    put('memory', '2', false, 1_000)
    let done = false
    void queue.hurry(() => true).then(() => void (done = true))
    await succeed()
    expect([log, done]).to.deep.equal([['memory=1', 'memory=2'], false])
    await succeed()
    expect(done).to.equal(true)
  })

  it('does not have who waits wait for what fails, nor for what is dropped, nor for nothing', async () => {
    const { queue, put, fail } = queueUnderTest(1)
    await queue.hurry(() => true)
    put('memory', '1')
    put('dropped', '1')
    const done = queue.hurry(() => true)
    queue.drop('dropped')
    await fail('no answer')
    await done
  })
})
