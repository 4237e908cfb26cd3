// The table of stories × routers × transports × families (table.ts), with real daemons. HERALD_STORIES='FRR.*graceful'
// plays the cells that match, of all that there are. The routers run
// in containers in the long run, and as processes in the others; HERALD_ROUTERS=containers or =processes says otherwise.
import { expect } from 'chai'
import type { Containers } from '../containers/container.ts'
import { needsNamespaces } from '../support/skip.ts'
import { isLong } from '../support/long.ts'
import { routerRows } from './routers.ts'
import { Gate, Row, toldBy } from './row.ts'
import { ourView, tsharkView } from './two-eyes.ts'
import { allCells, titleOf, usualCells, verdictOn } from './table.ts'

const asked = process.env['HERALD_STORIES']
const inContainers = (process.env['HERALD_ROUTERS'] ?? (isLong ? 'containers' : 'processes')) === 'containers'
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
  let containers: Containers | undefined

  before(async () => {
    // Imported here: their modules are brought where containers are asked for.
    const { openContainers } = inContainers ? await import('../containers/container.ts') : {}
    containers = await openContainers?.(
      routerRows.map(({ image }) => image),
      (line) => console.log(`    ${line}`),
    )
    const where =
      containers === undefined ? 'as processes in namespaces' : `in containers, ${containers.engine}`
    console.log(`    the routers run ${where}`)
    const gate = new Gate()
    for (const router of routerRows) {
      const told = toldBy(router, cells)
      if (told.length > 0)
        rows.set(router.name, new Row({ router, cells: told, gate, startContainer: containers?.start }))
      const notSpoken = cells.filter(
        (cell) => cell.router === router && verdictOn(cell).type === 'not-spoken',
      )
      console.log(`    ${router.version()}: ${notSpoken.length} cells not spoken`)
      for (const cell of notSpoken) console.log(`      ${titleOf(cell)}: not spoken by ${router.version()}`)
    }
  })

  after(async () => {
    await Promise.all([...rows.values()].map(({ ended }) => ended))
    await containers?.stop()
  })

  for (const router of routerRows)
    describe(`with ${router.name}`, () => {
      for (const cell of toldBy(router, cells))
        it(titleOf(cell), () => rows.get(router.name)?.outcomeOf(cell))

      if (toldBy(router, cells).length === 0) return
      it('tshark finds nothing malformed in all of it, and reads every UPDATE as we do', async () => {
        const row = rows.get(router.name)
        if (row === undefined) throw new Error('there is no row')
        await row.ended
        const ours = ourView(row.capture)
        const theirs = tsharkView(row.capture, ours.longPorts)
        expect(theirs.malformed).to.deep.equal([])
        if (asked === undefined) expect(theirs.directions.size).to.be.greaterThan(0)
        for (const [direction, updates] of theirs.directions)
          expect(ours.directions.get(direction), direction).to.deep.equal(updates)
      })
    })
})
