// Which cells of the table every run plays.
import { expect } from 'chai'
import { routerRows } from './routers.ts'
import { stories } from './stories.ts'
import { allCells, usualCells, verdictOn } from './table.ts'
import type { Cell } from './table.ts'

describe('the cells of the interop table that every run plays', () => {
  const usual = usualCells()
  const told = usual.filter((cell) => verdictOn(cell).type === 'told')

  it('are each story once per router, on Kernel and IPv4 where it can be, or marked as not spoken', () => {
    for (const story of stories)
      for (const router of routerRows) {
        const plain = usual.filter(
          (cell) =>
            cell.story === story &&
            cell.router === router &&
            cell.transport === 'Kernel' &&
            cell.over === (story.only?.over ?? 'IPv4'),
        )
        expect(plain, `${story.title} with ${router.name}`).to.have.lengthOf(1)
      }
  })

  it('have each pair of a story, a router, a transport and a family that any cell has', () => {
    const pairs = ({ story, router, transport, over }: Cell): readonly string[] => [
      `${story.title}, ${transport}`,
      `${story.title}, ${over}`,
      `${router.name}, ${transport}`,
      `${router.name}, ${over}`,
      `${transport}, ${over}`,
    ]
    const has = new Set(told.flatMap(pairs))
    const wanted = allCells()
      .filter((cell) => verdictOn(cell).type === 'told')
      .flatMap(pairs)
    expect([...new Set(wanted)].filter((pair) => !has.has(pair))).to.deep.equal([])
  })

  it('leave out no router altogether: each speaks most stories', () => {
    for (const router of routerRows)
      expect(told.filter((cell) => cell.router === router).length, router.name).to.be.greaterThan(
        stories.length / 2,
      )
  })
})
