// A machine of the LAN has the address that a Service would get: the Service gets another one, everybody is told why, and
// it is reached there.
import { expect } from 'chai'
import { namespaceName } from '../../hack/lab/names.ts'
import { serviceObject, servicesPath } from '../../hack/lab/objects.ts'
import { ip, runIn } from '../../hack/lab/shell.ts'
import { digList, digText } from '../support/dig.ts'
import { until, untilTrue } from '../support/until.ts'
import { createService, deleteService, sharedWorld, untilAllocated, untilSilent } from './shared-lab.ts'
import type { World } from './shared-lab.ts'

const poolPath = '/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools/lan'
const statesPath = '/apis/metallb.io/v1beta1/namespaces/metallb-system/configurationstates'

describe('an address that a machine of the LAN has', function () {
  this.timeout(300_000)
  let world: World
  let client: string

  before(async () => {
    world = await sharedWorld()
    client = namespaceName(world.lab.id, 'client')
  })

  it('is left by the Service that got it, told with its MAC, and free again once it was cleared', async () => {
    const { lab } = world
    const { IPv4: taken } = await createService(lab, { name: 'squatted' })
    await deleteService(lab, 'squatted')
    await untilSilent(lab, taken)
    await ip([`addr add ${taken}/32 dev eth0`], client)
    try {
      await lab.api.create(servicesPath, serviceObject({ name: 'squatted' }))
      const left = async () => (await untilAllocated(lab, 'squatted', 2))[0] !== taken
      await untilTrue('the Service has another address', left, { timeoutMs: 90_000 })
      const [address = ''] = await untilAllocated(lab, 'squatted', 2)
      const mac = /link\/ether (\S+)/.exec(await runIn(client, 'ip', ['link', 'show', 'eth0']))?.[1]
      const told = await until('a speaker tells of it', async () => {
        const states = digList(await lab.api.get(statesPath), 'items')
        return states.flatMap((state) => digList(state, 'status', 'addressesInUse'))[0]
      })
      expect([digText(told, 'address'), digText(told, 'mac')]).to.deep.equal([taken, mac])
      await untilTrue('the pool says so', async () =>
        (await readyOfPool()).startsWith(`AddressInUse ${taken} `),
      )
      const reply = await lab.client.firstReply(address, 80, 60_000)
      expect(reply.error).to.equal(undefined)
    } finally {
      await ip([`addr del ${taken}/32 dev eth0`], client)
      await deleteService(lab, 'squatted')
    }
    await lab.api.merge(poolPath, { spec: { duplicateAddressCheck: 'Off' } })
    await untilTrue('it is forgotten', async () => !(await readyOfPool()).startsWith('AddressInUse'))
    await lab.api.merge(poolPath, { spec: { duplicateAddressCheck: null } })
  })

  async function readyOfPool(): Promise<string> {
    const conditions = digList(await world.lab.api.get(poolPath), 'status', 'conditions')
    const ready = conditions.find((condition) => digText(condition, 'type') === 'Ready')
    return `${digText(ready, 'reason')} ${digText(ready, 'message')}`
  }
})
