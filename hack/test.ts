// Runs the rungs of the ladder, lowest first, and ends with the list of all that failed and one line: N passed, N failed,
// N skipped.
// `npm test -- kube e2e` runs the named rungs only. With --long (`npm run test:long`) the rungs that can do more do so:
// they read HERALD_LONG (test/support/long.ts), and `long` joins them.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { formatFailures, readRungReport, rungFailure } from './rung-report.ts'
import type { Failed, RungReport } from './rung-report.ts'

type Rung = {
  readonly name: string
  readonly what: string
  readonly files: readonly string[]
  // Neither is a budget: they end what hangs, and what does not must pass on a machine that is many times slower.
  readonly testMs: number // one test may take so long, unless it says otherwise
  readonly limitMinutes: number // the whole rung is stopped then
  readonly longMinutes?: number // the limit of the long run; without it the rung is no part of that
}

const root = resolve(import.meta.dirname, '..')

const rungs: readonly Rung[] = [
  {
    name: 'unit',
    what: 'rules, codecs and properties, pure',
    files: [
      '{crds,reconcilers,protocols,operator,hack}/**/*.test.ts',
      'test/architecture.test.ts',
      'test/readmes.test.ts',
    ],
    testMs: 60_000,
    limitMinutes: 10,
    longMinutes: 60,
  },
  {
    name: 'vectors',
    what: 'golden bytes',
    files: ['test/vectors/**/*.test.ts'],
    testMs: 30_000,
    limitMinutes: 5,
  },
  {
    name: 'traces',
    what: 'state machines',
    files: ['test/traces/**/*.test.ts'],
    testMs: 30_000,
    limitMinutes: 5,
  },
  {
    name: 'scripts',
    what: 'the whole system, simulated',
    files: ['test/scripts/**/*.test.ts'],
    testMs: 60_000,
    limitMinutes: 8,
  },
  {
    name: 'fuzz',
    what: 'any bytes',
    files: ['test/fuzz/**/*.test.ts'],
    testMs: 120_000,
    limitMinutes: 8,
    longMinutes: 30,
  },
  {
    name: 'net',
    what: 'real frames on real interfaces',
    files: ['test/net/**/*.test.ts'],
    testMs: 180_000,
    limitMinutes: 20,
  },
  {
    name: 'interop',
    what: 'real routers',
    files: ['test/interop/**/*.test.ts'],
    testMs: 180_000,
    limitMinutes: 25,
    longMinutes: 120,
  },
  {
    name: 'kube',
    what: 'a real API server',
    files: ['test/support/**/*.test.ts', 'test/kube/**/*.test.ts'],
    testMs: 180_000,
    limitMinutes: 25,
  },
  {
    name: 'e2e',
    what: 'real traffic, failover',
    files: ['test/e2e/**/*.test.ts'],
    testMs: 180_000,
    limitMinutes: 30,
  },
]

/** What no change has to wait for. */
const longRung: Rung = {
  name: 'long',
  what: 'what takes its time',
  files: ['test/long/**/*.test.ts'],
  testMs: 600_000,
  limitMinutes: 60,
}

/** The rungs that can do more, with their time for it; `long` last. */
function longRungs(): readonly Rung[] {
  const longer = rungs.flatMap(({ longMinutes, ...rung }) =>
    longMinutes === undefined ? [] : [{ ...rung, testMs: longRung.testMs, limitMinutes: longMinutes }],
  )
  return [...longer, longRung]
}

async function main(args: readonly string[]): Promise<number> {
  const isLong = args.includes('--long')
  const names = args.filter((arg) => arg !== '--long')
  const all = isLong ? longRungs() : rungs
  if (isLong) process.env['HERALD_LONG'] = '1'
  const unknown = names.filter((name) => !all.some((rung) => rung.name === name))
  if (unknown.length > 0) {
    console.error(`no rung named ${unknown.join(', ')}; there are ${all.map(({ name }) => name).join(', ')}`)
    return 2
  }
  let passed = 0
  const failed: Failed[] = []
  const skipped: string[] = []
  for (const rung of all.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const startedAt = Date.now()
    const report = await runRung(rung)
    passed += report.passed
    failed.push(...report.failures.map((failure) => ({ rung: rung.name, failure })))
    skipped.push(...report.skipped.map((title) => `${rung.name}: ${title}`))
    const counts = `${report.passed} passed, ${report.failures.length} failed, ${report.skipped.length} skipped`
    const seconds = Math.round((Date.now() - startedAt) / 1000)
    console.log(`rung ${rung.name}: ${counts} in ${seconds} s\n`)
  }
  if (skipped.length > 0) console.log(`skipped:\n  ${skipped.join('\n  ')}\n`)
  if (failed.length > 0) console.log(`${formatFailures(failed)}\n`)
  const closing = `${passed} passed, ${failed.length} failed`
  console.log(skipped.length > 0 ? `${closing}, ${skipped.length} skipped` : closing)
  return failed.length > 0 || skipped.length > 0 || passed === 0 ? 1 : 0
}

/** A rung that ran no test, was stopped, or ended badly without naming a test has failed once. */
async function runRung(rung: Rung): Promise<RungReport> {
  console.log(`rung ${rung.name}: ${rung.what}`)
  const folder = mkdtempSync(join(tmpdir(), 'herald-rung-'))
  const file = join(folder, 'log')
  try {
    const objection = await runMocha(rung, file)
    const report = readRungReport(read(file))
    const isEmpty = report.passed + report.failures.length === 0
    const isOver = report.unfinished === undefined
    if (isOver && !isEmpty && (objection === undefined || report.failures.length > 0)) return report
    const where = isOver ? '' : `, at: ${report.unfinished}`
    const trouble = `${objection ?? 'ran no test'}${where}`
    console.log(`rung ${rung.name}: ${trouble}`)
    return { ...report, failures: [...report.failures, rungFailure(trouble)] }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function runMocha(rung: Rung, logFile: string): Promise<string | undefined> {
  const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js')
  const args = [mocha, '--reporter', join(root, 'hack/rung-reporter.cjs'), '--timeout', String(rung.testMs)]
  const child = spawn(process.execPath, [...args, ...rung.files], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, HERALD_RUNG_LOG: logFile },
  })
  return new Promise((done) => {
    const limit = setTimeout(() => child.kill('SIGKILL'), rung.limitMinutes * 60_000)
    child.on('error', (error) => done(error.message))
    child.on('close', (code, signal) => {
      clearTimeout(limit)
      if (signal !== null) done(`stopped by ${signal} (its limit is ${rung.limitMinutes} minutes)`)
      else done(code === 0 ? undefined : `mocha ended with ${code}`)
    })
  })
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

process.exitCode = await main(process.argv.slice(2))
