import { expect } from 'chai'
import { Slicer } from './slicer.ts'
import type { Task } from './slicer.ts'

/** A clock that the tasks move, and turns that the test takes. */
function stage() {
  let now = 0
  const turns: (() => void)[] = []
  const done: string[] = []
  const slicer = new Slicer({ now: () => now, nextTurn: (run) => void turns.push(run) })
  const work =
    (name: string, ms: number, times = 1): Task =>
    () => {
      now += ms
      done.push(name)
      return times > 1 ? work(name, ms, times - 1) : undefined
    }
  const turn = () => turns.splice(0).forEach((run) => run())
  return { slicer, work, turn, done, turns }
}

describe('work in slices', () => {
  it('does at once what the turn has time for', () => {
    const { slicer, work, done } = stage()
    slicer.add(work('a', 1))
    slicer.add(work('b', 1))
    expect(done).to.deep.equal(['a', 'b'])
  })

  it('leaves the rest for the turns that follow', () => {
    const { slicer, work, turn, done } = stage()
    slicer.add(work('a', 1, 5))
    expect(done).to.have.length(3)
    turn()
    expect(done).to.have.length(5)
  })

  it('gives every task its turn, whoever has the most to do', () => {
    const { slicer, work, turn, done } = stage()
    slicer.add(work('long', 3, 3))
    slicer.add(work('short', 3))
    for (let count = 0; count < 4; count++) turn()
    expect(done.toSorted()).to.deep.equal(['long', 'long', 'long', 'short'])
    expect(done.indexOf('short')).to.be.lessThan(done.lastIndexOf('long'))
  })

  it('a task that adds a task does not run it inside itself', () => {
    const { slicer, done } = stage()
    slicer.add(() => {
      slicer.add(() => {
        done.push('inner')
        return undefined
      })
      done.push('outer')
      return undefined
    })
    expect(done).to.deep.equal(['outer', 'inner'])
  })

  it('goes on after a task that threw', () => {
    const { slicer, work, turn, done } = stage()
    const broken: Task = () => {
      throw new Error('broken')
    }
    expect(() => slicer.add(broken)).to.throw('broken')
    slicer.add(work('next', 1))
    turn()
    expect(done).to.deep.equal(['next'])
  })

  it('an idle slicer wants no turn', () => {
    const { slicer, work, turn, turns } = stage()
    slicer.add(work('a', 1))
    turn()
    expect(turns).to.deep.equal([])
  })
})
