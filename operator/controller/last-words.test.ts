// A speaker's ConfigurationState goes with its Pod; what it said of addresses in use counts on for its time.
import { expect } from 'chai'
import { configurationStateKind } from '../../crds/configuration-state.ts'
import { resourceOf } from '../../test/support/resource.ts'
import { createCache } from '../kube/cache.ts'
import { startLastWords } from './last-words.ts'

const seen = '2026-01-01T00:00:00Z'
const found = [{ address: '192.0.2.1', mac: '02:00:00:00:00:99', interface: 'eth0', lastSeen: seen }]
const sessions = [{ peer: 'tor', state: 'Established' }]
const at = (minutes: number): number => Date.parse(seen) + minutes * 60_000

function stateOf(status: object): ReturnType<typeof resourceOf> {
  return resourceOf({ status }, { name: 'speaker-node-a', namespace: 'metallb-system' })
}

describe('the last words of a speaker', () => {
  it('are of addresses in use only, and count for fifteen minutes after the last answer', () => {
    const cache = createCache(configurationStateKind)
    const lastWords = startLastWords(cache)
    const state = stateOf({ addressesInUse: found, sessions })
    cache.put(state)
    expect(lastWords.beside([], at(1))).to.deep.equal([])
    cache.drop(state)
    const [word, ...more] = lastWords.beside([], at(1))
    expect(word?.addressesInUse?.map(({ address }) => address)).to.deep.equal(['192.0.2.1'])
    expect([word?.sessions, more]).to.deep.equal([[], []])
    expect(lastWords.beside([], at(1))[0]).to.equal(word)
    expect(lastWords.beside([], at(15))).to.deep.equal([])
    lastWords.stop()
  })

  it('are none of a speaker that found none: the same list stays', () => {
    const cache = createCache(configurationStateKind)
    const lastWords = startLastWords(cache)
    const state = stateOf({ sessions })
    cache.put(state)
    cache.drop(state)
    const states = [] as const
    expect(lastWords.beside(states, at(1))).to.equal(states)
    lastWords.stop()
  })
})
