// The table of stories × routers × transports × families (table.ts), with real daemons. HERALD_STORIES='FRR.*graceful'
// plays the cells that match, of all that there are.
import { needsNamespaces } from '../support/skip.ts'
import { isLong } from '../support/long.ts'
import { routerRows } from './routers.ts'
import { Gate, Row, toldBy } from './row.ts'
import { allCells, titleOf, usualCells, verdictOn } from './table.ts'

const asked = process.env['HERALD_STORIES']
const cells =
  asked === undefined
    ? isLong
      ? allCells()
      : usualCells()
    : allCells().filter((cell) => new RegExp(asked).test(`${cell.router.name}: ${titleOf(cell)}`))

describe('BGP with real routers', function () {
  this.timeout(0) // each cell has a limit of its own
  needsNamespaces(...routerRows.map(({ program }) => program))
  const rows = new Map<string, Row>()

  before(() => {
    const gate = new Gate()
    for (const router of routerRows) {
      rows.set(router.name, new Row(toldBy(router, cells), gate))
      const notSpoken = cells.filter(
        (cell) => cell.router === router && verdictOn(cell).type === 'not-spoken',
      )
      console.log(`    ${router.version()}: ${notSpoken.length} cells not spoken`)
      for (const cell of notSpoken) console.log(`      ${titleOf(cell)}: not spoken by ${router.version()}`)
    }
  })

  after(() => Promise.all([...rows.values()].map(({ ended }) => ended)))

  for (const router of routerRows)
    describe(`with ${router.name}`, () => {
      for (const cell of toldBy(router, cells))
        it(titleOf(cell), () => rows.get(router.name)?.outcomeOf(cell))
    })
})
