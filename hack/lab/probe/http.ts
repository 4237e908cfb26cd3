// HTTP as a client asks it: each request a new TCP connection, started on schedule whatever became of the ones before.
import { connect } from 'node:net'
import type { HttpRecord, HttpWish } from './records.ts'
import { monotonicMs } from './records.ts'
import { onSchedule } from './schedule.ts'

export type HttpProbe = { readonly stop: () => Promise<readonly HttpRecord[]> }

export function startHttpProbe(wish: HttpWish): HttpProbe {
  const asked: Promise<HttpRecord>[] = []
  const schedule = onSchedule(wish.everyMs, () => void asked.push(askOnce(wish)))
  return {
    stop: () => {
      schedule.stop()
      return Promise.all(asked)
    },
  }
}

/** Never fails: what went wrong stands in the record. */
export function askOnce(where: Omit<HttpWish, 'everyMs'>): Promise<HttpRecord> {
  const askedAt = monotonicMs()
  return new Promise((resolve) => {
    let text = ''
    const connection = connect({ host: where.address, port: where.port })
    const end = (rest: Omit<HttpRecord, 'askedAt'>): void => {
      clearTimeout(timer)
      connection.destroy()
      resolve({ askedAt, ...rest })
    }
    const timer = setTimeout(() => end(failure(`no answer in ${where.timeoutMs} ms`)), where.timeoutMs)
    connection.setEncoding('latin1')
    connection.on('connect', () => connection.write('GET / HTTP/1.0\r\n\r\n'))
    connection.on('data', (part: string) => {
      text += part
    })
    connection.on('end', () => end(understand(text)))
    connection.on('error', (error) => end(failure(error.message)))
  })
}

// backend.ts: 'pod node client-address'
function understand(text: string): Omit<HttpRecord, 'askedAt'> {
  const [head = '', body = ''] = text.split('\r\n\r\n', 2)
  const [pod, node, seenClient] = body.trim().split(' ')
  if (!/^HTTP\/1\.\d 200 /.test(head) || pod === undefined || node === undefined)
    return failure(`not an answer: ${JSON.stringify(text.slice(0, 80))}`)
  return { answeredAt: monotonicMs(), pod, node, ...(seenClient === undefined ? {} : { seenClient }) }
}

function failure(error: string): Omit<HttpRecord, 'askedAt'> {
  return { error, failedAt: monotonicMs() }
}

/** Again every 10 ms until the first answer; each question waits 100 ms. */
export function firstReply(where: {
  readonly address: string
  readonly port: number
  readonly timeoutMs: number
}): Promise<HttpRecord> {
  const givenUpAt = monotonicMs() + where.timeoutMs
  return new Promise((resolve) => {
    const schedule = onSchedule(10, () => {
      void askOnce({ ...where, timeoutMs: 100 }).then((record) => {
        if (record.answeredAt === undefined && monotonicMs() < givenUpAt) return
        schedule.stop()
        resolve(record)
      })
    })
  })
}
