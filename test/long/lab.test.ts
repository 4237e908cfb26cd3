// `npm run lab -- --bgp --json` from its beginning to Ctrl-C: what it measures is all there, it stays up, and leaves nothing.
import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { stateFolder } from '../../hack/lab/names.ts'
import { LabCommands } from '../e2e/lab-command.ts'
import { isRecord } from '../support/dig.ts'

const shell = promisify(execFile)

const measured = [
  'allocateMs',
  'announceMs',
  'firstReplyMs',
  'firstReplyV6Ms',
  'failoverMs',
  'failoverV6Ms',
  'killSilenceMs',
  'plannedMoveLost',
  'plannedSilenceMs',
  'plannedDoubleAnswers',
  'speakerRssMb',
  'controllerRssMb',
  'bgpAnnounceMs',
  'bgpEcmpNodes',
  'bgpFailoverMs',
  'bgpFailoverBfdMs',
] as const

describe('npm run lab -- --bgp --json', function () {
  this.timeout(600_000)
  const commands = new LabCommands(`story${process.pid}`)
  let figures: Readonly<Record<string, unknown>> = {}

  after(() => commands.end())

  it('measures, stays up for kubectl and herald, and goes with Ctrl-C', async () => {
    const lab = commands.start('--bgp', '--json')
    await lab.says('the lab stays up', 540_000)
    const line = lab
      .said()
      .split('\n')
      .find((row) => row.startsWith('{'))
    const value: unknown = JSON.parse(line ?? '{}')
    figures = isRecord(value) ? value : {}
    const script = `. ${stateFolder(commands.id)}/env && kubectl get services web && herald explain service default/web`
    const { stdout } = await shell('sh', ['-c', script])
    expect(stdout).to.include('default/web')
    lab.kill('SIGINT')
    expect((await lab.exited).code, lab.said()).to.equal(0)
    await commands.untilGone()
  })

  for (const key of measured)
    it(`says ${key}`, () => {
      expect(figures[key]).to.be.a('number').and.satisfy(Number.isFinite)
    })

  it('names the owner and who took over from it, and has spread over all nodes', () => {
    expect(figures['owner']).to.match(/^node-[abc]$/)
    expect(figures['newOwner']).to.match(/^node-[abc]$/)
    expect(figures['newOwner']).to.not.equal(figures['owner'])
    expect(figures['bgpEcmpNodes']).to.equal(3)
  })
})
