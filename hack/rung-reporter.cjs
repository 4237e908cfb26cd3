// Mocha's spec reporter, and the counts of the rung as JSON in the file that HERALD_RUNG_COUNTS names.
const { writeFileSync } = require('node:fs')
const { reporters } = require('mocha')

module.exports = class RungReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats
      writeFileSync(process.env.HERALD_RUNG_COUNTS, JSON.stringify({ passes, failures, pending }))
    })
  }
}
