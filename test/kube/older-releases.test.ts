// The controller on the API of older releases of Kubernetes, as far as the pinned binary emulates them: what it watches and
// writes is nothing newer than they know.
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { dig, digText } from '../support/dig.ts'
import {
  addressesOf,
  conditionOf,
  createTestPool,
  createTestService,
  defaultServices,
  ingressOf,
  readService,
  startHeraldPlane,
  startTestController,
} from '../support/herald-plane.ts'
import { until, untilTrue } from '../support/until.ts'

// Moments after a CRD came an API server says that its storage is not ready yet: that is no refusal.
const refusal = /write failed|kept something else|event not written|watch fails/
const notReadyYet = /storage is \(re\)initializing/

describe('the controller on the API of older releases', function () {
  this.timeout(180_000)

  // Of 1.31 to 1.33 the binary of 1.37 has no emulation.
  for (const emulatedVersion of ['1.34', '1.35', '1.36']) {
    it(`${emulatedVersion}: gives addresses of both families, says why not, and releases`, async () => {
      const plane = await startHeraldPlane({ emulatedVersion })
      const controller = await startTestController(plane, 1)
      try {
        const version: unknown = JSON.parse(await plane.api.raw('/version'))
        expect(dig(version, 'emulationMinor')).to.equal(emulatedVersion.slice(2))
        await createTestPool(plane, 'lan', ['192.0.2.0/24', '2001:db8::/120'])
        await createTestService(plane, { name: 'web', spec: { ipFamilyPolicy: 'RequireDualStack' } })
        expect(await addressesOf(plane, 'web')).to.deep.equal(['192.0.2.0', '2001:db8::'])
        const annotations = { 'metallb.io/loadBalancerIPs': '203.0.113.7' }
        await createTestService(plane, { name: 'outside', annotations })
        const condition = await until('its condition', async () =>
          conditionOf(await readService(plane, 'outside'), 'metallb.io/Allocated'),
        )
        expect(digText(condition, 'reason')).to.equal('AddressOutsidePools')
        await untilTrue('its event', async () => {
          const described = await plane.kubectl(['describe', 'service', 'outside'])
          return described.includes('AllocationFailed')
        })
        await plane.api.merge(`${defaultServices}/web`, { spec: { type: 'ClusterIP' } })
        await untilTrue('the release', async () => ingressOf(await readService(plane, 'web')).length === 0)
        const log = readFileSync(controller.logFile, 'utf8').split('\n')
        expect(log.filter((line) => line.includes('AddressOutsidePools'))).to.have.length(1)
        expect(log.filter((line) => refusal.test(line) && !notReadyYet.test(line))).to.deep.equal([])
      } finally {
        controller.kill('SIGTERM')
        await controller.exited
        await plane.stop()
      }
    })
  }
})
