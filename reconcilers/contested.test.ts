// Addresses that more than one has, against a table of all addresses.
import { expect } from 'chai'
import * as fc from 'fast-check'
import { anyAddress } from '../test/support/snapshot-arbitraries.ts'
import { contestedAddresses, rememberContested } from './contested.ts'
import { named } from './request.ts'

type Item = { readonly name: number; readonly texts: readonly string[] }

function contested(items: readonly Item[]): Readonly<Record<string, readonly number[]>> {
  const found = contestedAddresses(items, ({ texts }) => texts.flatMap((text) => named(text) ?? []))
  return Object.fromEntries([...found].map(([text, all]) => [text, all.map(({ name }) => name)]))
}

describe('contested addresses', () => {
  it('two addresses of different families with the same low bits are not one', () => {
    expect(contested([{ name: 0, texts: ['192.0.2.1', '::c000:201'] }])).to.deep.equal({})
  })

  it('addresses beyond two per item are seen too', () => {
    const texts = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.5']
    expect(
      contested([
        { name: 0, texts },
        { name: 1, texts: ['192.0.2.5'] },
      ]),
    ).to.deep.equal({ '192.0.2.5': [0, 1] })
  })

  it('those of any items are those that a table finds', () => {
    const items = fc.array(fc.uniqueArray(anyAddress, { maxLength: 4 }), { maxLength: 12 })
    fc.assert(
      fc.property(items, (all) => {
        const table: Record<string, number[]> = {}
        for (const [name, texts] of all.entries()) for (const text of texts) (table[text] ??= []).push(name)
        const expected = Object.fromEntries(Object.entries(table).filter(([, names]) => names.length > 1))
        expect(contested(all.map((texts, name) => ({ name, texts })))).to.deep.equal(expected)
      }),
    )
  })

  it('remembered ones are those that are found, whatever was asked before', () => {
    const addressesOf = ({ texts }: Item) => texts.flatMap((text) => named(text) ?? [])
    const some = [['192.0.2.1'], ['192.0.2.1'], ['192.0.2.2', '2001:db8::1'], ['192.0.2.3'], []]
    const items = some.map((texts, name): Item => ({ name, texts }))
    fc.assert(
      fc.property(fc.array(fc.shuffledSubarray(items), { minLength: 2, maxLength: 8 }), (turns) => {
        const remembered = rememberContested(addressesOf)
        for (const turn of turns)
          expect(remembered(turn)).to.deep.equal(contestedAddresses(turn, addressesOf))
      }),
    )
  })
})
