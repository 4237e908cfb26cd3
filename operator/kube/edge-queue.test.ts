// Changes one by one: order, nothing twice at once, the newest state, again after a failure.
import { expect } from 'chai'
import { eventually, turns } from '../../test/support/eventually.ts'
import { fakeClock } from '../../test/support/fake-clock.ts'
import { createEdgeQueue } from './edge-queue.ts'
import type { Edge, EdgeQueue } from './edge-queue.ts'

type Scene = {
  readonly queue: EdgeQueue<number>
  readonly started: readonly string[] // 'ADDED 1'
  readonly rests: readonly number[]
  readonly finish: (error?: Error) => Promise<void> // the handler that has run for longest
  readonly advance: (ms: number) => void
}

function scene(concurrency = 16): Scene {
  const { clock, advance } = fakeClock()
  const started: string[] = []
  const rests: number[] = []
  const open: PromiseWithResolvers<void>[] = []
  const handle = ({ type, object }: Edge<number>): Promise<void> => {
    started.push(`${type} ${object}`)
    const run = Promise.withResolvers<void>()
    open.push(run)
    return run.promise
  }
  const failed = (_: unknown, retryInMs: number): void => void rests.push(retryInMs)
  const queue = createEdgeQueue<number>({ handle, failed, clock, concurrency })
  const finish = async (error?: Error): Promise<void> => {
    const run = open.shift()
    if (run === undefined) throw new Error('no handler runs')
    if (error === undefined) run.resolve()
    else run.reject(error)
    await turns(1)
  }
  return { queue, started, rests, finish, advance }
}

describe('edge queue', () => {
  it('hands the changes of one object over in order, one after the other', async () => {
    const { queue, started, finish } = scene()
    queue.add('web', { type: 'ADDED', object: 1 })
    queue.add('web', { type: 'DELETED', object: 2 })
    expect(started).to.deep.equal(['ADDED 1'])
    await finish()
    expect(started).to.deep.equal(['ADDED 1', 'DELETED 2'])
  })

  it('handles many objects at once, up to its bound', async () => {
    const { queue, started, finish } = scene(2)
    for (const object of [1, 2, 3]) queue.add(`web-${object}`, { type: 'ADDED', object })
    expect(started).to.deep.equal(['ADDED 1', 'ADDED 2'])
    await finish()
    expect(started).to.deep.equal(['ADDED 1', 'ADDED 2', 'ADDED 3'])
  })

  it('hands over only the newest of the states that came meanwhile', async () => {
    const { queue, started, finish } = scene()
    for (const object of [1, 2, 3]) queue.add('web', { type: 'MODIFIED', object })
    await finish()
    expect(started).to.deep.equal(['MODIFIED 1', 'MODIFIED 3'])
  })

  it('says nothing of what came and went unseen', async () => {
    const { queue, started, finish } = scene()
    queue.add('web', { type: 'DELETED', object: 1 })
    queue.add('web', { type: 'ADDED', object: 2 })
    queue.add('web', { type: 'DELETED', object: 3 })
    await finish()
    expect(started).to.deep.equal(['DELETED 1'])
  })

  it('keeps the deletion of one life and the addition of the next apart', async () => {
    const { queue, started, finish } = scene()
    queue.add('web', { type: 'MODIFIED', object: 1 })
    queue.add('web', { type: 'DELETED', object: 2 })
    queue.add('web', { type: 'ADDED', object: 3 })
    await finish()
    await finish()
    expect(started).to.deep.equal(['MODIFIED 1', 'DELETED 2', 'ADDED 3'])
  })

  it('hands a change over again when its handler failed, after longer and longer rests', async () => {
    const { queue, started, rests, finish, advance } = scene()
    queue.add('web', { type: 'ADDED', object: 1 })
    for (const ms of [1_000, 2_000]) {
      await finish(new Error('not yet'))
      advance(ms)
      await turns(1)
    }
    expect(rests).to.deep.equal([1_000, 2_000])
    expect(started).to.deep.equal(['ADDED 1', 'ADDED 1', 'ADDED 1'])
  })

  it('takes no place from others while a failed one rests', async () => {
    const { queue, started, finish } = scene(1)
    queue.add('web', { type: 'ADDED', object: 1 })
    queue.add('other', { type: 'ADDED', object: 2 })
    await finish(new Error('not yet'))
    expect(started).to.deep.equal(['ADDED 1', 'ADDED 2'])
  })

  it('still says ADDED first when ADDED failed and a newer state came', async () => {
    const { queue, started, finish, advance } = scene()
    queue.add('web', { type: 'ADDED', object: 1 })
    queue.add('web', { type: 'MODIFIED', object: 2 })
    await finish(new Error('not yet'))
    advance(1_000)
    await turns(1)
    expect(started).to.deep.equal(['ADDED 1', 'ADDED 2'])
  })

  it('still says that an object went when that failed and the next life began', async () => {
    const { queue, started, finish, advance } = scene()
    queue.add('web', { type: 'DELETED', object: 1 })
    queue.add('web', { type: 'ADDED', object: 2 })
    await finish(new Error('not yet'))
    advance(1_000)
    await turns(1)
    expect(started).to.deep.equal(['DELETED 1', 'DELETED 1'])
    await finish()
    expect(started.at(-1)).to.equal('ADDED 2')
  })

  it('says that an object went whose addition failed half-way', async () => {
    const { queue, started, finish, advance } = scene()
    queue.add('web', { type: 'ADDED', object: 1 })
    await finish(new Error('half of it'))
    queue.add('web', { type: 'DELETED', object: 2 })
    advance(1_000)
    await turns(1)
    expect(started).to.deep.equal(['ADDED 1', 'DELETED 2'])
  })

  it('waits at stop for handlers that run, and starts no more', async () => {
    const { queue, started, finish } = scene(1)
    queue.add('web', { type: 'ADDED', object: 1 })
    queue.add('other', { type: 'ADDED', object: 2 })
    let stopped = false
    const stopping = queue.stop().then(() => (stopped = true))
    await turns(1)
    expect(stopped).to.equal(false)
    await finish()
    await stopping
    expect(started).to.deep.equal(['ADDED 1'])
  })

  it('takes nothing more once it is stopped', async () => {
    const { queue, started } = scene()
    await queue.stop()
    queue.add('web', { type: 'ADDED', object: 1 })
    await eventually('a turn', () => true)
    expect(started).to.deep.equal([])
  })
})
