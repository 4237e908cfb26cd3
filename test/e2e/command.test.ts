// The command `npm run lab`, up and down. Its whole story with all that it measures: test/long/lab.test.ts.
import { expect } from 'chai'
import { LabCommands } from './lab-command.ts'

describe('npm run lab', function () {
  this.timeout(360_000)
  const commands = new LabCommands(`cmd${process.pid}`)

  after(() => commands.end())

  it('is taken down from another terminal, wherever it is in its story, and leaves nothing behind', async () => {
    const lab = commands.start()
    await lab.says('a Service of type LoadBalancer', 240_000)
    const second = commands.start()
    expect((await second.exited).code, second.said()).to.equal(1)
    expect(second.said()).to.match(/^lab: a lab is up already \(process \d+\)/m)
    expect(await commands.remains()).to.not.deep.equal([])
    const down = commands.start('down')
    expect((await down.exited).code, down.said()).to.equal(0)
    expect(down.said()).to.include('the lab is down')
    expect((await lab.exited).code, lab.said()).to.equal(0)
    await commands.untilGone()
  })

  it('says so where there is nothing to take down, and what it does not understand', async () => {
    const down = commands.start('down')
    expect((await down.exited).code).to.equal(0)
    expect(down.said()).to.include('no lab is up')
    const unknown = commands.start('--onse')
    expect((await unknown.exited).code).to.equal(2)
    expect(unknown.said()).to.include('npm run lab -- --once --json')
  })
})
