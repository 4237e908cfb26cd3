// The engine around its worker: privileges, a worker that dies, the journal.
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { replayL2 } from '../traces/l2-replay.ts'
import { parseTrace } from '../traces/trace-file.ts'
import { ip } from './lan.ts'
import { arpRequest, nodeAndClient, solicitation, staged, v4, v6, v6Group } from './stage.ts'

describe('layer 2 on the wire: the engine and its thread', function () {
  this.timeout(180_000)
  const on = staged((stage) => ({ ...nodeAndClient(stage), folder: stage.folder('worker') }))

  afterEach(() => on().stage.stopEngines())

  async function answers(): Promise<void> {
    const { client, wire } = on()
    const from = wire.seen.length
    wire.send(arpRequest(client))
    await wire.find(/^arp reply from 02:00:00:00:00:01 /, { from })
    wire.send(solicitation(client))
    await wire.find(/^na from 02:00:00:00:00:01 .* flags SO/, { from })
  }

  it('CAP_NET_RAW is all it needs: links, frames and groups, as a user who is not root', async () => {
    const { stage, node } = on()
    const engine = stage.engine(node, { unprivileged: true })
    engine.apply([v4, v6])
    await engine.ready(2)
    await answers()
    expect(ip(node.namespace, ['maddr', 'show', 'dev', 'eth0'])).to.include(v6Group.address)
    expect(engine.logs.filter((log) => !log.includes('ordinary priority'))).to.deep.equal([])
    expect(engine.logs).to.have.length(1) // that the priority stays what it is, once
  })

  it('a worker that dies is started again with the config it had, and it is told', async () => {
    const { stage, node, folder } = on()
    const workerUrl = new URL('./dying-worker.ts', import.meta.url)
    const engine = stage.engine(node, {
      workerUrl: workerUrl.href,
      env: { HERALD_DIED: join(folder, 'died') },
    })
    engine.apply([v4, v6])
    await engine.hear('not alive', ({ observed }) => observed?.alive === false && observed.generation === -1)
    await engine.ready(2)
    await answers()
    expect(engine.logs.some((log) => log.includes('layer 2 worker ended, starting it again'))).to.equal(true)
  })

  it('writes a journal when it is asked to, and the machine does the same again when it is replayed', async () => {
    const { stage, node, folder } = on()
    const journalFile = join(folder, 'journal.trace')
    const engine = stage.engine(node, { journalFile })
    engine.apply([v4, v6])
    await engine.ready(2)
    await answers()
    await engine.stop()
    const journal = readFileSync(journalFile, 'utf8')
    expect(journal).to.match(/^@[\d.]+ configured generation=1 /m)
    expect(journal).to.match(/^ {2}announce eth0 192\.0\.2\.100 first: arp request from 02:00:00:00:00:01/m)
    expect(journal).to.match(/^@[\d.]+ frame eth0 at=\d+ arp request from 02:00:00:00:00:50 192\.0\.2\.80/m)
    expect(journal).to.match(/^ {2}answer eth0 192\.0\.2\.100: arp reply/m)
    for (const { line, effects, now } of replayL2(parseTrace(journal)))
      expect(now, `line ${line}`).to.deep.equal(effects)
  })
})
