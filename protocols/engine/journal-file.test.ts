// A journal that cannot be written any more is given up, and nothing else with it.
import { expect } from 'chai'
import { closeSync, fstatSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { makeTemporaryFolder, removeFolder } from '../../test/support/temporary.ts'
import { JournalFile } from './journal-file.ts'

describe('the file of a journal', () => {
  it('that cannot be rotated is given up, and closes no descriptor that is somebody else’s by now', () => {
    const folder = makeTemporaryFolder('journal-file')
    const file = join(folder, 'journal')
    mkdirSync(join(`${file}.1`, 'in-the-way'), { recursive: true })
    const journal = new JournalFile(file, 10)
    for (const line of ['a line of some length', 'one more, too many']) {
      journal.write([line])
      journal.flush()
    }
    const other = openSync(join(folder, 'other'), 'w')
    try {
      journal.close()
      expect(() => fstatSync(other)).not.to.throw()
    } finally {
      closeSync(other)
      removeFolder(folder)
    }
  })
})
