// What a test file needs of the machine: asked once, in its describe, and said loudly where it is missing.
import { existsSync } from 'node:fs'
import { reasonToSkip } from '../net/lan.ts'

/** For the body of a describe: its tests are skipped, with the reason, where there are no network namespaces or programs. */
export function needsNamespaces(...programs: readonly string[]): void {
  before(function () {
    const missing = programs.find((program) => !existsSync(program))
    const reason = reasonToSkip() ?? (missing === undefined ? undefined : `there is no ${missing}`)
    if (reason === undefined) return
    process.stdout.write(`    skipped: ${reason}\n`)
    this.skip() // a machine without them can still run the rest; where nothing may be left out, hack/test.ts fails on it
  })
}
