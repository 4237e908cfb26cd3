// Failing writes in the log: once for an object and a reason, and once when it went well again.
import { expect } from 'chai'
import { serviceKind } from '../crds/service.ts'
import type { StatusObject } from '../reconcilers/status.ts'
import { ApiError } from './kube/api-error.ts'
import { createLog } from './log.ts'
import { writeLog } from './write-log.ts'

const wish: StatusObject = {
  kind: serviceKind,
  namespace: 'default',
  name: 'web',
  part: 'status',
  urgent: true,
  status: {},
}

function logged(act: (report: ReturnType<typeof writeLog>) => void): readonly string[] {
  const lines: string[] = []
  act(writeLog(createLog('test', 'info', { write: (line) => void lines.push(line) })))
  return lines.map((line) => /"msg":"([^"]*)"/.exec(line)?.[1] ?? line)
}

describe('the log of writes', () => {
  it('says once that an object cannot be written, and once that it can again', () => {
    const refused = new ApiError({ status: 403, reason: 'Forbidden', message: 'no' })
    const lines = logged((report) => {
      for (let attempt = 1; attempt < 50; attempt++) report.failing(wish, refused, attempt)
      report.written(wish)
      report.written(wish)
    })
    expect(lines).to.deep.equal(['write failed', 'write succeeded again'])
  })

  it('says once of a kind which field its definition lacks, however many objects cannot be written', () => {
    const message = 'failed to create typed patch object: .status.conditions: field not declared in schema'
    const older = new ApiError({ status: 500, reason: 'Http500', message })
    const lines = logged((report) => {
      for (const name of ['a', 'b', 'c']) report.failing({ ...wish, name }, older, 1)
      for (const name of ['a', 'b', 'c']) report.failing({ ...wish, name }, older, 2)
    })
    expect(lines).to.deep.equal([
      'CustomResourceDefinition is older than this program: apply that of its release',
    ])
  })

  it('says nothing of another version that stands there, unless it stays so', () => {
    const conflict = new ApiError({ status: 409, reason: 'Conflict', message: 'another version' })
    expect(logged((report) => report.failing(wish, conflict, 1))).to.deep.equal([])
    expect(logged((report) => report.failing(wish, conflict, 2))).to.deep.equal(['write failed'])
  })

  it('says it again for another reason', () => {
    const lines = logged((report) => {
      report.failing(wish, new ApiError({ status: 403, reason: 'Forbidden', message: 'no' }), 1)
      report.failing(wish, new ApiError({ status: 500, reason: 'InternalError', message: 'no' }), 2)
    })
    expect(lines).to.deep.equal(['write failed', 'write failed'])
  })

  it('forgets an object that is not to be written any more', () => {
    const lines = logged((report) => {
      report.failing(wish, new ApiError({ status: 403, reason: 'Forbidden', message: 'no' }), 1)
      report.dropped(wish)
      report.written(wish)
      report.failing(wish, new ApiError({ status: 403, reason: 'Forbidden', message: 'no' }), 1)
    })
    expect(lines).to.deep.equal(['write failed', 'write failed'])
  })

  it('never shows a secret', () => {
    const lines: string[] = []
    const log = createLog('test', 'info', { write: (line) => void lines.push(line) })
    log.info({ token: 'abc123', peer: { password: 'hunter2' } }, 'connected')
    expect(lines.join('')).not.to.match(/abc123|hunter2/)
  })
})
