// When the next hop is asked for, and who is believed.
import { expect } from 'chai'
import { fakeClock } from '../../test/support/fake-clock.ts'
import { unsolicitedAdvertisement } from '../ndp/frame.ts'
import { NeighbourSearch } from './neighbour-search.ts'

const nextHop = '2001:db8::2'

function stage() {
  const { clock, advance, nextIn } = fakeClock()
  const said: string[] = []
  const search = new NeighbourSearch({
    nextHop,
    asker: { mac: '02:00:00:00:00:01', address: '2001:db8::1' },
    inject: () => said.push(`asked at ${clock.now()}`),
    onFound: () => said.push(`found at ${clock.now()}`),
    onNobody: () => said.push(`nobody at ${clock.now()}`),
    clock,
  })
  return { search, said, advance, nextIn }
}

describe('the search for a next hop', () => {
  it('asks three times, a quarter of a second apart, and then says that nobody is there', () => {
    const { search, said, advance } = stage()
    search.start()
    advance(10_000)
    expect(said).to.deep.equal(['asked at 0', 'asked at 250', 'asked at 500', 'nobody at 750'])
  })

  it('ends with the first answer, and follows the neighbour to another link-layer address', () => {
    const { search, said, advance, nextIn } = stage()
    search.start()
    advance(100)
    expect(search.take(unsolicitedAdvertisement('02:00:00:00:00:02', nextHop))).to.equal(true)
    expect([search.mac, nextIn()]).to.deep.equal(['02:00:00:00:00:02', Infinity])
    search.take(unsolicitedAdvertisement('02:00:00:00:00:03', nextHop))
    expect(search.mac).to.equal('02:00:00:00:00:03')
    expect(said).to.deep.equal(['asked at 0', 'found at 100'])
  })

  it('takes nothing that is said of another address', () => {
    const { search } = stage()
    expect(search.take(unsolicitedAdvertisement('02:00:00:00:00:02', '2001:db8::9'))).to.equal(false)
    expect(search.mac).to.equal(undefined)
  })

  it('asks once more when the neighbour is doubted', () => {
    const { search, said, advance, nextIn } = stage()
    search.start()
    search.take(unsolicitedAdvertisement('02:00:00:00:00:02', nextHop))
    advance(5000)
    search.ask()
    expect([said.at(-1), search.askedAt, nextIn()]).to.deep.equal(['asked at 5000', 5000, Infinity])
  })
})
