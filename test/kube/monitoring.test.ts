// Rules and dashboard of deploy/monitoring in the eyes of Prometheus itself: promtool, of Debian's package prometheus.
import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { dashboardExpressions, monitoringFolder } from '../support/monitoring.ts'
import { makeTemporaryFolder, removeFolder } from '../support/temporary.ts'

const run = promisify(execFile)

describe('promtool', function () {
  this.timeout(60_000)

  it('finds nothing wrong in the rules', async () => {
    const { stdout } = await run('promtool', ['check', 'rules', join(monitoringFolder, 'alerts.yaml')])
    expect(stdout).to.match(/SUCCESS: \d+ rules found/)
  })

  it('sees the rules fire when they should, and only then', async () => {
    const { stdout } = await run('promtool', ['test', 'rules', 'alerts.test.yaml'], { cwd: monitoringFolder })
    expect(stdout).to.include('SUCCESS')
  })

  it('understands every expression of the dashboard', async () => {
    const folder = makeTemporaryFolder('monitoring')
    try {
      const rules = dashboardExpressions().map((expr, index) => ({ record: `panel:${index}`, expr }))
      const file = join(folder, 'dashboard.yaml')
      writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules }] }))
      const { stdout } = await run('promtool', ['check', 'rules', file])
      expect(stdout).to.include(`SUCCESS: ${rules.length} rules found`)
    } finally {
      removeFolder(folder)
    }
  })
})
