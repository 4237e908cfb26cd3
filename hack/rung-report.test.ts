// The list of all that failed: what it must say, and how long it may become.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect } from 'chai'
import { formatFailures, readRungReport } from './rung-report.ts'
import type { RungReport } from './rung-report.ts'

const root = resolve(import.meta.dirname, '..')

const sampleTests = `
const { expect } = require(${JSON.stringify(join(root, 'node_modules/chai'))})
describe('a speaker', () => {
  it('stands', () => undefined)
  it('sleeps')
  it('answers once', () => expect([{ askedAt: 1, mac: 'aa' }, { askedAt: 2, mac: 'bb' }]).to.deep.equal([]))
  it('waits', () => { throw new Error('waited 90000 ms for: sessions', { cause: new Error('ECONNREFUSED') }) })
  it('throws what is no error', () => { throw 'a word' })
  describe('that cannot start', () => {
    before(() => { throw new Error('no such port') })
    it('is never asked', () => undefined)
  })
})
`
const dyingTest = `
it('stands', () => undefined)
it('takes the process with it', () => process.kill(process.pid, 'SIGKILL'))
`

/** Runs mocha on a file of this text with our reporter. */
async function reportOf(text: string): Promise<RungReport> {
  const folder = mkdtempSync(join(tmpdir(), 'herald-rung-report-'))
  try {
    const [file, log] = [join(folder, 'sample.cjs'), join(folder, 'log')]
    writeFileSync(file, text)
    const mocha = join(root, 'node_modules/mocha/bin/mocha.js')
    const args = [mocha, '--no-config', '--reporter', join(root, 'hack/rung-reporter.cjs'), file]
    const env = { ...process.env, HERALD_RUNG_LOG: log }
    await new Promise<void>((done) => {
      execFile(process.execPath, args, { env, cwd: folder }, () => done())
    })
    return readRungReport(readFileSync(log, 'utf8'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function listOf(report: RungReport): string {
  return formatFailures(report.failures.map((failure) => ({ rung: 'net', failure })))
}

describe('the list of all that failed', () => {
  let report: RungReport

  before(async function () {
    this.timeout(60_000)
    report = await reportOf(sampleTests)
  })

  it('counts what passed and names what was skipped', () => {
    expect(report.passed).to.equal(1)
    expect(report.skipped).to.deep.equal(['a speaker › sleeps'])
    expect(report.unfinished).to.equal(undefined)
  })

  it('names the rung, the whole title and what was there instead', () => {
    const list = listOf(report)
    expect(list).to.contain('1) net: a speaker › answers once')
    expect(list).to.contain('actual: [ { "askedAt": 1 "mac": "aa" } { "askedAt": 2 "mac": "bb" } ]')
  })

  it('names the cause of an error', () => {
    expect(listOf(report)).to.contain('Error: waited 90000 ms for: sessions\n       cause: ECONNREFUSED')
  })

  it('holds what is thrown and no error, and a hook that fails', () => {
    const list = listOf(report)
    expect(list).to.contain('a word')
    expect(list).to.contain('a speaker › that cannot start › "before all" hook')
    expect(list).to.contain('no such port')
  })

  it('shows places of ours without the path to the tree, and not the place that waits', () => {
    const stack = [
      'Error: waited',
      '    at until (file:///some/tree/test/support/until.ts:27:13)',
      '    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)',
      '    at async untilUp (file:///some/tree/hack/lab/measure.ts:35:3)',
      '    at async Context.<anonymous> (file:///some/tree/test/e2e/bgp.test.ts:235:5)',
    ]
    const failure = { title: 'a', message: 'm', stack: stack.join('\n'), seconds: 90, load: 4.5 }
    const list = formatFailures([{ rung: 'e2e', failure }])
    expect(list.split('\n').slice(1)).to.deep.equal([
      '  1) e2e: a (after 90 s, load 4.5)',
      '       m',
      '       at hack/lab/measure.ts:35',
      '       at test/e2e/bgp.test.ts:235',
    ])
  })

  it('stays short when forty tests fail with long messages, and has the title of each', () => {
    const failures = Array.from({ length: 40 }, (_, index) => ({
      rung: 'kube',
      failure: { title: `test ${index} of forty`, message: 'x'.repeat(9000), stack: '', seconds: 1, load: 9 },
    }))
    const list = formatFailures(failures)
    expect(list.length).to.be.lessThan(11_000)
    for (const { failure } of failures) expect(list).to.contain(failure.title)
  })

  it('keeps the beginning and the end of a message that is too long', () => {
    const message = `AssertionError: ${'x'.repeat(20_000)} at the end`
    const list = formatFailures([
      { rung: 'kube', failure: { title: 'a', message, stack: '', seconds: 1, load: 9 } },
    ])
    expect(list).to.match(/AssertionError: x+ … x+ at the end$/)
  })

  it('tells what a rung was at that was killed, and what had passed', async function () {
    this.timeout(60_000)
    const killed = await reportOf(dyingTest)
    expect(killed.passed).to.equal(1)
    expect(killed.unfinished).to.equal('takes the process with it')
  })
})
