// Lines to a reader: all of them, or as many as it wants; and patience that is told.
import { expect } from 'chai'
import { PassThrough, Writable } from 'node:stream'
import { fakeClock } from '../../test/support/fake-clock.ts'
import { withPatience } from './patience.ts'
import { writeLines } from './terminal.ts'

function reader(): { readonly stream: Writable; readonly text: () => string } {
  let text = ''
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  return { stream, text: () => text }
}

describe('lines', () => {
  it('arrive, each with its end', async () => {
    const { stream, text } = reader()
    await writeLines({ out: stream, err: new PassThrough() }, ['a', 'b'])
    expect(text()).to.equal('a\nb\n')
    expect(stream.writableEnded).to.equal(false)
  })

  it('are no longer computed when the reader has gone, and that is no error', async () => {
    let computed = 0
    function* endless(): Generator<string> {
      for (;;) {
        computed++
        yield 'x'.repeat(1_000)
      }
    }
    const out = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
      },
    })
    await writeLines({ out, err: new PassThrough() }, endless())
    expect(computed).to.be.below(10_000)
  })
})

describe('patience', () => {
  const told = (reader: { readonly text: () => string }) => reader.text().trimEnd().split('\n')

  it('says nothing of what takes a second', async () => {
    const { clock, advance } = fakeClock()
    const seen = reader()
    const work = Promise.withResolvers<string>()
    const waiting = withPatience({ err: seen.stream }, { clock, waitsFor: () => 'nodes' }, work.promise)
    advance(999)
    work.resolve('done')
    expect(await waiting).to.equal('done')
    advance(60_000)
    expect(seen.text()).to.equal('')
  })

  it('says after a second what it waits for, and again every five', async () => {
    const { clock, advance } = fakeClock()
    const seen = reader()
    const work = Promise.withResolvers<string>()
    const waiting = withPatience({ err: seen.stream }, { clock, waitsFor: () => 'nodes' }, work.promise)
    advance(6_000)
    work.resolve('done')
    await waiting
    expect(told(seen)).to.deep.equal(['waiting since 1 s for nodes', 'waiting since 6 s for nodes'])
  })
})
