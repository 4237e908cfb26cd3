// A layered map is the map that it stands for, and the copies before it stay what they were.
import { expect } from 'chai'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import type { LayeredMap } from './layered-map.ts'
import { keysToCompare, layeredMap, withChanges } from './layered-map.ts'

type Value = { readonly turn: number }

const anyChanges = fc
  .array(fc.tuple(fc.nat(900), fc.boolean()), { maxLength: 400 })
  .map((list) => list.map(([number, stays]) => [`k${number}`, stays] as const))

function contents(map: LayeredMap<Value>): unknown {
  const seen: [string, Value][] = []
  map.forEach((value, key) => seen.push([key, value]))
  expect([...map.keys()]).to.deep.equal(seen.map(([key]) => key))
  expect([...map.values()]).to.deep.equal(seen.map(([, value]) => value))
  expect(map.size).to.equal(seen.length)
  return new Map(seen)
}

describe('a layered map', () => {
  it('holds what a map holds after the same changes, and so does every copy before', () => {
    fc.assert(
      fc.property(fc.array(anyChanges, { maxLength: 8 }), (turns) => {
        const plain = new Map<string, Value>()
        let map = layeredMap<Value>()
        const history: { readonly map: LayeredMap<Value>; readonly is: Map<string, Value> }[] = []
        for (const [turn, changes] of turns.entries()) {
          const delta = new Map(changes.map(([key, stays]) => [key, stays ? { turn } : undefined]))
          map = withChanges(map, delta)
          for (const [key, value] of delta) {
            if (value === undefined) plain.delete(key)
            else plain.set(key, value)
          }
          history.push({ map, is: new Map(plain) })
        }
        for (const { map: then, is } of history) {
          const compared = keysToCompare(then, map)
          for (const key of [...is.keys(), ...plain.keys()])
            expect(compared.has(key)).to.equal(is.get(key) !== plain.get(key))
        }
        for (const { map: then, is } of history) {
          expect(contents(then)).to.deep.equal(is)
          for (const key of ['k0', 'k1', 'k2']) {
            expect(then.get(key)).to.equal(is.get(key))
            expect(then.has(key)).to.equal(is.has(key))
          }
        }
      }),
      { numRuns: 50 },
    )
  })

  it('and a copy of it differ where something changed, and nowhere else', () => {
    const many = new Map(Array.from({ length: 1_000 }, (_, turn) => [`k${turn}`, { turn }]))
    const before = withChanges(layeredMap<Value>(), many)
    const now = withChanges(before, new Map([['k7', { turn: 1_007 }]]))
    expect([...keysToCompare(before, now)]).to.deep.equal(['k7'])
    expect(keysToCompare(before, before).size).to.equal(0)
    expect([...keysToCompare(many, now)]).to.deep.equal(['k7'])
    expect(keysToCompare(undefined, now).size).to.equal(1_000)
  })

  it('is the same map when nothing changes', () => {
    const map = withChanges(layeredMap<Value>(), new Map([['a', { turn: 1 }]]))
    expect(withChanges(map, new Map())).to.equal(map)
  })

  it('keeps no copy alive that it was once compared with', async () => {
    let map = withChanges(layeredMap<Value>(), new Map([['a', { turn: 0 }]]))
    const first = new WeakRef(map)
    for (let turn = 1; turn < 5; turn++) {
      const next = withChanges(map, new Map([['a', { turn }]]))
      expect(keysToCompare(map, next).size).to.equal(1)
      map = next
    }
    await setImmediate() // a WeakRef keeps its object for as long as the turn lasts
    collectGarbage()
    expect(first.deref() === undefined, 'the first copy is collected').to.equal(true)
    expect(map.size).to.equal(1)
  })
})

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new Error('V8 gives no gc()')
  collect()
}
