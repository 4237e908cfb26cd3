// The lab's eye on a router's kernel: it sees what happens as soon as it is open.
import { expect } from 'chai'
import { namespaceName } from '../../hack/lab/names.ts'
import { watchRoutes } from '../../hack/lab/route-watch.ts'
import { ip } from '../../hack/lab/shell.ts'
import { needsNamespaces } from '../support/skip.ts'
import { untilTrue } from '../support/until.ts'

const id = `rw${process.pid}`

describe('a watch of the routes of a kernel', function () {
  this.timeout(180_000)
  needsNamespaces()
  const namespace = namespaceName(id, 'frr')

  before(async () => {
    await ip([`netns add ${namespace}`])
    await ip(['link set lo up'], namespace)
  })
  after(() => ip([`netns delete ${namespace}`]))

  it('misses nothing that comes once it is open, and knows when it went', async () => {
    for (let turn = 1; turn <= 10; turn++) {
      const watch = await watchRoutes(id, 'frr')
      try {
        const address = `10.30.0.${turn}`
        await ip([`route add ${address} dev lo`], namespace)
        const routed = await watch.routed(address)
        await ip([`route delete ${address} dev lo`], namespace)
        await untilTrue('it went', () => watch.changes(address).length === 2)
        expect(watch.changes(address)[0]).to.equal(routed)
      } finally {
        watch.stop()
      }
    }
  })
})
