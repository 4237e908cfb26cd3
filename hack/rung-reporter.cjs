// Mocha's spec reporter; besides, what happens as one JSON line each in the file that HERALD_RUNG_LOG names, written at
// once: a rung that is stopped has still said what passed, what failed and what it was at. rung-report.ts reads them.
const { appendFileSync } = require('node:fs')
const { loadavg } = require('node:os')
const { inspect } = require('node:util')
const { reporters } = require('mocha')

module.exports = class RungReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    const say = (what) => appendFileSync(process.env.HERALD_RUNG_LOG, `${JSON.stringify(what)}\n`)
    runner.on('test', (test) => say({ type: 'running', title: titleOf(test) }))
    runner.on('hook', (hook) => say({ type: 'running', title: titleOf(hook) }))
    runner.on('pass', (test) => say({ type: 'passed', title: titleOf(test) }))
    runner.on('pending', (test) => say({ type: 'skipped', title: titleOf(test) }))
    runner.on('fail', (test, error) => say({ type: 'failed', title: titleOf(test), ...failureOf(test, error) }))
    runner.once('end', () => {
      say({ type: 'ended' })
      setTimeout(() => endIt(say), patienceMs).unref()
    })
  }
}

const patienceMs = 30_000

/** What a test started and left keeps the process up: it would be killed at the limit of its rung only. */
function endIt(say) {
  const message = `something that a test started still runs ${patienceMs / 1000} s after the last one`
  say({ type: 'failed', title: 'the end of the rung', message, stack: '', seconds: 0, load: 0 })
  process.exit(1)
}

const titleOf = (runnable) => runnable.titlePath().join(' › ')

function failureOf(runnable, error) {
  return {
    message: messageOf(error),
    stack: String(error?.stack ?? ''),
    seconds: Math.round((runnable.duration ?? 0) / 100) / 10,
    load: Math.round(loadavg()[0] * 10) / 10,
  }
}

/** The message, what caused it, and what was there instead where the assertion says so. */
function messageOf(error) {
  if (!(error instanceof Error)) return inspect(error)
  const actual = 'actual' in error && error.showDiff !== false ? `\nactual: ${flat(error.actual)}` : ''
  const cause = error.cause === undefined ? '' : `\ncause: ${flat(error.cause?.message ?? error.cause)}`
  return `${error.name}: ${error.message}${actual}${cause}`
}

// Mocha's reporter has made `actual` a text over many lines by then.
const flat = (value) =>
  typeof value === 'string'
    ? value.replaceAll(/\s+/g, ' ')
    : inspect(value, { depth: 6, breakLength: Infinity, maxArrayLength: 20, maxStringLength: 200 })
