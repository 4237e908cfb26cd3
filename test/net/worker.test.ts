// The engine around its worker: privileges, a worker that dies, the journal.
import { expect } from 'chai'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { replayL2 } from '../traces/l2-replay.ts'
import { parseTrace } from '../traces/trace-file.ts'
import { EngineProcess } from './engine-process.ts'
import { addHost, createLan, destroyLan, ip, reasonToSkip } from './lan.ts'
import type { Host, Lan } from './lan.ts'
import { Wire } from './wire.ts'

const v4 = '192.0.2.100'
const v6 = '2001:db8::100'

describe('layer 2 on the wire: the engine and its thread', function () {
  this.timeout(60_000)
  let lan: Lan
  let node: Host
  let client: Host
  let wire: Wire
  let folder: string
  let engine: EngineProcess | undefined

  before(function () {
    const reason = reasonToSkip()
    if (reason !== undefined) {
      process.stdout.write(`skipped: ${reason}\n`)
      this.skip()
    }
    lan = createLan()
    node = addHost(lan, 'node', 1)
    client = addHost(lan, 'client', 0x50)
    wire = new Wire(client)
    folder = mkdtempSync(join(tmpdir(), 'herald-net-'))
  })

  afterEach(async () => {
    await engine?.stop()
    engine = undefined
  })

  after(() => {
    wire?.close()
    if (lan !== undefined) destroyLan(lan)
    if (folder !== undefined) rmSync(folder, { recursive: true })
  })

  async function answers(): Promise<void> {
    const from = wire.seen.length
    wire.send(`arp request from ${client.mac} 192.0.2.80 for 00:00:00:00:00:00 ${v4} to ff:ff:ff:ff:ff:ff`)
    await wire.find(/^arp reply from 02:00:00:00:00:01 /, { from })
    wire.send(
      `ns from ${client.mac} fe80::50 to 33:33:ff:00:01:00 ff02::1:ff00:100 target ${v6} source-mac ${client.mac}`,
    )
    await wire.find(/^na from 02:00:00:00:00:01 .* flags SO/, { from })
  }

  it('CAP_NET_RAW is all it needs: links, frames and groups, as a user who is not root', async () => {
    engine = new EngineProcess(node, { unprivileged: true })
    engine.apply([v4, v6])
    await engine.ready(2)
    await answers()
    expect(ip(node.namespace, ['maddr', 'show', 'dev', 'eth0'])).to.include('ff02::1:ff00:100')
    expect(engine.logs.filter((log) => !log.includes('ordinary priority'))).to.deep.equal([])
    expect(engine.logs).to.have.length(1) // that the priority stays what it is, once
  })

  it('a worker that dies is started again with the config it had, and it is told', async () => {
    const workerUrl = new URL('./dying-worker.ts', import.meta.url)
    engine = new EngineProcess(node, {
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
    const journalFile = join(folder, 'journal.trace')
    engine = new EngineProcess(node, { journalFile })
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
