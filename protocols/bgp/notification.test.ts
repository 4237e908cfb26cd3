import { expect } from 'chai'
import { BgpError } from './fault.ts'
import {
  ceaseNotification,
  formatNotification,
  hardReset,
  hardResetCause,
  notificationOf,
  shutdownText,
} from './notification.ts'
import type { Notification } from './notification.ts'

function cease(subcode: number, data: string): Notification {
  return { type: 'notification', code: 6, subcode, data }
}

describe('a NOTIFICATION', () => {
  it('shows what the operator of the other side wrote', () => {
    expect(shutdownText(ceaseNotification(2, 'back at noon'))).to.equal('back at noon')
    expect(formatNotification(ceaseNotification(4, 'größer'))).to.equal(
      'Cease/4 administrative reset "größer"',
    )
  })

  it('shows no text that is not there, or crosses its end', () => {
    for (const data of ['', '00', 'ff6162']) expect(shutdownText(cease(2, data))).to.equal(undefined)
    expect(shutdownText(cease(1, '0161'))).to.equal(undefined)
  })

  it('shows foreign text without its control characters and without broken UTF-8', () => {
    expect(shutdownText(cease(2, '06611b0ac3280d'))).to.equal('a\ufffd\ufffd\ufffd(\ufffd')
  })

  it('carries at most 255 octets of text, cut between characters', () => {
    const text = shutdownText(ceaseNotification(2, 'ü'.repeat(200)))
    expect(text).to.equal('ü'.repeat(127))
  })

  it('wraps its cause in a hard reset', () => {
    const wrapped = hardReset(ceaseNotification(2, 'bye'))
    expect(hardResetCause(wrapped)).to.deep.equal(ceaseNotification(2, 'bye'))
    expect(formatNotification(wrapped)).to.equal('Cease/9 hard reset (Cease/2 administrative shutdown "bye")')
    expect(hardResetCause(cease(9, ''))).to.equal(undefined)
    expect(hardResetCause(cease(9, '06'))).to.equal(undefined)
  })

  it('shows of hard resets within hard resets one level', () => {
    let wrapped = ceaseNotification(4)
    for (let depth = 0; depth < 2000; depth++) wrapped = hardReset(wrapped)
    expect(formatNotification(wrapped)).to.have.length.below(200)
  })

  it('of an error has its code and data, cut to what a message holds', () => {
    const error = new BgpError('NLRI', 'broken', new Uint8Array(65_000))
    const { code, subcode, data } = notificationOf(error)
    expect([code, subcode, data.length / 2]).to.deep.equal([3, 10, 4075])
  })
})
