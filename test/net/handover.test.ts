// Two nodes, one address: a planned hand-over loses no request, and who spoke last is right.
import { expect } from 'chai'
import { pause } from '../support/until.ts'
import type { EngineProcess } from './engine-process.ts'
import { neighbour } from './lan.ts'
import { arpRequest, staged, v4, v6 } from './stage.ts'
import type { Seen } from './wire.ts'

describe('layer 2 on the wire: a planned hand-over', function () {
  this.timeout(180_000)
  const on = staged((stage) => {
    const [oldNode, newNode, client] = [
      stage.host('old', 1),
      stage.host('new', 2),
      stage.host('client', 0x50),
    ]
    return { oldNode, newNode, client, wire: stage.wire(client) }
  })
  let oldEngine: EngineProcess
  let newEngine: EngineProcess

  beforeEach(async () => {
    const { stage, oldNode, newNode } = on()
    oldEngine = stage.engine(oldNode)
    newEngine = stage.engine(newNode)
    newEngine.apply([])
    oldEngine.apply([v4, v6])
    await oldEngine.ready(2)
    await newEngine.sees('ready', ({ interfaces }) => interfaces.some(({ candidate }) => candidate))
  })

  afterEach(() => on().stage.stopEngines())

  type Asker = { readonly stop: () => void }

  /** Asks for both families every 2 ms; each ARP request has a sender of its own, so that its answers are known. */
  function ask(): Asker {
    const { client, wire } = on()
    let count = 0
    const timer = setInterval(() => {
      count += 1
      const sender = `10.${count >> 16}.${(count >> 8) & 255}.${count & 255}`
      wire.send(arpRequest(client, { sender }))
      asked.push(sender)
    }, 2)
    return { stop: () => clearInterval(timer) }
  }
  const asked: string[] = []

  function answersTo(sender: string, frames: readonly Seen[]): readonly string[] {
    return frames
      .filter(({ text }) => text.includes(` ${sender} to `))
      .map(({ text }) => text.split(' ')[3] ?? '')
  }

  it('each request is answered, by the old owner up to the announcement and by the new one after it', async () => {
    const { oldNode, newNode, wire } = on()
    asked.length = 0
    const from = wire.seen.length
    const asker = ask()
    await wire.find(/^arp reply from 02:00:00:00:00:01 .* 10\.0\.0\.50 to /, { from })
    const handedOver = oldEngine.yield([v4, v6], 60_000)
    newEngine.apply([v4, v6])
    await wire.find(/^arp request from 02:00:00:00:00:02 192\.0\.2\.100 /, { from })
    await handedOver
    await wire.find(/^arp reply from 02:00:00:00:00:02 .* 10\./, { from })
    const last = asked.length + 100
    await wire.find(new RegExp(` 10.${last >> 16}.${(last >> 8) & 255}.${last & 255} to `), { from })
    asker.stop()
    const frames = wire.seen.slice(from)
    const counts = asked.slice(0, last).map((sender) => answersTo(sender, frames).toSorted().join(' and '))
    // What the client asks while the announcement is under way, both may answer.
    const mixed = [...runsOf(counts)].slice(1, -1)
    expect(counts[0]).to.equal(oldNode.mac)
    expect(counts.at(-1)).to.equal(newNode.mac)
    expect(mixed.filter(([by]) => by !== `${oldNode.mac} and ${newNode.mac}`)).to.deep.equal([])
    expect(oldEngine.logs.join()).to.include(`"address":"${v4}","to":"${newNode.mac}"`)
  })

  it('the old owner goes on answering while no successor comes, and stops when the time is up', async () => {
    const { client, wire } = on()
    const handedOver = oldEngine.yield([v4], 400)
    const from = wire.seen.length
    wire.send(arpRequest(client))
    await wire.find(/^arp reply from 02:00:00:00:00:01 /, { from })
    expect(await handedOver).to.be.at.least(395)
    await oldEngine.sees('yielded', () => oldEngine.claim(v4)?.yielded === true)
    expect(oldEngine.claim(v4)?.interfaces).to.deep.equal([])
  })

  it('an owner that stood still does not answer what it was asked meanwhile', async () => {
    const { client, wire } = on()
    const ask = async (sender: string, from: number) => {
      wire.send(arpRequest(client, { sender }))
      await wire.find(new RegExp(`^arp reply from 02:00:00:00:00:01 .* ${sender} to `), { from })
    }
    await ask('10.0.1.1', wire.seen.length)
    await oldEngine.freeze()
    const from = wire.seen.length
    for (const sender of ['10.0.2.1', '10.0.2.2']) wire.send(arpRequest(client, { sender }))
    await pause(4_000) // so long that they are late, whoever measures
    oldEngine.thaw()
    await ask('10.0.3.1', from)
    const answered = wire.seen.slice(from).filter(({ text }) => / 10\.0\.2\.\d to /.test(text))
    expect(answered.filter(({ text }) => text.startsWith('arp reply'))).to.deep.equal([])
  })

  it('a client with a cached neighbour follows at once', async () => {
    const { newNode, client, wire } = on()
    const handedOver = oldEngine.yield([v4, v6], 60_000)
    const from = wire.seen.length
    newEngine.apply([v4, v6])
    await wire.find(/^na from 02:00:00:00:00:02 /, { from })
    await handedOver
    const known = [neighbour(client, v4), neighbour(client, v6)].map((entry) => entry?.mac)
    expect(known.filter((mac) => mac !== undefined && mac !== newNode.mac)).to.deep.equal([])
  })
})

/** What is the same several times in a row, once, and how often. */
function runsOf(values: readonly string[]): readonly (readonly [string, number])[] {
  const starts = [...values.keys()].filter((index) => index === 0 || values[index] !== values[index - 1])
  return starts.map((start, place) => [values[start] ?? '', (starts[place + 1] ?? values.length) - start])
}
