// herald decode from a file: its lines, its exit, and what is no capture.
import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { decode } from './decode-command.ts'
import { Mistake } from './failure.ts'

/** A classic pcap (draft-ietf-opsawg-pcap §4) of Ethernet with these packets. */
function pcap(packets: readonly Buffer[]): Buffer {
  const header = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex')
  const records = packets.flatMap((bytes) => {
    const record = Buffer.alloc(16)
    record.writeUInt32LE(bytes.length, 8)
    record.writeUInt32LE(bytes.length, 12)
    return [record, bytes]
  })
  return Buffer.concat([header, ...records])
}

// Who has 192.0.2.10? RFC 826.
const arp = Buffer.from(
  'ffffffffffff02000000000a08060001080006040001' + '02000000000ac0000201' + '000000000000c000020a',
  'hex',
)

describe('herald decode', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'herald-decode-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  async function run(content: Buffer, output: 'text' | 'json' = 'text') {
    const file = join(folder, 'capture')
    writeFileSync(file, content)
    const printed: string[] = []
    const stream = new Writable({
      write(chunk, _encoding, done) {
        printed.push(String(chunk))
        done()
      },
    })
    const whole = await decode(file, { output }, { out: stream, err: stream })
    return { whole, lines: printed.join('').trimEnd().split('\n') }
  }

  async function mistake(work: Promise<unknown>): Promise<string> {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (!(error instanceof Mistake)) throw new Error('it was no mistake', { cause: error })
    return error.message
  }

  it('prints a line a packet', async () => {
    const { whole, lines } = await run(pcap([arp, arp]))
    expect(whole).to.equal(true)
    expect(lines).to.have.length(2)
    expect(lines[1]).to.match(/^2 1970-.* arp .*192\.0\.2\.10/i)
  })

  it('prints an object a line', async () => {
    const { lines } = await run(pcap([arp]), 'json')
    const value: unknown = JSON.parse(lines[0] ?? '')
    expect(value).to.include({ number: 1 })
  })

  it('prints what it can of a file that breaks off, and says so', async () => {
    const { whole, lines } = await run(pcap([arp, arp]).subarray(0, -4))
    expect(whole).to.equal(false)
    expect(lines).to.have.length(2)
    expect(lines[1]).to.match(/^2 capture file ! /)
  })

  it('says of what is no capture that it is none', async () => {
    expect(await mistake(run(Buffer.from('root:x:0:0')))).to.match(
      /capture is no capture that can be read: magic/,
    )
  })

  it('says what is wrong with a name', async () => {
    const streams = { out: new Writable(), err: new Writable() }
    const named = (name: string) => mistake(decode(join(folder, name), { output: 'text' }, streams))
    expect(await named('none')).to.equal(`there is no file ${join(folder, 'none')}`)
    expect(await named('')).to.match(/^not a file but a directory: /)
  })
})
